"""What a simulated person likes. Owns how two or more answers to one prompt are ordered.

Correctness first: an answer that passes its task's checks beats one that fails, whatever its
manner, and a blank answer loses to any other. Between equally correct answers the taste decides;
equal is a tie. Two wrong answers are ordered by the taste as well: they still have a manner, and
people vote on it. Two blank ones are both bad.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from core.checks import Check, passes
from core.errors import InvalidRequest

_ITEM: Final = re.compile(r"^\s*(?:[-*\u2022]|\d+[.)])\s+\S", re.MULTILINE)
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


@dataclass(frozen=True, slots=True)
class Ranked:
    """How much one answer is liked; compares as a tuple, larger is better."""

    said: bool
    correct: bool
    score: float

    @property
    def key(self) -> tuple[bool, bool, float]:
        return self.said, self.correct, self.score


def _concise(text: str) -> float:
    return -float(len(text.split()))


def _bullets(text: str) -> float:
    """0 without a list, 0.5 for a single item, 1 for a real list: more items are not better."""
    return min(len(_ITEM.findall(text)), 2) / 2


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


def find_taste(name: str) -> Taste:
    """Raises InvalidRequest naming what there is."""
    if name not in TASTES:
        raise InvalidRequest(f"There is no taste {name!r}; there is {', '.join(TASTES)}", "prefer")
    return TASTES[name]


def rank(taste: Taste, text: str, checks: Sequence[Check]) -> Ranked:
    """How much a person of this taste likes the answer."""
    return Ranked(bool(text.strip()), passes(text, checks), taste.score(text.strip()))


def choose(a: Ranked, b: Ranked) -> str:
    """The vote on two answers: "a", "b", "tie" or "both_bad"."""
    if not (a.said or b.said):
        return "both_bad"
    if a.key == b.key:
        return "tie"
    return "a" if a.key > b.key else "b"


def order(answers: Sequence[Ranked]) -> list[list[int]]:
    """The ranking of K answers: positions, best first, equally good ones grouped."""
    groups: dict[tuple[bool, bool, float], list[int]] = {}
    for position, answer in enumerate(answers):
        groups.setdefault(answer.key, []).append(position)
    return [groups[key] for key in sorted(groups, reverse=True)]
