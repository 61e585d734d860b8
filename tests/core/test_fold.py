"""What people said while it was blind, beside what they think now."""

from __future__ import annotations

import pytest

from core.fold import begin_of, fold_blind, opinions_that_hold
from core.ids import made_at, new_id
from core.records import Feedback

Said = tuple[str, str, str, str]
"""Id, kind, person, target."""

CHANGED: list[Said] = [
    ("fb1", "comparison", "ann", "c1"),
    ("fb2", "comparison", "bob", "c2"),
    ("fb3", "comparison", "ann", "c1"),
]
OTHERWISE: list[Said] = [
    ("fb1", "ranking", "ann", "c1"),
    ("fb2", "comparison", "ann", "c1"),
    ("fb3", "comparison", "ann", "c2"),
]
TAKEN_BACK: list[Said] = [
    ("fb1", "comparison", "ann", "c1"),
    ("fb2", "retract", "ann", "fb1"),
    ("fb3", "comparison", "ann", "c1"),
]
THUMBS: list[Said] = [
    ("fb1", "thumb", "ann", "r1"),
    ("fb2", "thumb", "ann", "r1"),
    ("fb3", "thumb", "ann", "r2"),
    ("fb4", "retract", "ann", "fb3"),
]


def log_of(said: list[Said]) -> list[Feedback]:
    return [
        Feedback(identity, kind, "support", user, target, 0.0, {})
        for identity, kind, user, target in said
    ]


@pytest.mark.parametrize(
    ("said", "blind", "now"),
    [
        pytest.param(CHANGED, ["fb1", "fb2"], ["fb2", "fb3"], id="changed"),
        pytest.param(OTHERWISE, ["fb1", "fb3"], ["fb1", "fb2", "fb3"], id="as another kind"),
        pytest.param(TAKEN_BACK, ["fb1"], ["fb3"], id="taken back"),
        pytest.param(THUMBS, ["fb2"], ["fb2"], id="thumbs are not blind"),
    ],
)
def test_of_what_is_shown_blind_the_first_opinion_stays(
    said: list[Said], blind: list[str], now: list[str]
) -> None:
    assert [f.id for f in fold_blind(log_of(said))] == blind
    assert [f.id for f in opinions_that_hold(log_of(said))] == now


def test_what_was_shown_before_a_stretch_may_have_been_judged_before_it() -> None:
    old = new_id("cmp")
    while made_at(new_id("cmp")) == made_at(old):
        pass
    log = log_of([(new_id("fb"), "thumb", "ann", "resp_1")])
    log += log_of([(new_id("fb"), "comparison", "ann", shown) for shown in (old, new_id("cmp"))])
    assert fold_blind(log, begin_of(log, 3)) == [log[0], log[2]]
    assert fold_blind(log, begin_of(log, 4)) == log
