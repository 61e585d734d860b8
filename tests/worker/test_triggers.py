"""Whether a run is due, as a table: what is known, the answer, and words its reason must have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.assistants import Retrain
from core.records import Pointer, Run
from worker.triggers import PATIENCE_S, Facts, decide

NOW = 1_000_000.0
RETRAIN = Retrain(min_comparisons=32, every=3600.0, cooldown=300.0, settle=2.0)
NOTHING = Facts(now=NOW, counts={})
ENOUGH = Facts(now=NOW, counts={"comparison": 32}, first_vote_at=NOW - 100, last_vote_at=NOW - 10)
MIXED = {"comparison": 20, "ranking": 10, "edit": 2, "thumb": 500, "comment": 9}


def run(created: float = NOW - 1000, ended: float | None = None, **counts: int) -> Run:
    return Run("run_1", "support", "", created, counts, phase="train", ended=ended)


AFTER_A_RUN = replace(
    ENOUGH, last=run(NOW - 1000, NOW - 500, comparison=32), counts={"comparison": 40}
)

TABLE = [
    ("nobody voted", NOTHING, False, "0 of 32 new"),
    ("one is missing", replace(ENOUGH, counts={"comparison": 31}), False, "31 of 32"),
    ("enough", ENOUGH, True, "32 votes since the last run"),
    ("kinds add up, thumbs do not count", replace(ENOUGH, counts=MIXED), True, "32 votes"),
    ("thumbs alone", replace(ENOUGH, counts={"thumb": 900}), False, "0 of 32"),
    ("still voting", replace(ENOUGH, last_vote_at=NOW - 1), False, "moment of quiet"),
    (
        "voting without end",
        replace(ENOUGH, last_vote_at=NOW - 1, settling_since=NOW - PATIENCE_S),
        True,
        "32 votes",
    ),
    (
        "the clock was set back while they voted",
        replace(ENOUGH, last_vote_at=NOW + 3600, settling_since=NOW + 3600),
        False,
        "moment of quiet",
    ),
    (
        "the clock was set back after a run",
        replace(ENOUGH, last=run(NOW - 1000, NOW + 3600)),
        True,
        "32 votes",
    ),
    ("old votes do not count", AFTER_A_RUN, False, "8 of 32"),
    (
        "new votes on top",
        replace(AFTER_A_RUN, counts={"comparison": 64}),
        True,
        "32 votes since",
    ),
    (
        "votes were taken back",
        replace(AFTER_A_RUN, counts={"comparison": 10}),
        False,
        "0 of 32",
    ),
    (
        "a quarter does after a long time",
        replace(AFTER_A_RUN, last=run(NOW - 3600, NOW - 3000, comparison=32)),
        True,
        "8 needed",
    ),
    (
        "less than a quarter never does",
        replace(
            AFTER_A_RUN,
            last=run(NOW - 90_000, NOW - 80_000, comparison=32),
            counts={"comparison": 39},
        ),
        False,
        "7 of 8",
    ),
    (
        "the first votes are old",
        replace(ENOUGH, counts={"comparison": 9}, first_vote_at=NOW - 4000),
        True,
        "8 needed",
    ),
    (
        "resting",
        replace(ENOUGH, last=run(NOW - 400, NOW - 200), counts={"comparison": 99}),
        False,
        "another 100 s",
    ),
    ("a run works", replace(ENOUGH, active=run()), False, "run_1 is under way (train)"),
    (
        "held",
        replace(ENOUGH, pointer=Pointer(held=True, hold_reason="launch day"), held_by="ada"),
        False,
        "held by ada because launch day",
    ),
    (
        "held beats a request",
        replace(ENOUGH, pointer=Pointer(held=True), request="ada: now"),
        False,
        "held by",
    ),
    (
        "asked for",
        replace(ENOUGH, counts={"comparison": 4}, request="ada: try it"),
        True,
        "asked for by ada: try it",
    ),
    (
        "asked for while resting",
        replace(AFTER_A_RUN, last=run(NOW - 20, NOW - 10, comparison=40), request="ada: x"),
        True,
        "asked for by ada",
    ),
    (
        "asked for in vain",
        replace(ENOUGH, counts={"comparison": 3, "thumb": 50}, request="ada: x"),
        False,
        "nothing to learn from: 3 votes, at least 4 needed",
    ),
]


@pytest.mark.parametrize(
    ("facts", "due", "words"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_decides(facts: Facts, due: bool, words: str) -> None:
    state = decide(RETRAIN, facts)
    assert (state.due, words in state.reason) == (due, True), state


def test_remembers_since_when_it_waits_for_quiet() -> None:
    voting = replace(ENOUGH, last_vote_at=NOW)
    first = decide(RETRAIN, voting)
    assert first.settling_since == NOW
    later = replace(voting, now=NOW + 5, last_vote_at=NOW + 5, settling_since=first.settling_since)
    assert decide(RETRAIN, later).settling_since == NOW
    assert decide(RETRAIN, replace(later, last_vote_at=NOW)).due


def test_says_what_waits_and_what_is_needed() -> None:
    state = decide(RETRAIN, replace(ENOUGH, counts={"comparison": 5}))
    assert (state.waiting, state.needed) == ({"comparisons": 5}, {"comparisons": 32})


THUMBS = replace(ENOUGH, counts={"comparison": 12, "thumb": 30})
BY_THUMBS = [
    ("too few of either", THUMBS, False, "12 of 32 new comparisons, 30 of 200 new thumbs"),
    (
        "enough thumbs",
        replace(THUMBS, counts={"thumb": 200}),
        True,
        "200 thumbs since the last run, 200 needed",
    ),
    ("enough comparisons", ENOUGH, True, "32 votes since the last run"),
    (
        "still giving thumbs",
        replace(THUMBS, counts={"thumb": 200}, last_vote_at=NOW - 1),
        False,
        "enough thumbs (200); waiting for a moment of quiet",
    ),
    (
        "old thumbs do not count",
        replace(ENOUGH, last=run(NOW - 1000, NOW - 500, thumb=300), counts={"thumb": 310}),
        False,
        "0 of 32 new comparisons, 10 of 200 new thumbs",
    ),
    (
        "a quarter does after a long time",
        replace(ENOUGH, last=run(NOW - 3600, NOW - 3000, thumb=300), counts={"thumb": 350}),
        True,
        "50 thumbs since the last run, 50 needed",
    ),
    (
        "asked for",
        replace(ENOUGH, counts={"thumb": 16}, request="ada: x"),
        True,
        "asked for by ada",
    ),
    (
        "asked for in vain",
        replace(ENOUGH, counts={"comparison": 1, "thumb": 15}, request="ada: x"),
        False,
        "1 vote, at least 4 needed, and 15 thumbs, at least 16 needed",
    ),
]


@pytest.mark.parametrize(
    ("facts", "due", "words"), [row[1:] for row in BY_THUMBS], ids=[row[0] for row in BY_THUMBS]
)
def test_thumbs_start_runs_of_recipes_that_learn_from_them(
    facts: Facts, due: bool, words: str
) -> None:
    state = decide(RETRAIN, facts, thumbs=True)
    assert (state.due, words in state.reason) == (due, True), state


def test_says_how_many_thumbs_wait() -> None:
    state = decide(RETRAIN, THUMBS, thumbs=True)
    assert state.waiting == {"comparisons": 12, "thumbs": 30}
    assert state.needed == {"comparisons": 32, "thumbs": 200}


def test_waiting_for_quiet_ends_although_the_clock_was_set_back() -> None:
    ahead = replace(ENOUGH, last_vote_at=NOW + 3600, settling_since=NOW + 3600)
    state = decide(RETRAIN, ahead)
    assert state.settling_since == NOW
    later = replace(ahead, now=NOW + PATIENCE_S, settling_since=state.settling_since)
    assert decide(RETRAIN, later).due
