"""People who vote in simulated trials, and a bettor who watches a thousand trials at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.assistants import Canary
from core.logistic import sigmoid
from worker.ballots import Ballot
from worker.canary.evidence import BETS, shares_of
from worker.reliability import learn_reliability

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CAP = Canary().cap
PEOPLE = 500
"""Of a trial. How often each votes is exponential: some four times, many never."""
HISTORIES = 20
"""Before a trial; of more trials some share theirs."""


@dataclass(frozen=True, slots=True)
class Population:
    """`rate`: how often an honest vote goes to the challenger, ties apart. `tastes`: 0 where all
    are of one mind; else each person has an own rate, drawn from a Beta of mean `rate` and this
    many pseudo-votes. `liars` of all people vote as `lie` says: for the `challenger` or the
    `champion`, which they can tell apart; `first`, whichever answer is shown first; `inverted`, for
    the one they like less. `loud`: one more person casts this share of all votes, as `lie` says.
    `before`: how many votes each person cast before the trial, on the average, so that they weigh
    what worker/reliability.py learned from those; 0: all are new, and weigh alike. Who voted much
    before need not vote much in the trial.
    """

    name: str
    rate: float = 0.5
    tastes: float = 0.0
    ties: float = 0.0
    liars: float = 0.0
    lie: str = ""
    loud: float = 0.0
    before: float = 0.0


@dataclass(frozen=True, slots=True)
class Ballots:
    """Of T trials of V votes: who cast it, how it went for the challenger (+1, -1, 0 a tie), what
    it weighs.
    """

    person_TV: Ints
    lead_TV: Floats
    weight_TV: Floats


def draw(population: Population, trials: int, votes: int, rng: np.random.Generator) -> Ballots:
    person_TV = _draw_people(trials, votes, rng)
    lying_TV = person_TV < population.liars * PEOPLE
    loud_TV = rng.random((trials, votes)) < population.loud
    person_TV = np.where(loud_TV, PEOPLE, person_TV)
    chance_TV = _chances(population, person_TV, lying_TV | loud_TV, rng)
    lead_TV = np.where(rng.random((trials, votes)) < chance_TV, 1.0, -1.0)
    lead_TV[rng.random((trials, votes)) < population.ties] = 0.0
    if not population.before:
        return Ballots(person_TV, lead_TV, np.ones((trials, votes)))
    known = [learn_weights(population, rng) for _ in range(min(HISTORIES, trials))]
    weight_TP = np.stack([known[trial % len(known)] for trial in range(trials)])
    return Ballots(person_TV, lead_TV, np.take_along_axis(weight_TP, person_TV, axis=1))


def learn_weights(population: Population, rng: np.random.Generator) -> Floats:
    """Of everybody, the loud one last: from votes on answers of which the longer is liked more. Who
    lies in the trial chose then what they like less, or what was shown first.
    """
    often = np.append(rng.exponential(size=PEOPLE), PEOPLE * population.loud)
    ballots = [
        ballot
        for person, number in enumerate(rng.poisson(population.before * often))
        for ballot in _judge(population, person, int(number), rng)
    ]
    known = learn_reliability(ballots)
    weights = {int(name): one.agreement * one.attention for name, one in known.items()}
    return np.array([weights.get(person, 1.0) for person in range(PEOPLE + 1)])


def _judge(
    population: Population, person: int, number: int, rng: np.random.Generator
) -> list[Ballot]:
    longer = rng.normal(0, 0.4, number)
    shown_first = rng.choice([-1, 1], number)
    side = np.where(rng.random(number) < sigmoid(4 * longer), 1, -1)
    if person < population.liars * PEOPLE or person == PEOPLE:
        side = shown_first if population.lie == "first" else -side
    return [
        Ballot(
            person=str(person),
            opinion=f"{person} {vote}",
            item=f"{person} {vote}",
            side=int(side[vote]),
            style=(float(side[vote] * longer[vote]),),
            at=0.0,
            words=40,
            gap=-int(side[vote] * shown_first[vote]),
        )
        for vote in range(number)
    ]


def _draw_people(trials: int, votes: int, rng: np.random.Generator) -> Ints:
    often_TP = rng.exponential(size=(trials, PEOPLE)).cumsum(axis=1)
    chosen_TV = rng.random((trials, votes)) * often_TP[:, -1:]
    rows = zip(often_TP, chosen_TV, strict=True)
    return np.stack([np.searchsorted(often, chosen) for often, chosen in rows])


def _chances(
    population: Population, person_TV: Ints, lying_TV: NDArray[np.bool_], rng: np.random.Generator
) -> Floats:
    """That a vote which is no tie goes to the challenger."""
    rate, strength = population.rate, population.tastes
    chance_TV = np.full(person_TV.shape, rate)
    if strength:
        own = rng.beta(strength * rate, strength * (1 - rate), (len(person_TV), PEOPLE + 1))
        chance_TV = np.take_along_axis(own, person_TV, axis=1)
    if not population.lie:
        return chance_TV
    fixed = {"challenger": 1.0, "champion": 0.0, "first": 0.5}
    inverted = population.lie == "inverted"
    lies_TV = 1 - chance_TV if inverted else np.full(person_TV.shape, fixed[population.lie])
    return np.where(lying_TV, lies_TV, chance_TV)


@dataclass(frozen=True, slots=True)
class Crossings:
    """Of T trials and B bounds: after how many votes the evidence first reached it, infinity where
    it never did.
    """

    better_BT: Floats
    worse_BT: Floats


def watch(ballots: Ballots, bounds: Sequence[float], by_person: bool = True) -> Crossings:
    """worker/canary/evidence.py over all trials at once. Not `by_person`: for comparison, every
    vote is bet on by itself, as if it were cast by somebody new.
    """
    trials, votes = ballots.person_TV.shape
    rows = np.arange(trials)
    shares = np.array([*shares_of(CAP), 0.0]) if by_person else np.array([shares_of(CAP)[0]] * 2)
    cast_TP = np.zeros((trials, PEOPLE + 1), dtype=np.int64)
    lead_TP = np.zeros((trials, PEOPLE + 1))
    wealth = np.ones((2, trials, len(BETS)))
    signed = np.stack([BETS, -BETS])[:, None, :]
    crossed = np.full((2, len(bounds), trials), np.inf)
    for t in range(votes):
        person_T = ballots.person_TV[:, t]
        share_T = shares[np.minimum(cast_TP[rows, person_T], len(shares) - 1)]
        before_T = lead_TP[rows, person_T] if by_person else np.zeros(trials)
        after_T = before_T + share_T * ballots.weight_TV[:, t] * ballots.lead_TV[:, t]
        wealth *= (1 + signed * after_T[:, None]) / (1 + signed * before_T[:, None])
        evidence = wealth.mean(axis=2)
        for place, bound in enumerate(bounds):
            new = (evidence >= bound) & np.isinf(crossed[:, place])
            crossed[:, place][new] = t + 1
        lead_TP[rows, person_T] = after_T
        cast_TP[rows, person_T] += 1
    return Crossings(crossed[0], crossed[1])
