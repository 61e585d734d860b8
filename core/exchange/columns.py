"""Column types that several formats share in Parquet."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

_MESSAGE: Final[dict[str, pa.DataType]] = {"role": pa.string(), "content": pa.string()}
MESSAGES: Final = pa.list_(pa.struct(_MESSAGE))
"""A chat as TRL has it."""
