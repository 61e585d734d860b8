"""Whom to believe: what liars and one loud voice can move, and whom nobody may silence."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.world import World, honest
from worker.ballots import Ballot
from worker.reliability import (
    FREE_VOTES,
    PERSON_SHARE,
    cap_people,
    learn_reliability,
)


def moved(world: World, truth: float) -> tuple[float, float]:
    """How far the win rate is from what honest people say, believing all alike and as learned."""
    known = learn_reliability(world.ballots)
    weights = {name: one.weight for name, one in known.items()}
    return abs(world.win_rate() - truth), abs(world.win_rate(weights) - truth)


@pytest.mark.parametrize("lie", ["base", "other"])
def test_a_fifth_of_liars_moves_little(lie: str) -> None:
    """A win rate of 0.69 by less than 0.05; believed like all others, by more than 0.08."""
    without, learned = [], []
    for seed in range(4):
        world = honest(seed, people=32)
        truth = world.win_rate()
        for number in range(8):
            world.judge(f"liar{number}", 20, lie)
        plain, better = moved(world, truth)
        without.append(plain)
        learned.append(better)
    assert np.mean(without) > 0.08
    assert np.mean(learned) < 0.05


@pytest.mark.parametrize("lie", ["base", "other"])
def test_one_voter_with_500_votes_moves_little(lie: str) -> None:
    """Beside 800 honest votes: less than 0.02 for more than 0.1."""
    world = honest(1)
    truth = world.win_rate()
    plain, learned = moved(world.judge("loud", 500, lie), truth)
    assert plain > 0.1
    assert learned < 0.02


def test_liars_and_a_loud_voice_together_do_less_than_they_would() -> None:
    """0.37 and 0.22: together they are half of the capped votes' weight against honest ones."""
    world = honest(2, people=32)
    truth = world.win_rate()
    for number in range(8):
        world.judge(f"liar{number}", 20, "base")
    plain, learned = moved(world.judge("loud", 500, "base"), truth)
    assert plain > 0.35
    assert learned < 0.25


def test_honest_people_are_believed() -> None:
    known = learn_reliability(honest(3).ballots)
    assert np.mean([one.agreement for one in known.values()]) > 0.95
    assert min(one.attention for one in known.values()) > 0.6


def test_few_votes_change_nothing() -> None:
    world = honest(4, people=20).judge("new here", 3, "other")
    assert learn_reliability(world.ballots)["new here"].weight > 0.9


def test_others_on_the_same_answers_count_most() -> None:
    """Answers without any difference in style, each judged by all."""
    ballots = [
        Ballot(f"p{person}", f"o{person}-{item}", f"i{item}", side, (0.0,), 0.0, 10)
        for item in range(12)
        for person in range(6)
        for side in [-1 if person == 5 else 1]
    ]
    known = learn_reliability(ballots)
    assert known["p5"].agreement < 0.05
    assert {known[f"p{n}"].agreement for n in range(5)} == {1.0}


@pytest.mark.parametrize("many", [11, 14, 20])
def test_another_taste_of_many_is_no_lie(many: int) -> None:
    """More than a third of all people."""
    world = honest(5, people=20)
    for number in range(many):
        world.judge(f"other taste{number}", 20, "other")
    known = learn_reliability(world.ballots)
    assert np.mean([known[f"other taste{n}"].agreement for n in range(many)]) > 0.7


@pytest.mark.parametrize(
    ("first", "of", "low", "high"),
    [(2, 2, 1.0, 1.0), (20, 20, 0.2, 0.4), (0, 200, 0.0, 0.05), (12, 20, 1.0, 1.0)],
)
def test_a_side_of_the_screen_is_no_opinion(first: int, of: int, low: float, high: float) -> None:
    ballots = [
        Ballot("ada", f"o{n}", f"i{n}", 1, (0.0,), 0.0, 10, -1 if n < first else 1)
        for n in range(of)
    ]
    assert low <= learn_reliability(ballots)["ada"].attention <= high


def test_nobody_no_weights_and_one_alone_is_heard() -> None:
    assert learn_reliability([]) == {}
    assert learn_reliability(World(0).judge("ada", 300).ballots)["ada"].cap == 1.0


@pytest.mark.parametrize(
    ("mass", "most"),
    [
        ({"a": 500.0, "b": 1.0}, FREE_VOTES),
        ({"a": 60.0, "b": 1.0, "c": 0.0}, 60.0),
        ({f"p{n}": 1000.0 for n in range(40)}, 1000.0),
        ({"a": 5000.0, **{f"p{n}": 100.0 for n in range(30)}}, 3000 / 9),
    ],
)
def test_a_persons_share(mass: dict[str, float], most: float) -> None:
    caps = cap_people(mass)
    held = {name: caps[name] * weight for name, weight in mass.items()}
    assert max(held.values()) == pytest.approx(most)
    assert most <= max(FREE_VOTES, PERSON_SHARE * sum(held.values())) + 1e-9
