"""Trials: rulings as a table, guardrails as a table, and few simulated ones that keep alpha."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import trials
from benchmarks.populations import Population
from benchmarks.trials import ALPHA, BY_PERSON, BY_VOTE, simulate
from core.assistants import Canary, Limits
from worker.canary.case import DAY_S, Case, Ruling, decide, make_plan
from worker.canary.evidence import Vote
from worker.canary.guardrails import Arm, check

CHAMPION = Arm(900, 9, 45, 300, 30, log_length=891 * 4.0, squares=891 * 16.25)
CHALLENGER = Arm(100, 1, 5, 40, 4, log_length=99 * 4.0, squares=99 * 16.25)


def voted(scores: Iterable[float], number: int = 1) -> Case:
    case = Case(make_plan(ALPHA, number, 7 * DAY_S, Canary().cap))
    for person, score in enumerate(scores):
        case.add(Vote(f"u{person}", score))
    return case


def rule(scores: Iterable[float], now: float = DAY_S, arm: Arm = CHALLENGER) -> Ruling:
    return decide(voted(scores), check(arm, CHAMPION, Limits()), now)


@pytest.mark.parametrize(
    ("scores", "now", "action", "reason"),
    [
        ([], DAY_S, "continue", "6.0 days left: nobody has voted yet"),
        ([1.0, 0.0] * 20, DAY_S, "continue", "it won 50% (between "),
        ([1.0] * 60, DAY_S, "promote", "people prefer it: it won 100% (between "),
        ([1.0] * 60, 8 * DAY_S, "promote", "of 40 needed"),
        ([0.0] * 60, DAY_S, "rollback", "people prefer the version before: it won 0%"),
        ([1.0, 0.0] * 20, 7 * DAY_S, "ended", "the deadline passed without evidence: it won 50%"),
        ([], 7 * DAY_S, "ended", "without evidence: nobody has voted yet"),
    ],
)
def test_rulings(scores: list[float], now: float, action: str, reason: str) -> None:
    ruling = rule(scores, now)
    assert ruling.action == action
    assert reason in ruling.reason
    json.dumps(ruling.figures, allow_nan=False)
    assert ruling.figures["level"] == ALPHA / 2


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("error_rate", {"errors": 30}),
        ("slow_rate", {"slow": 40}),
        ("complaint_rate", {"complaints": 25}),
        ("length_ratio", {"log_length": 99 * 5.5, "squares": 99 * 30.5}),
        ("length_ratio", {"log_length": 99 * 2.5, "squares": 99 * 6.5}),
    ],
)
def test_a_breached_guardrail_rolls_back_what_people_prefer(
    name: str, change: dict[str, float]
) -> None:
    ruling = rule([1.0] * 60, arm=replace(CHALLENGER, **change))
    assert ruling.action == "rollback"
    assert ruling.reason.startswith(f"{name}: ")
    assert ruling.figures["guardrail"] == name


@pytest.mark.parametrize(
    "change",
    [
        {"errors": 3},
        {"slow": 9},
        {"complaints": 7},
        {"log_length": 99 * 4.3, "squares": 99 * 18.74},
        {"answers": 40, "errors": 0, "slow": 0, "log_length": 40 * 6.0, "squares": 40 * 36.25},
    ],
)
def test_a_little_worse_or_too_few_to_tell_is_no_breach(change: dict[str, float]) -> None:
    arm = replace(CHALLENGER, **change)
    assert all(found.passed for found in check(arm, CHAMPION, Limits()))


def test_nothing_answered_yet_breaches_nothing() -> None:
    assert all(found.passed for found in check(Arm(), Arm(), Limits()))


def test_a_broken_challenger_stops_within_a_few_answers() -> None:
    broken = Arm(answers=6, errors=6)
    breached = [found.name for found in check(broken, CHAMPION, Limits()) if not found.passed]
    assert breached == ["error_rate"]


@pytest.mark.parametrize(
    ("name", "limit", "change"),
    [
        ("error_rate", {"errors": 0.5}, {"errors": 30}),
        ("slow_rate", {"slow": 0.6}, {"slow": 40}),
        ("complaint_rate", {"complaints": 0.6}, {"complaints": 25}),
        ("length_ratio", {"length_ratio": 5.0}, {"log_length": 99 * 5.5, "squares": 99 * 30.5}),
    ],
)
def test_an_assistant_may_allow_more(
    name: str, limit: dict[str, float], change: dict[str, float]
) -> None:
    arm = replace(CHALLENGER, **change)
    usual, wider = (
        {found.name: found.passed for found in check(arm, CHAMPION, limits)}
        for limits in (Limits(), Limits.model_validate(limit))
    )
    assert (usual[name], wider[name]) == (False, True)


def test_equally_long_answers_seldom_breach_however_often_one_looks() -> None:
    rng = np.random.default_rng(6)
    alarms = 0
    for _ in range(60):
        ours, theirs = rng.normal(4.6, 0.7, 200), rng.normal(4.6 - math.log(2), 0.7, 1800)
        for look in range(1, 21):
            arms = lengths_of(ours[: 10 * look]), lengths_of(theirs[: 90 * look])
            alarms += not all(found.passed for found in check(*arms, Limits()))
    assert alarms == 0


def lengths_of(logs: np.ndarray) -> Arm:
    return Arm(len(logs), log_length=float(logs.sum()), squares=float((logs**2).sum()))


def test_a_settled_trial_counts_nothing_more() -> None:
    case = voted([1.0] * 60)
    better, votes = case.evidence.better, case.evidence.votes
    for person in range(500):
        case.add(Vote(f"late{person}", 0.0))
    assert (case.evidence.better, case.evidence.votes) == (better, votes)
    assert case.settled == "promote"
    assert case.evidence.votes < 60


def test_a_later_trial_against_the_same_champion_needs_more() -> None:
    needed = [voted([1.0] * 60, number).evidence.votes for number in (1, 2, 5)]
    assert needed == sorted(set(needed))


def test_simulated_trials_keep_alpha_and_find_what_is_better() -> None:
    populations = (
        Population("equal"),
        Population("tastes", tastes=2.0),
        Population("known", tastes=2.0, liars=0.2, lie="inverted", before=4.0),
        Population("loud", loud=0.25, lie="challenger"),
        Population("wins 65 %", 0.65),
    )
    lines, _ = simulate(populations, (BY_PERSON, BY_VOTE), trials=300, votes=800)
    found = {(line.population, line.rule): line for line in lines}
    for name in ("equal", "tastes", "known"):
        assert found[name, BY_PERSON].promoted <= ALPHA
        assert found[name, BY_PERSON].rolled_back <= 2 * ALPHA
    assert found["tastes", BY_VOTE].promoted > ALPHA
    # One person at most doubles the evidence, so at most the chance.
    assert found["loud", BY_PERSON].promoted <= 2 * ALPHA
    assert found["loud", BY_VOTE].promoted > 0.9
    assert found["wins 65 %", BY_PERSON].promoted == 1.0
    assert found["wins 65 %", BY_PERSON].votes[0] < 100


def test_the_benchmark_leaves_its_figures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(trials, "simulate", lambda *args: simulate(*args[:2], 3, 30))
    trials.main(["--quick", f"--output={tmp_path}", "--minutes=1"])
    told = json.loads((tmp_path / "trials.json").read_text())
    equal = next(line for line in told["lines"] if line["population"] == "equal")
    assert equal["votes"] == [None, None]
    assert (tmp_path / "trials.png").stat().st_size > 10_000
    assert (tmp_path / "trials.md").read_text() in capsys.readouterr().out
    assert "| equal | by vote | 0.0% |" in (tmp_path / "trials.md").read_text()
