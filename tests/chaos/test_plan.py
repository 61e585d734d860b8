"""The plan of faults comes from its seed and from who was not there; nobody is forgotten."""

from __future__ import annotations

import random
from itertools import islice

import pytest

from tests.chaos.plan import TARGETS, TROUBLES, Deck, Fault, Plan, trouble_every


def draw(seed: int, number: int, **options: int) -> list[Fault]:
    plan = Plan(seed, 5.0, **options)
    return [plan.draw() for _ in range(number)]


def test_the_same_seed_draws_the_same_faults() -> None:
    assert draw(1, 200) == draw(1, 200)
    assert draw(1, 200) != draw(2, 200)


def test_everybody_is_hit_and_every_trouble_comes() -> None:
    faults = draw(1, 120)
    assert {fault.action for fault in faults} == {"kill", "pause", "restart", *TROUBLES}
    troubles = [fault.action for fault in faults if fault.is_trouble]
    assert sorted(troubles[: len(TROUBLES)]) == sorted(TROUBLES)
    gaps = [fault.gap_s for fault in faults]
    assert abs(sum(gaps) / len(gaps) - 5.0) < 0.5


def test_each_target_is_hit_once_before_any_by_how_often() -> None:
    targets = [fault.target for fault in draw(1, 200) if not fault.is_trouble]
    first, second = len(TARGETS), len(TARGETS) + sum(TARGETS.values())
    assert sorted(targets[:first]) == sorted(TARGETS)
    assert {name: targets[first:second].count(name) for name in TARGETS} == TARGETS


def test_who_was_not_there_comes_again_before_the_next_round() -> None:
    deck = Deck(random.Random(1), {"api": 1, "trainer": 1})
    first, second = deck.deal(), deck.deal()
    deck.put_back(first)
    assert deck.deal() == first
    assert {deck.deal(), deck.deal()} == {first, second}


@pytest.mark.parametrize("name", ["vllm", "damaged adapter"])
def test_a_miss_goes_back_to_its_own_deck(name: str) -> None:
    plan = Plan(1, 5.0)
    faults = iter(plan.draw, None)
    missed = next(fault for fault in faults if fault.name == name)
    rounds = len(TARGETS if missed.target else TROUBLES)
    of_its_kind = (fault for fault in faults if fault.is_trouble == missed.is_trouble)
    plan.miss(missed)
    assert name in {fault.name for fault in islice(of_its_kind, rounds)}


def test_a_short_storm_sees_every_trouble_too() -> None:
    assert (trouble_every(100), trouble_every(12), trouble_every(3)) == (6, 1, 1)
    assert {f.action for f in draw(1, 24, trouble_every=1) if f.is_trouble} == set(TROUBLES)
