"""What can be seen of an answer's layout without understanding it, and how two answers differ in
it.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

STYLE: Final = ("length", "list items", "headers", "bold")
"""What leaderboards control for. Length is in words; the others are counts."""

LIST_ITEM: Final = re.compile(r"^\s*(?:[-*\u2022]|\d+[.)])\s+\S", re.MULTILINE)
_HEADER: Final = re.compile(r"^ {0,3}#{1,6}[ \t]+\S", re.MULTILINE)
_BOLD: Final = re.compile(r"\*\*(?=\S)[^*\n]+(?<=\S)\*\*|(?<!\w)__(?=\S)[^_\n]+__(?!\w)")

Floats = NDArray[np.float64]


def style_of(text: str) -> tuple[float, ...]:
    """One number per name in STYLE."""
    patterns = (LIST_ITEM, _HEADER, _BOLD)
    return (float(len(text.split())), *(float(len(p.findall(text))) for p in patterns))


def style_difference(first: str, second: str) -> tuple[float, ...]:
    """(a - b) / (a + b) of each feature, in [-1, 1] and 0 where neither has any: ten words more are
    much in a short answer and little in a long one (Li, Angelopoulos, Chiang 2024, "Does style
    matter?").
    """
    both = zip(style_of(first), style_of(second), strict=True)
    return tuple((a - b) / (a + b) if a + b else 0.0 for a, b in both)


def scale_columns(differences: Floats) -> Floats:
    """Every column [N, F] by its root mean square, those that are all but 0 by infinity. Not
    centred: which of two answers is called the first must not matter.
    """
    size = np.sqrt(np.mean(differences**2, axis=0)) if len(differences) else differences.sum(axis=0)
    scaled: Floats = differences / np.where(size > 1e-9, size, np.inf)
    return scaled
