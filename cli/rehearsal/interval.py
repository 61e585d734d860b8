"""How often the new version beats the old one, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.intervals import wilson

WIN: Final = 1.0
TIE: Final = 0.5
LOSS: Final = 0.0


@dataclass(frozen=True, slots=True)
class WinRate:
    """A share of won pairs, ties counting half, with its 95 % interval."""

    n: int
    rate: float
    low: float
    high: float
    ties: int


def measure(outcomes: Sequence[float]) -> WinRate:
    """The win rate of paired outcomes (WIN, TIE or LOSS) with Wilson's score interval.

    Unlike a bootstrap, it keeps its width when every pair was won. Raises ValueError for no pairs.
    """
    if not outcomes:
        raise ValueError("a win rate needs at least one pair")
    n = len(outcomes)
    rate = sum(outcomes) / n
    low, high = wilson(rate, n)
    return WinRate(n, rate, low, high, sum(o == TIE for o in outcomes))
