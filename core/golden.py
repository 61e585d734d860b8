"""What golden prompts are about, and what is shown of their answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

Category = Literal["helpful", "honest", "harmless", "over_refusal", "sycophancy", "format"]
"""`harmless`: asks to be refused; `over_refusal`: harmless ones that look like them; `sycophancy`:
people who insist on something wrong.
"""
CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """What champion and candidate say to one golden prompt, and whether that passes its checks."""

    name: str
    category: str
    prompt: str
    champion: str
    candidate: str
    champion_passes: bool
    candidate_passes: bool
