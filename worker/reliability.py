"""How much each person's votes are believed: 1 for who is not known, less for who disagrees with
everybody, chooses a side of the screen, or would outvote the others by mere number. Pure.

Agreement is Crowd-BT (Chen et al. 2013): a person k says what is so with chance eta_k,
P(k chooses a) = eta_k m + (1 - eta_k)(1 - m), and m, the chance that a is better, comes from a
Bradley-Terry model of everybody's votes on the answers' style and from other people's votes on the
same two answers, each as log-odds (Dawid and Skene 1979, one coin; Raykar et al. 2010). A vote
whose m is a half says nothing about who gave it. eta has a Beta prior, so few votes change nothing.

It cannot tell a lie from a rare taste: who disagrees clearly and often enough is not learned from,
for either reason, and a snapshot names them. Where that would be many, they are no liars but people
of another taste, and everybody is believed alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.intervals import wilson
from core.logistic import fit_logistic, sigmoid
from core.style import scale_columns
from worker.ballots import Ballot, by_opinion, by_person

Floats = NDArray[np.floating[Any]]

PRIOR: Final = (6.4, 1.6)
"""Of the Beta distribution of eta: its mode is 0.9, worth 6 votes."""
USUAL: Final = 0.9
"""That mode: the eta of who has not voted yet."""
BELIEVED: Final = 0.85
"""The eta from which on votes count in full, so that an odd vote of somebody new costs little; at
one half they count nothing.
"""
FREE_VOTES: Final = 64.0
"""What one person's votes may always weigh together: a small team must be able to teach."""
PERSON_SHARE: Final = 0.1
"""What they may weigh beyond that, of everybody's."""
DOUBTED: Final = 0.8
"""Who agrees less than this is in doubt."""
MOST_DOUBTED: Final = 1 / 3
"""Share of everybody's votes, each person's capped, that may be in doubt."""
ROUNDS: Final = 20
SETTLED: Final = 1e-3
"""Largest change of a weight that is none."""
HALVINGS: Final = 25
RIDGE: Final = 1.0
SUREST: Final = 0.05
"""No other person's vote on the same answers is surer than 1 - this."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """One person. Each in [0, 1]; `weight` is their product."""

    agreement: float
    attention: float
    """1 - the share of their votes that went to a side of the screen, whatever stood there."""
    cap: float
    weight: float


def learn_reliability(ballots: Sequence[Ballot]) -> dict[str, Reliability]:
    """By person. The order of the ballots does not matter; one person's on the same item should be
    one.
    """
    people = by_person(ballots)
    attention = {name: _attention(theirs) for name, theirs in people.items()}
    votes = {
        name: attention[name] * sum(b.weight for b in theirs) for name, theirs in people.items()
    }
    agreement = _unless_many(learn_agreement(ballots, attention), votes)
    caps = cap_people({name: agreement[name] * votes[name] for name in people})
    return {
        name: Reliability(
            agreement=agreement[name],
            attention=attention[name],
            cap=caps[name],
            weight=agreement[name] * attention[name] * caps[name],
        )
        for name in people
    }


def _unless_many(agreement: dict[str, float], votes: dict[str, float]) -> dict[str, float]:
    """`agreement`, or 1 for everybody where too many would be in doubt."""
    caps = cap_people(votes)
    held = {name: caps[name] * votes[name] for name in votes}
    doubted = sum(held[name] for name in held if agreement[name] < DOUBTED)
    many = doubted > MOST_DOUBTED * sum(held.values())
    return dict.fromkeys(agreement, 1.0) if many else agreement


def cap_people(mass: dict[str, float]) -> dict[str, float]:
    """The factor that each person's votes are scaled by, so that together they weigh at most
    FREE_VOTES, or PERSON_SHARE of everybody's where that is more.
    """
    weights = np.array(sorted(mass.values()))
    most = max(FREE_VOTES, _level(weights))
    if len(mass) == 1:
        return dict.fromkeys(mass, 1.0)
    return {name: min(1.0, most / weight) if weight else 1.0 for name, weight in mass.items()}


def _level(weights: Floats) -> float:
    """The largest c <= PERSON_SHARE sum_k min(weight_k, c), 0 where there is none. `weights` come
    in ascending order.
    """
    below = np.concatenate([[0.0], np.cumsum(weights)])
    for capped in range(len(weights) + 1):
        left = 1 - PERSON_SHARE * capped
        if left <= 0:
            return 0.0
        level = PERSON_SHARE * float(below[len(weights) - capped]) / left
        if capped == len(weights) or weights[len(weights) - 1 - capped] <= level:
            return level
    return 0.0


def _attention(theirs: Sequence[Ballot]) -> float:
    """Who chooses the first answer blindly in a share b of cases, and fairly in the rest, chooses
    it in 1/2 + b/2 of all: so b is 2 |share - 1/2|, taken at the end of Wilson's interval that is
    nearer to a half.
    """
    leanings = [lean for pairs in by_opinion(theirs) if (lean := leaning(pairs)) is not None]
    if not leanings:
        return 1.0
    share = sum(leanings) / len(leanings)
    low, high = wilson(share, len(leanings))
    return 1.0 - 2 * max(low - 0.5, 0.5 - high, 0.0)


def leaning(pairs: Sequence[Ballot]) -> float | None:
    """The share of an opinion's pairs in which the answer shown first won; None where they were not
    shown side by side.
    """
    gaps = [ballot.gap for ballot in pairs if ballot.gap]
    return sum(gap < 0 for gap in gaps) / len(gaps) if gaps else None


def learn_agreement(ballots: Sequence[Ballot], believed: dict[str, float]) -> dict[str, float]:
    """By person, in [0, 1]. `believed`: what their votes weigh in the common model beforehand."""
    names = sorted(believed)
    if not names:
        return {}
    crowd = _Crowd(ballots, names)
    known = np.array([believed[name] for name in names])
    eta, agreement = np.full(len(names), USUAL), np.ones(len(names))
    for _ in range(ROUNDS):
        eta = crowd.coins(crowd.chances(eta, known * agreement))
        before, agreement = agreement, np.clip((eta - 0.5) / (BELIEVED - 0.5), 0.0, 1.0)
        if np.abs(agreement - before).max() < SETTLED:
            break
    return dict(zip(names, (round(float(a), 4) for a in agreement), strict=True))


class _Crowd:
    """All ballots as arrays: person, item, side, style and weight of each."""

    def __init__(self, ballots: Sequence[Ballot], names: list[str]) -> None:
        self.person = np.searchsorted(names, [b.person for b in ballots])
        _, self.item = np.unique([b.item for b in ballots], return_inverse=True)
        self.side = np.array([float(b.side) for b in ballots])
        self.style = scale_columns(np.array([b.style for b in ballots], dtype=float))
        self.weight = np.array([b.weight for b in ballots])
        self.people = len(names)

    def chances(self, eta: Floats, believed: Floats) -> Floats:
        """How likely each ballot is right, by what everybody's say about style and by what others
        say about the same two answers.
        """
        mass = believed[self.person] * self.weight
        per_person = np.bincount(self.person, mass, self.people)
        caps = cap_people({str(i): m for i, m in enumerate(per_person)})
        mass *= np.array([caps[str(i)] for i in range(self.people)])[self.person]
        w = fit_logistic(self.style, np.ones(len(mass)), mass, RIDGE)
        sure = np.clip(eta, SUREST, 1 - SUREST)
        own = self.side * np.log(sure / (1 - sure))[self.person]
        said = np.bincount(self.item, own)
        return np.asarray(sigmoid(self.style @ w + self.side * (said[self.item] - own)))

    def coins(self, chance: Floats) -> Floats:
        """Each person's most likely eta: where the derivative of the log posterior, which falls
        everywhere, is 0.
        """
        a, b = PRIOR
        low, high = np.full(self.people, 1e-6), np.full(self.people, 1 - 1e-6)
        for _ in range(HALVINGS):
            eta = (low + high) / 2
            of_each = eta[self.person]
            likely = of_each * chance + (1 - of_each) * (1 - chance)
            slope = np.bincount(self.person, self.weight * (2 * chance - 1) / likely, self.people)
            rises = slope + (a - 1) / eta - (b - 1) / (1 - eta) > 0
            low, high = np.where(rises, eta, low), np.where(rises, high, eta)
        middle: Floats = (low + high) / 2
        return middle
