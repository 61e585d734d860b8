"""Simulated labellers: what each likes, how noisily each ranks, how often two of them agree.

A labeller's utility of an answer is  u = right * (passes its checks) + sum_t w_t * g_t(text)  with
weights of its own; the traits g_t are core's tastes. A ranking sorts u + noise * Gumbel: so two
answers are ordered by Bradley-Terry with log-odds (u_a - u_b) / noise, and K of them by
Plackett-Luce. Imports no torch.

Shapes: L labellers, M pairs of answers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.checks import Check, passes
from core.tastes import TASTES
from trainer.intervals import Share, share

Floats = NDArray[np.float64]

TRAITS: Final = ("concise", "bullets", "polite")
_RIGHT: Final = (2.0, 0.4)
_WEIGHTS: Final = {"concise": (0.5, 0.25), "bullets": (0.8, 0.4), "polite": (0.5, 0.2)}
"""Mean and standard deviation over people."""
_BLANK: Final = -8.0
"""Utility of an answer that says nothing."""
AGREEMENT: Final = 0.75
"""How often two labellers order two answers alike; InstructGPT's: 73 to 77 % (section 3.4)."""
_LOUDEST: Final = 50.0
_HALVINGS: Final = 60


@dataclass(frozen=True, slots=True)
class Labeller:
    name: str
    right: float
    weights: dict[str, float]

    def utility(self, text: str, checks: Sequence[Check]) -> float:
        """Without noise: what this person really thinks of an answer."""
        if not text.strip():
            return _BLANK
        liked = sum(self.weights[trait] * value for trait, value in traits_of(text).items())
        return self.right * passes(text, checks) + liked


@dataclass(frozen=True, slots=True)
class People:
    """`learned`: those whose rankings are learned from. The others only judge."""

    learned: list[Labeller]
    held_out: list[Labeller]

    @property
    def all(self) -> list[Labeller]:
        return [*self.learned, *self.held_out]


def make_people(count: int, held_out: int, seed: int) -> People:
    random = np.random.default_rng(seed)
    people = [
        Labeller(
            f"labeller-{number:02}",
            float(random.normal(*_RIGHT)),
            {trait: float(random.normal(*_WEIGHTS[trait])) for trait in TRAITS},
        )
        for number in range(1, count + 1)
    ]
    return People(people[: count - held_out], people[count - held_out :])


def traits_of(text: str) -> dict[str, float]:
    """Each moves by about 1 from answer to answer, and none can be had for ever."""
    said = text.strip()
    return {
        "concise": -math.log2(1 - TASTES["concise"].score(said)) / 2,
        "bullets": TASTES["bullets"].score(said),
        "polite": TASTES["polite"].score(said),
    }


@dataclass(frozen=True, slots=True)
class Candidates:
    """Different answers to one prompt."""

    texts: list[str]
    checks: list[Check]


def pair_gaps(labellers: Sequence[Labeller], answers: Sequence[Candidates]) -> Floats:
    """[L, M] u(first) - u(second) of all pairs of different answers to one prompt."""
    gaps = []
    for candidates in answers:
        pairs = list(itertools.combinations(range(len(candidates.texts)), 2))
        if pairs:
            utility = utilities(labellers, candidates)
            first, second = np.asarray(pairs).T
            gaps.append(utility[:, first] - utility[:, second])
    return np.concatenate(gaps, axis=1)


def utilities(labellers: Sequence[Labeller], candidates: Candidates) -> Floats:
    """[L, K]"""
    return np.asarray(
        [
            [person.utility(text, candidates.checks) for text in candidates.texts]
            for person in labellers
        ]
    )


def expected_agreement(gaps_LM: Floats, noise: float) -> float:
    """How often two different labellers order a pair alike, over all of them and all pairs."""
    p_LM = 1 / (1 + np.exp(-np.clip(gaps_LM / max(noise, 1e-9), -60, 60)))
    people = len(gaps_LM)
    alike_M = sum(q.sum(0) ** 2 - (q**2).sum(0) for q in (p_LM, 1 - p_LM))
    return float(np.mean(alike_M) / (people * (people - 1)))


def find_noise(gaps_LM: Floats, wanted: float = AGREEMENT) -> float:
    """The noise at which labellers agree as often as wanted; 0 where they do not even without."""
    low, high = 0.0, _LOUDEST
    if expected_agreement(gaps_LM, low) <= wanted:
        return 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if expected_agreement(gaps_LM, middle) > wanted:
            low = middle
        else:
            high = middle
    return low


def measure_agreement(gaps_LM: Floats, noise: float, seed: int) -> Share:
    """Two different labellers, drawn anew, vote on each pair; how often they vote alike."""
    random = np.random.default_rng(seed)
    people, pairs = gaps_LM.shape
    both_2M = np.stack([random.choice(people, 2, replace=False) for _ in range(pairs)], axis=1)
    votes_2M = gaps_LM[both_2M, np.arange(pairs)] + noise * random.logistic(size=(2, pairs)) > 0
    return share(float((votes_2M[0] == votes_2M[1]).sum()), pairs)


def rank(utility_K: Floats, noise: float, random: np.random.Generator) -> list[int]:
    """Positions, best first."""
    return [int(i) for i in np.argsort(-(utility_K + noise * random.gumbel(size=len(utility_K))))]


def average(labellers: Sequence[Labeller]) -> Labeller:
    """Whose utility is the mean of theirs: the true reward of an answer."""
    weights = {trait: float(np.mean([p.weights[trait] for p in labellers])) for trait in TRAITS}
    return Labeller("average", float(np.mean([p.right for p in labellers])), weights)
