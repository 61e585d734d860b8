"""How strong an assistant's versions are, by what people voted, at equal style.

A Bradley-Terry model with covariates, P(a beats b) = s(theta_a - theta_b + gamma . z), where z is
how the two answers differ in style and in who stood first (Li, Angelopoulos, Chiang 2024, "Does
style matter?"; Bradley and Terry 1952). A tie is half a win. Two answers of one version say nothing
about theta, but as much as others about gamma.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.intervals import Z_95
from core.logistic import Fit, Floats, fit_with_covariance, sigmoid
from core.records import BASE
from core.style import STYLE, scale_columns

RIDGE: Final = 0.25
"""A normal prior of standard deviation 2 on each strength: between 2 % and 98 % of votes."""
FIRST: Final = "shown first"
COVARIATES: Final = (*STYLE, FIRST)


@dataclass(frozen=True, slots=True)
class Vote:
    """`result`: 1 where `first` won, 0 where `second` did, 0.5 for a tie. `style`: first minus
    second, one number per name in COVARIATES. `weight`: 1 for a whole opinion.

    >>> Vote("base", "support-p000001-1a2b3c4d", 0.0, (0.2, 0.0, 0.0, 0.0, 1.0), "ada")
    """

    first: str
    second: str
    result: float
    style: tuple[float, ...]
    person: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """Log-odds with their 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Entry:
    """One version. `strength` is in log-odds against `against`, the version it is measured from: 0
    for that one itself. `win_rate` is the same as a share of votes.

    `rank`: 1 + how many versions of the same island are stronger with 95 % certainty; `last_rank`:
    the island's size less how many are weaker. Between them it may stand.
    """

    version: str
    against: str
    rank: int
    last_rank: int
    strength: Estimate
    win_rate: Estimate
    votes: int
    """On this version beside another one."""
    wins: int
    losses: int


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """`style`: what one standard size of each covariate is worth, in log-odds; empty where nothing
    differed in it. `votes` and `people` are what all of it rests on.
    """

    entries: list[Entry]
    style: dict[str, Estimate]
    votes: int
    people: int


def fit_leaderboard(votes: Sequence[Vote], anchor: str = BASE) -> Leaderboard:
    """The strongest first, island by island: versions that no chain of votes connects cannot be
    compared. Each island is measured from `anchor` where it holds it, else from its version with
    the most votes.
    """
    islands = _islands(votes, anchor)
    anchors = {version: island[0] for island in islands for version in island}
    free = [v for island in islands for v in island[1:]]
    shape = (len(votes), len(COVARIATES))
    covariates = scale_columns(np.array([v.style for v in votes], dtype=float).reshape(shape))
    fit = _fit(votes, free, covariates)
    tally = _tally(votes)
    entries = [e for island in islands for e in _entries(island, free, fit, tally)]
    order = {version: place for place, version in enumerate(anchors)}
    entries.sort(key=lambda e: (order[e.against], -e.strength.value, e.version))
    people = len({v.person for v in votes})
    return Leaderboard(entries, _style(fit, len(free), covariates), len(votes), people)


def _islands(votes: Sequence[Vote], anchor: str) -> list[list[str]]:
    """Versions that votes connect, the one they are measured from first; the anchor's island, then
    the others by their number of votes.
    """
    number = Counter(version for vote in votes for version in (vote.first, vote.second))
    neighbours: dict[str, set[str]] = {version: set() for version in number}
    for vote in votes:
        neighbours[vote.first].add(vote.second)
        neighbours[vote.second].add(vote.first)
    islands: list[list[str]] = []
    left = sorted(number, key=lambda v: (v != anchor, -number[v], v))
    while left:
        reached, open_ends = {left[0]}, [left[0]]
        while open_ends:
            new = neighbours[open_ends.pop()] - reached
            reached |= new
            open_ends += new
        islands.append([v for v in left if v in reached])
        left = [v for v in left if v not in reached]
    return islands


def _fit(votes: Sequence[Vote], free: list[str], covariates: Floats) -> Fit:
    """Columns: the versions that are measured, then the covariates."""
    column = {version: place for place, version in enumerate(free)}
    design = np.zeros((len(votes), len(free)))
    for row, vote in enumerate(votes):
        for version, sign in ((vote.first, 1.0), (vote.second, -1.0)):
            if version in column:
                design[row, column[version]] += sign
    names = sorted({v.person for v in votes})
    person = np.searchsorted(names, [v.person for v in votes]) if names else np.zeros(0, int)
    return fit_with_covariance(
        np.hstack([design, covariates]),
        np.array([v.result for v in votes], dtype=float),
        np.array([v.weight for v in votes], dtype=float),
        person.astype(np.int64),
        RIDGE,
    )


def _tally(votes: Sequence[Vote]) -> Counter[tuple[str, str]]:
    """How often each version won, lost or tied against another."""
    tally: Counter[tuple[str, str]] = Counter()
    for vote in votes:
        if vote.first == vote.second:
            continue
        for version, result in ((vote.first, vote.result), (vote.second, 1 - vote.result)):
            tally[version, "tied" if result == 0.5 else "won" if result else "lost"] += 1
    return tally


def _entries(
    island: list[str], free: list[str], fit: Fit, tally: Counter[tuple[str, str]]
) -> list[Entry]:
    places = [free.index(v) for v in island[1:]]
    # The version that is measured from is known to be 0.
    value = np.array([0.0, *fit.estimate[places]])
    covariance = np.pad(fit.covariance[np.ix_(places, places)], ((1, 0), (1, 0)))
    variance = np.diag(covariance)
    apart = np.sqrt(np.maximum(variance[:, None] + variance - 2 * covariance, 0.0))
    stronger = value[:, None] - value > Z_95 * apart
    np.fill_diagonal(stronger, False)
    first, last = 1 + stronger.sum(axis=0), len(island) - stronger.sum(axis=1)
    entries = []
    for i, version in enumerate(island):
        strength = _estimate(value[i], variance[i])
        won, lost, tied = (tally[version, how] for how in ("won", "lost", "tied"))
        numbers = {"votes": won + lost + tied, "wins": won, "losses": lost}
        share = _share(strength)
        ranks = int(first[i]), int(last[i])
        entries.append(Entry(version, island[0], *ranks, strength, share, **numbers))
    return entries


def _style(fit: Fit, first: int, covariates: Floats) -> dict[str, Estimate]:
    variance = np.diag(fit.covariance)
    return {
        name: _estimate(fit.estimate[first + place], variance[first + place])
        for place, name in enumerate(COVARIATES)
        if covariates[:, place].any()
    }


def _estimate(value: float, variance: float) -> Estimate:
    half = Z_95 * float(np.sqrt(variance))
    return Estimate(float(value), float(value) - half, float(value) + half)


def _share(strength: Estimate) -> Estimate:
    odds = np.array([strength.value, strength.low, strength.high])
    return Estimate(*(float(share) for share in sigmoid(odds)))
