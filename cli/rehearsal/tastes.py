"""What a simulated person likes. Owns how two or more answers to one prompt are ordered.

Correctness first: an answer that passes its task's checks beats one that fails, whatever its
manner, and a blank answer loses to any other. Between equally correct answers the taste decides;
equal is a tie. Two wrong answers are ordered by the taste as well: they still have a manner, and
people vote on it. Two blank ones are both bad.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.checks import Check, passes
from core.errors import InvalidRequest
from core.tastes import TASTES, Taste


@dataclass(frozen=True, slots=True)
class Ranked:
    """How much one answer is liked; compares as a tuple, larger is better."""

    said: bool
    correct: bool
    score: float

    @property
    def key(self) -> tuple[bool, bool, float]:
        return self.said, self.correct, self.score


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
