"""A world of people who vote on two versions, and of some who do not mean what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from core.leaderboard import COVARIATES, Vote, fit_leaderboard
from worker.ballots import Ballot

NEW_IS_BETTER: Final = 0.8
"""Log-odds: the new version wins 69 % of honest votes."""
EQUAL: Final[Mapping[str, float]] = {}


@dataclass
class World:
    """Answers of a new version beside base's, judged by people of one taste, some of whom lie."""

    seed: int
    ballots: list[Ballot] = field(default_factory=list)
    votes: list[Vote] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)

    def judge(self, person: str, number: int, lie: str = "") -> World:
        """`lie`: `base` wins whatever was said, or the `other` one than the honest choice."""
        for _ in range(number):
            length = float(self.rng.normal(0, 0.4))
            odds = NEW_IS_BETTER + 3 * length
            new_wins = bool(self.rng.random() < 1 / (1 + np.exp(-odds)))
            if lie:
                new_wins = lie == "other" and not new_wins
            self._add(person, length, 1 if new_wins else -1)
        return self

    def _add(self, person: str, length: float, side: int) -> None:
        n = len(self.ballots)
        style = (float(side), side * length)
        gap = int(self.rng.choice([-1, 1]))
        self.ballots.append(Ballot(person, f"o{n}", f"i{n}", side, style, 60.0 * n, 40, gap))
        covariates = (length, *(0.0,) * (len(COVARIATES) - 1))
        self.votes.append(Vote("new", "base", float(side > 0), covariates, person))

    def win_rate(self, weights: Mapping[str, float] = EQUAL) -> float:
        """Of the new version against base at equal style; `weights` of a vote by person."""
        votes = [replace(v, weight=weights.get(v.person, 1.0)) for v in self.votes]
        board = fit_leaderboard([v for v in votes if v.weight])
        return next(e.win_rate.value for e in board.entries if e.version == "new")


def honest(seed: int, people: int = 40, votes: int = 20) -> World:
    world = World(seed)
    for number in range(people):
        world.judge(f"honest{number}", votes)
    return world
