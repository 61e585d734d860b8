"""What people may like in the manner of an answer, as functions of its text. Knows no task."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.style import LIST_ITEM

_COURTESIES: Final = (
    r"\bplease\b",
    r"\bthank(?:s| you)\b",
    r"\b(?:happy|glad|pleased|delighted) to\b|\bmy pleasure\b",
    r"\b(?:sorry|apologi[sz]e|apologies)\b",
    r"\blet (?:me|us) know\b|\banything else\b|\bfeel free\b",
    r"\bkind(?:ly)?\b|\bbest wishes\b|\bregards\b",
    r"\b(?:hello|good (?:morning|afternoon|evening|day)|dear|welcome)\b",
    r"\b(?:would|could|may) (?:you|i|we)\b",
    r"\bhope (?:this|that|you|it)\b",
)
_POLITE_ENOUGH: Final = 3
"""More courtesies than this are no politer."""


@dataclass(frozen=True, slots=True)
class Taste:
    """A preference that can be computed from an answer's text; the higher score wins."""

    name: str
    meaning: str
    score: Callable[[str], float]


def _concise(text: str) -> float:
    return -float(len(text.split()))


def _bullets(text: str) -> float:
    """0 without a list, 0.5 for a single item, 1 for a real list: more items are not better."""
    return min(len(LIST_ITEM.findall(text)), 2) / 2


def _polite(text: str) -> float:
    lowered = text.lower()
    return float(min(sum(bool(re.search(c, lowered)) for c in _COURTESIES), _POLITE_ENOUGH))


def _json(text: str) -> float:
    """1 for a JSON object or list and nothing around it."""
    try:
        return float(isinstance(json.loads(text), dict | list))
    except ValueError:
        return 0.0


def _nothing(text: str) -> float:
    return 0.0


TASTES: Final = {
    taste.name: taste
    for taste in (
        Taste("concise", "fewer words", _concise),
        Taste("bullets", "a list with at least two items", _bullets),
        Taste("polite", "up to three different courtesies", _polite),
        Taste("json", "nothing but a JSON object or list", _json),
        Taste("checker", "the task's checks and nothing else", _nothing),
    )
}
