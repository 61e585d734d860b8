"""Who is answered by which arm: sticky, in the right shares, with the chance of it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from core.arms import Assignment, assign, draw_sides
from core.lineups import Duel
from core.records import ANONYMOUS, BASE, Pointer

V1, V2 = "support-p000001-aaaaaaaa", "support-p000002-bbbbbbbb"
TRIAL = Pointer(champion=V1, challenger=V2, share=0.2)
PEOPLE = [f"person-{number}" for number in range(4000)]


def test_nothing_on_trial_is_the_champion_for_certain() -> None:
    nobody = Pointer(champion=V1)
    assert assign(nobody, "ann") == Assignment("champion", 1.0)
    assert draw_sides(nobody, [], 3, random.Random(1)) == [Assignment("champion", 1.0)] * 3


def test_a_share_of_people_stays_with_the_challenger() -> None:
    arms = {user: assign(TRIAL, user) for user in PEOPLE}
    challengers = [user for user, side in arms.items() if side.arm == "challenger"]
    assert len(challengers) == pytest.approx(0.2 * len(PEOPLE), rel=0.1)
    assert {side.propensity for side in arms.values()} == {0.2, 0.8}
    assert arms == {user: assign(replace(TRIAL, champion=BASE), user) for user in PEOPLE}
    wider = replace(TRIAL, share=0.4)
    assert all(assign(wider, user).arm == "challenger" for user in challengers)


def test_the_next_trial_draws_other_people() -> None:
    other = replace(TRIAL, challenger="support-p000003-cccccccc")
    both = [
        user
        for user in PEOPLE
        if assign(TRIAL, user).arm == assign(other, user).arm == "challenger"
    ]
    assert len(both) == pytest.approx(0.04 * len(PEOPLE), rel=0.3)


def test_people_who_cannot_be_told_apart_stay_with_the_champion() -> None:
    assert assign(replace(TRIAL, share=1.0), ANONYMOUS) == Assignment()


@pytest.mark.parametrize(("count", "challengers"), [(2, 1), (3, 1), (4, 2), (5, 2)])
def test_side_by_side_shows_both_in_random_places(count: int, challengers: int) -> None:
    luck = random.Random(7)
    draws = [draw_sides(TRIAL, [], count, luck) for _ in range(2000)]
    first = sum(sides[0].arm == "challenger" for sides in draws) / len(draws)
    assert first == pytest.approx(challengers / count, abs=0.04)
    for sides in draws:
        assert sum(side.arm == "challenger" for side in sides) == challengers
        for side in sides:
            share = challengers / count
            of_arm = share if side.arm == "challenger" else 1 - share
            assert side.propensity == pytest.approx(of_arm)
            assert side.trial == V2


V0 = "support-p000000-00000000"
DUELS = [
    Duel(V1, V0, 5.0, 3.0, 0.2),
    Duel(V1, BASE, 6.0, 2.0, 0.1),
    Duel(V0, BASE, 0.0, 0.0, 0.05),
    Duel(V1, V2, 9.0, 9.0, 0.3),
]


def versions_of(sides: list[Assignment], pointer: Pointer) -> list[str]:
    return sorted(side.version(pointer) for side in sides)


@pytest.mark.parametrize(
    ("pointer", "count", "expected"),
    [
        (
            Pointer(champion=V1, previous=V0),
            2,
            {(V1, V0): 0.2, (V1, BASE): 0.1, (V0, BASE): 0.05, (V1, V1): 0.65},
        ),
        (
            Pointer(champion=V1, previous=V0),
            3,
            {(V1, V1, V0): 0.2, (V1, V1, BASE): 0.1, (V1, V0, BASE): 0.05, (V1,) * 3: 0.65},
        ),
        (replace(TRIAL, previous=V0), 2, {(V1, V2): 1.0}),
        (
            replace(TRIAL, previous=V0),
            3,
            {(V1, V2, V0): 0.225, (V1, V2, BASE): 0.125, (V1, V1, V2): 0.65},
        ),
        (
            replace(TRIAL, previous=V0),
            4,
            {
                (V1, V1, V2, V0): 0.2,
                (V1, V1, V2, BASE): 0.1,
                (V1, V2, V0, BASE): 0.05,
                (V1, V1, V2, V2): 0.65,
            },
        ),
    ],
)
def test_other_live_versions_are_shown_as_often_as_is_said(
    pointer: Pointer, count: int, expected: dict[tuple[str, ...], float]
) -> None:
    """And every place's propensity is how often it is that version's; a trial keeps both."""
    luck = random.Random(8)
    # A duel with who is on trial no more is of another pointer, and never gets here.
    duels = DUELS if pointer.challenger else DUELS[:3]
    draws = [draw_sides(pointer, duels, count, luck) for _ in range(6000)]
    seen = Counter(tuple(versions_of(sides, pointer)) for sides in draws)
    shares = {key: number / len(draws) for key, number in seen.items()}
    assert shares == {tuple(sorted(key)): pytest.approx(p, abs=0.02) for key, p in expected.items()}
    first = Counter(sides[0].version(pointer) for sides in draws)
    for side in {side for sides in draws for side in sides}:
        often = first[side.version(pointer)] / len(draws)
        assert side.propensity == pytest.approx(often, abs=0.02)
        assert side.trial == pointer.challenger


def test_another_version_that_is_live_no_more_is_the_champion() -> None:
    other = Assignment("other", 0.1, other=V0)
    assert other.version(Pointer(champion=V1, previous=V0)) == V0
    assert other.version(Pointer(champion=V2, previous=V1)) == V2
    assert Assignment("other", 0.1, other=BASE).version(Pointer(champion=V1)) == BASE


def test_a_side_is_answered_by_its_version_and_by_the_champion_after_the_trial() -> None:
    side = Assignment("challenger", 0.5, V2)
    assert side.version(TRIAL) == V2
    assert side.version(Pointer(champion=V2)) == V2
    assert Assignment().version(TRIAL) == V1
