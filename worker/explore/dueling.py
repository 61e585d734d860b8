"""Pairs chosen by preference: Double Thompson Sampling (Wu & Liu 2016, "Double Thompson Sampling
for Dueling Bandits", algorithm 1) with a floor, as the chances of all pairs at once. Pure.

B_ij counts how often version i won against j. A duel is between

    a1 = argmax over i in C of #{j: theta1_ij > 1/2},     theta1_ij ~ Beta(B_ij + 1, B_ji + 1)
    a2 = argmax over i with L_i,a1 <= 1/2 of theta2_i,a1,   the same anew, theta2_a1,a1 = 1/2

C are the versions that may beat the most others: the most j with U_ij > 1/2. U and L are
B_ij / n_ij +- sqrt(ALPHA ln t / n_ij) for n_ij = B_ij + B_ji; 1 + 1 and 1 - 1 where n_ij = 0. Where
one version beats all others, the pairs without it are drawn O(ln t) times; when a1 = a2, nothing
is left to ask.

Drawing many pairs at once and sharing out their frequencies is the same lottery with known odds,
which a record can name; that B is a little old in between costs at most that many duels.

Shapes: N draws, K versions.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

ALPHA: Final = 0.51
"""The paper's; above 1/2, or its bound on the regret does not hold."""
DRAWS: Final = 4096


def chances(wins_KK: Floats, floor: float, rng: np.random.Generator, draws: int = DRAWS) -> Floats:
    """Above the diagonal the chance of each pair, on it that of drawing a version twice; all sum to
    1. No pair's is below `floor`, or where so many would be more than all, they are alike.
    """
    one_N, other_N = draw(wins_KK, rng, draws)
    chances_KK = np.zeros_like(wins_KK)
    np.add.at(chances_KK, (np.minimum(one_N, other_N), np.maximum(one_N, other_N)), 1 / draws)
    pairs = np.triu_indices(len(wins_KK), 1)
    number = len(pairs[0])
    least = min(floor, 1 / number) if number else 0.0
    chances_KK *= 1 - number * least
    chances_KK[pairs] += least
    return chances_KK


def draw(wins_KK: Floats, rng: np.random.Generator, draws: int) -> tuple[Ints, Ints]:
    """a1 and a2 of each draw."""
    upper_KK, lower_KK = _bounds(wins_KK)
    beats_K = (upper_KK > 0.5).sum(axis=1)
    beaten_NK = (_sample(wins_KK, rng, draws) > 0.5).sum(axis=2)
    # A random part below 1 decides between equals.
    rank_NK = np.where(beats_K == beats_K.max(), beaten_NK + rng.random(beaten_NK.shape), -1.0)
    first_N = rank_NK.argmax(axis=1)
    theta_NK = rng.beta(wins_KK[:, first_N].T + 1, wins_KK[first_N] + 1)
    theta_NK[np.arange(draws), first_N] = 0.5
    theta_NK[lower_KK[:, first_N].T > 0.5] = -1.0
    return first_N, theta_NK.argmax(axis=1)


def _bounds(wins_KK: Floats) -> tuple[Floats, Floats]:
    """U and L, one half on the diagonal."""
    number_KK = wins_KK + wins_KK.T
    known_KK = np.maximum(number_KK, 1e-9)
    t = max(1.0, float(wins_KK.sum()))
    share_KK = np.where(number_KK > 0, wins_KK / known_KK, 1.0)
    width_KK = np.where(number_KK > 0, np.sqrt(ALPHA * math.log(t) / known_KK), 1.0)
    upper_KK, lower_KK = share_KK + width_KK, share_KK - width_KK
    for bound_KK in (upper_KK, lower_KK):
        np.fill_diagonal(bound_KK, 0.5)
    return upper_KK, lower_KK


def _sample(wins_KK: Floats, rng: np.random.Generator, draws: int) -> Floats:
    """theta_NKK: one half on the diagonal, theta_ji = 1 - theta_ij."""
    i, j = np.triu_indices(len(wins_KK), 1)
    theta_NKK = np.full((draws, *wins_KK.shape), 0.5)
    theta_NKK[:, i, j] = rng.beta(wins_KK[i, j] + 1, wins_KK[j, i] + 1, (draws, len(i)))
    theta_NKK[:, j, i] = 1 - theta_NKK[:, i, j]
    return theta_NKK
