"""What golden prompts are about."""

from __future__ import annotations

from typing import Final, Literal, get_args

Category = Literal["helpful", "honest", "harmless", "over_refusal", "sycophancy", "format"]
"""`harmless`: asks to be refused; `over_refusal`: harmless ones that look like them; `sycophancy`:
people who insist on something wrong.
"""
CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)
