"""What the agent decides, as a table; no clock, no vLLM."""

from __future__ import annotations

from typing import Any

import pytest

from server.fleet.failures import Failures
from server.fleet.reconcile import ROLLOUT_S, Plan, Reconciler, View


def view(**changes: Any) -> View:
    loaded = {name: f"/{name}" for name in changes.pop("loaded", ())}
    names = ("desired", "stored", "verified", "busy", "resting", "rollouts")
    return View(loaded=loaded, **{name: frozenset(changes.get(name, ())) for name in names})


@pytest.mark.parametrize(
    ("state", "bring_up"),
    [
        ({"desired": "a"}, ["a"]),
        ({"desired": "ab", "loaded": "a", "verified": "a"}, ["b"]),
        ({"desired": "a", "loaded": "a"}, ["a"]),
        ({"desired": "a", "busy": "a"}, []),
        ({"desired": "ab", "resting": "a"}, ["b"]),
        ({"desired": "", "loaded": "a"}, []),
    ],
)
def test_what_is_wanted_and_not_proved_is_brought_up(
    state: dict[str, str], bring_up: list[str]
) -> None:
    assert Reconciler(60).plan(view(**state), now=0).bring_up == bring_up


def test_unwanted_versions_go_late_and_their_files_later_still() -> None:
    reconciler = Reconciler(60)
    there = view(loaded="a", stored="a", verified="a")
    gone = view(stored="a")
    assert reconciler.plan(there, now=0) == Plan([], [], [])
    assert reconciler.plan(there, now=59) == Plan([], [], [])
    assert reconciler.plan(there, now=60) == Plan([], ["a"], [])
    assert reconciler.plan(gone, now=61) == Plan([], [], [])
    assert reconciler.plan(gone, now=120) == Plan([], [], [])
    assert reconciler.plan(gone, now=121) == Plan([], [], ["a"])


def test_a_version_that_is_wanted_again_starts_its_time_anew() -> None:
    reconciler = Reconciler(60)
    unwanted = view(loaded="a", verified="a")
    reconciler.plan(unwanted, now=0)
    reconciler.plan(view(desired="a", loaded="a", verified="a"), now=50)
    assert reconciler.plan(unwanted, now=70).unload == []
    assert reconciler.plan(unwanted, now=130).unload == ["a"]


def test_nothing_is_taken_from_a_version_that_is_being_brought_up() -> None:
    reconciler = Reconciler(0)
    assert reconciler.plan(view(loaded="a", stored="ab", busy="ab"), now=9) == Plan([], [], [])


def test_a_trainers_adapter_goes_only_when_it_was_left_behind() -> None:
    reconciler = Reconciler(1)
    assert reconciler.plan(view(rollouts="ab"), now=0) == Plan([], [], [])
    assert reconciler.plan(view(rollouts="a"), now=ROLLOUT_S - 1) == Plan([], [], [])
    assert reconciler.plan(view(rollouts="ab"), now=ROLLOUT_S) == Plan([], ["a"], [])


def test_failing_versions_rest_longer_each_time_but_never_long() -> None:
    failures = Failures()
    rests = []
    now = 0.0
    for _ in range(9):
        retry_at = failures.note("a", "bad", now).retry_at
        assert failures.resting(retry_at - 0.01) == {"a"}
        assert failures.resting(retry_at) == set()
        rests.append(retry_at - now)
        now = retry_at
    assert rests == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_failures_are_told_by_version_until_they_are_over() -> None:
    failures = Failures()
    failures.note("b", "cut short", 0)
    failures.note("a", "wrong probe", 0)
    assert failures.describe() == "a: wrong probe; b: cut short"
    failures.forget("a")
    failures.keep({"a"})
    assert failures.describe() == ""
