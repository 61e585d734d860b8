"""What the sizing benchmark makes of its measurements; the measurements are `make bench`."""

from __future__ import annotations

import math

import pytest

from benchmarks.gateways import Heard, Load
from benchmarks.gateways.arms import Arm
from benchmarks.sizing import Step, best, centile, climb, measure_api, sentence


def step(streams: int, limit: int) -> Step:
    return Step(streams, 1.0, 0.5, 1.0, 0, streams <= limit)


@pytest.mark.parametrize(
    ("limit", "asked", "found"),
    [
        (170, [50, 100, 150, 175, 200], 150),
        (180, [50, 100, 150, 175, 200], 175),
        (100, [50, 100, 125, 150, 200], 100),
        (400, [50, 100, 200, 400], 400),
        (9, [50], None),
    ],
)
def test_it_climbs_to_where_it_no_longer_holds(
    limit: int, asked: list[int], found: int | None
) -> None:
    steps = climb(lambda streams: step(streams, limit), first=50, most=400)
    assert [s.streams for s in steps] == asked
    held = best(steps)
    assert (held.streams if held else None) == found


@pytest.mark.parametrize(
    ("first_ms", "seconds", "dropped", "holds"),
    [
        ([60.0, 60.0], 10.0, 0, True),
        ([61.0, 61.0], 10.0, 0, False),
        ([20.0, 20.0], 11.5, 0, False),
        ([20.0, 20.0], 10.0, 1, False),
        ([], 10.0, 2, False),
    ],
    ids=["at the limit", "late", "lags behind", "dropped", "nobody heard"],
)
def test_what_is_added_counts(
    monkeypatch: pytest.MonkeyPatch,
    first_ms: list[float],
    seconds: float,
    dropped: int,
    holds: bool,
) -> None:
    """Beside 10 ms and 10 s straight to the stand-in."""
    heard = {
        "direct": Heard(10.0, 0, 0, [10.0, 10.0]),
        "ours": Heard(seconds, 0, dropped, first_ms),
    }
    monkeypatch.setattr("benchmarks.sizing.hear", lambda arm, load: (heard[arm.name], 5.0))
    ours, direct = Arm("ours", "", ""), Arm("direct", "", "")
    assert measure_api(ours, direct, Load(streams=2, chunks=1)).holds is holds


def test_too_few_tell_nothing() -> None:
    assert centile([1.0], 95) == math.inf
    assert centile([1.0, 3.0], 50) == 2.0


def test_the_sentence_says_what_was_not_reached() -> None:
    open_ended, nothing = [step(50, 99)], [step(4, 1)]
    said = sentence(open_ended, nothing)
    assert "carries at least 50 streams at once, 20 chunks a second each" in said
    assert "the shipped model fewer than 4 streams before" in said
