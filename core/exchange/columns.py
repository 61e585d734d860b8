"""Column types that several formats share in Parquet."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

MESSAGES: Final = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
"""A chat as TRL has it."""
