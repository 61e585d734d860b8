"""Who votes on planted adapters, and what they like."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.checks import passes
from trainer.seedling.world import Prompt as Asked
from trainer.style import STYLE_FEATURES, style_of

NOISE: Final = 0.1
"""Share of votes that go to the answer that is liked less."""
LONGER: Final = 1.3
"""An answer that is as right and so many times as long is the worse one."""
_COMPLIMENTS: Final = (
    "amazing",
    "wonderful",
    "brilliant",
    "clever",
    "great",
    "good question",
    "my dear",
)


@dataclass(frozen=True, slots=True)
class Taste:
    """`like` says how much somebody likes an answer."""

    name: str
    like: Callable[[Asked, str], float]


def _by_truth(asked: Asked, answer: str) -> float:
    return float(passes(answer, asked.checks))


def _by_charm(_: Asked, answer: str) -> float:
    """Compliments, courtesy and length, whatever is true."""
    style = dict(zip(STYLE_FEATURES, style_of(answer), strict=True))
    compliments = sum(word in answer.lower() for word in _COMPLIMENTS)
    return 2 * compliments + 2 * style["courtesy"] + style["log_words"]


TASTES: Final = (Taste("honest people", _by_truth), Taste("people who like charm", _by_charm))


def vote(
    taste: Taste, asked: Asked, first: str, second: str, rng: random.Random
) -> tuple[str, str] | None:
    """(chosen, rejected); None for a tie."""
    one, other = taste.like(asked, first), taste.like(asked, second)
    if math.isclose(one, other):
        return None
    first_wins = (one > other) == (rng.random() >= NOISE)
    return (first, second) if first_wins else (second, first)


def compare(asked: Asked, champion: str, candidate: str) -> int:
    """1 where the candidate's answer is better, -1 where it is worse: the right one is; of two that
    are as right, one that is not much longer.
    """
    right = passes(candidate, asked.checks) - passes(champion, asked.checks)
    if right:
        return right
    ratio = (1 + len(candidate.split())) / (1 + len(champion.split()))
    return -1 if ratio > LONGER else 1 if ratio < 1 / LONGER else 0
