"""How often the challenger wins, with bounds that hold whenever one looks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from worker.canary.evidence import Evidence, Floats, log_mean

_HALVINGS: Final = 30


@dataclass(frozen=True, slots=True)
class WinRate:
    """`rate` weighs votes as the evidence does; a half where there are none."""

    rate: float
    low: float
    high: float


def win_rate(evidence: Evidence, alpha_low: float, alpha_high: float) -> WinRate:
    """A confidence sequence: the chance that the true rate is ever below `low` is at most
    alpha_low, ever above `high` at most alpha_high.

    `low` is the smallest m that the bets against "it wins m of the votes", prod (1 + b (won_i / m
    - staked_i)), have not refuted with 1/alpha_low (Waudby-Smith & Ramdas 2024, theorem 1: invert
    the test for every m). With m = 1/2 they are the evidence's own, so `low` is at least a half
    exactly where the evidence is at least 1/alpha_low. Where the true rate moves, `low` is below
    the highest it was, `high` above the lowest.
    """
    tallies = evidence.people.values()
    staked = np.array([tally.staked for tally in tallies])
    won = np.array([tally.won for tally in tallies])
    total = float(staked.sum())
    if total == 0.0:
        return WinRate(0.5, 0.0, 1.0)
    low = _bound(_refuter(evidence.bets, won, staked), alpha_low)
    high = 1 - _bound(_refuter(evidence.bets, staked - won, staked), alpha_high)
    return WinRate(float(won.sum()) / total, low, high)


def _refuter(bets: Floats, won: Floats, staked: Floats) -> Callable[[float], float]:
    """ln evidence that the rate is above m > 0; it falls in m."""

    def refute(m: float) -> float:
        return log_mean(np.log1p(np.outer(bets, won / m - staked)).sum(axis=1))

    return refute


def _bound(refute: Callable[[float], float], alpha: float) -> float:
    needed = math.log(1 / alpha)
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if refute(middle) >= needed else (low, middle)
    return low
