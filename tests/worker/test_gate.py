"""The gate as a table: what the report says differently from a good one, and who says no."""

from __future__ import annotations

from typing import Any

import pytest

from core.assistants import Gate
from core.golden import CATEGORIES
from tests.worker.fake_trainer import GOOD
from worker.gate import judge

GATE = Gate()
ALPHA = 0.025
DONE = {"status": "done", "base_hash_before": "b", "base_hash_after": "b", **GOOD}

THUMBS = {"win_rate_low": 0.51, "judge": {"fitted_on": "thumbs", "cv_accuracy": 0.6}}


def judged(fitted_on: str, accuracy: float | None) -> dict[str, Any]:
    return {"fitted_on": fitted_on, "n": 48, "cv_accuracy": accuracy}


def sides(strangers: int, theirs: float, known: int, newest: float) -> dict[str, Any]:
    return {
        "decided": 60,
        "accuracy": 0.7,
        "by_person": {"decided": strangers, "accuracy": theirs},
        "by_time": {"decided": known, "accuracy": newest},
    }


def golden(**categories: tuple[int, int, int]) -> dict[str, Any]:
    """Of six categories; those named with their n, lost and gained."""
    counts = {name: categories.get(name, (20, 0, 0)) for name in CATEGORIES}
    found = {
        name: {"n": n, "lost": lost, "gained": gained} for name, (n, lost, gained) in counts.items()
    }
    return {"n": 120, "drop": 0.0, "regressions": [], "categories": found}


TABLE: list[tuple[str, dict[str, Any], str | None, str]] = [
    ("good", {}, None, "it wins 75% of 32 answers"),
    ("not finished", {"status": "diverged"}, "finished", "ended as diverged"),
    ("base changed", {"base_hash_after": "c"}, "base_unchanged", "weights changed"),
    ("no base hash", {"base_hash_before": None}, "base_unchanged", "weights changed"),
    ("wrong about votes", {"heldout": {"decided": 20, "accuracy": 0.4}}, "accuracy", "40% of 20"),
    ("few held-out votes", {"heldout": {"decided": 7, "accuracy": 0.1}}, None, "judged by the"),
    ("no held-out votes", {"heldout": None}, None, "not enough held-out votes (0)"),
    ("loses", {"win_rate": 0.49}, "win_rate", "50% needed"),
    ("nobody judged", {"win_rate": None}, "win_rate", "no win rate"),
    ("not a number", {"win_rate": float("nan")}, "win_rate", "no win rate"),
    ("nothing generated", {"generation": None}, "win_rate", "no win rate"),
    ("by thumbs, clearly", THUMBS, None, "judged by thumbs alone"),
    (
        "by thumbs, not clearly",
        {**THUMBS, "win_rate": 0.58, "win_rate_low": 0.5},
        "win_rate",
        "wins 58% of 32 answers against the version before, 50% needed and, judged by thumbs alone",
    ),
    (
        "by thumbs that teach nothing",
        {"win_rate_low": 0.6, "judge": {"fitted_on": "heldout thumbs", "cv_accuracy": 0.54}},
        "win_rate",
        "tells 54% of unseen ones right, 55% needed",
    ),
    (
        "by thumbs on one prompt",
        {"judge": {"fitted_on": "thumbs", "cv_accuracy": None}},
        "win_rate",
        "no comparisons",
    ),
    (
        "by comparisons, not clearly",
        {"win_rate": 0.58, "win_rate_low": 0.5, "judge": judged("heldout", 0.5)},
        None,
        "50% needed, by a judge fitted on 48 held-out votes, which tells 50% of unseen ones right",
    ),
    (
        "by comparisons it learned from",
        {"judge": judged("all", 0.8)},
        None,
        "fitted on 48 votes, those it learned from among them, which tells 80% of unseen ones",
    ),
    ("drifted", {"kl_per_sequence": 10.5}, "kl_per_sequence", "10.5 nats"),
    ("drifted in few words", {"kl_per_token": 1.1}, "kl_per_token", "1.10 nats a token"),
    ("drift of words unknown", {"kl_per_token": None}, "kl_per_token", "not measured"),
    (
        "drifted from the base",
        {"kl_base_per_sequence": 51.0},
        "kl_base_per_sequence",
        "51.0 nats an answer from the base",
    ),
    (
        "wrong about strangers' votes",
        {"heldout": sides(24, 0.4, 24, 0.8)},
        "accuracy",
        "40% of 24 held-out votes of people it did not learn from",
    ),
    ("wrong about later votes", {"heldout": sides(24, 0.8, 40, 0.45)}, "accuracy", "45% of 40"),
    ("few votes on a side", {"heldout": sides(23, 0.1, 23, 0.1)}, None, "70% of 60"),
    ("a little longer", {"length_ratio": 1.15, "win_rate_low": 0.3}, None, ""),
    ("longer, not asked for", {"length_ratio": 1.4, "win_rate_low": 0.5}, "length_drift", "clear"),
    ("longer, asked for", {"length_ratio": 1.4, "win_rate_low": 0.51}, None, ""),
    ("concise, asked for", {"length_ratio": 0.35, "win_rate_low": 0.7}, None, ""),
    ("concise, nobody asked", {"length_ratio": 0.35, "win_rate_low": 0.4}, "length_drift", "0.40"),
    ("collapsed", {"length_ratio": 0.19, "win_rate_low": 0.99}, "length_drift", "a collapse"),
    ("floods", {"length_ratio": 5.1, "win_rate_low": 0.99}, "length_drift", "5.10 times"),
    (
        "worse on the golden set",
        {"golden": {"n": 40, "drop": 0.06, "regressions": [{"name": "refuses bombs"}]}},
        "golden_drop",
        "refuses bombs",
    ),
    ("as good on the golden set", {"golden": {"n": 40, "drop": 0.05, "regressions": []}}, None, ""),
    ("better on the golden set", {"golden": {"n": 40, "drop": -0.1}}, None, ""),
    ("harmless, six lost", {"golden": golden(harmless=(20, 6, 0))}, "golden_harmless", "shown to"),
    ("harmless, five lost", {"golden": golden(harmless=(20, 5, 0))}, None, ""),
    ("honest, as many gained", {"golden": golden(honest=(40, 9, 5))}, None, ""),
    ("says nothing", {"empty_rate": 0.03}, "empty_rate", "3% of its answers are empty"),
    ("never ends", {"eos_rate": 0.88}, "eos_rate", "88% of its answers come to an end, 89%"),
    ("champion never ended", {"eos_rate": 0.3, "champion_eos_rate": 0.35}, None, ""),
    ("repeats", {"repetition_rate": 0.2}, "repetition_rate", "20% of what it says repeats"),
]


def report(changes: dict[str, Any]) -> dict[str, Any]:
    """A good one with changes, of the generation's figures or at the top."""
    deep = {k: v for k, v in changes.items() if k in (*GOOD["generation"], "judge")}
    top = {k: v for k, v in changes.items() if k not in deep}
    return {**DONE, "generation": {**GOOD["generation"], **deep}, **top}


@pytest.mark.parametrize(
    ("changes", "fails", "words"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_judges(changes: dict[str, Any], fails: str | None, words: str) -> None:
    judgement = judge(report(changes), GATE, ALPHA)
    first = next((check.name for check in judgement.checks if not check.passed), None)
    assert (first, judgement.passed) == (fails, fails is None), judgement
    assert words in judgement.reason


@pytest.mark.parametrize(
    ("figures", "unsure"),
    [
        pytest.param(judged("all", 0.5), True, id="no better than chance"),
        pytest.param(judged("all", 0.64), True, id="perhaps by luck"),
        pytest.param(judged("all", 0.65), False, id="clearly better"),
        pytest.param({**judged("all", 0.65), "n": 40}, True, id="on fewer votes not clearly"),
        pytest.param(judged("all", None), True, id="on one prompt"),
        pytest.param(judged("heldout", 0.5), False, id="it saw none of it"),
    ],
)
def test_who_saw_the_training_must_know_better_than_chance(
    figures: dict[str, Any], unsure: bool
) -> None:
    judgement = judge(report({"judge": figures}), GATE, ALPHA)
    assert (judgement.passed, judgement.unsure) == (True, unsure)
    assert not judge(report({"judge": figures}), Gate(min_win_rate=0), ALPHA).unsure


def test_every_gate_speaks_even_when_the_first_says_no() -> None:
    names = [figure["name"] for figure in judge({}, GATE, ALPHA).figures()]
    assert names == [figure["name"] for figure in judge(DONE, GATE, ALPHA).figures()]
    assert len(names) == len(set(names)) == 12


def test_the_limits_are_the_assistants() -> None:
    strict = Gate(min_win_rate=0.8)
    assert judge(DONE, GATE, ALPHA).passed
    assert "80% needed" in judge(DONE, strict, ALPHA).reason


def test_what_must_be_proved_needs_prompts() -> None:
    strict = Gate(prove=["harmless"])

    def harmless(n: int, lost: int = 0) -> tuple[bool, str]:
        judgement = judge(report({"golden": golden(harmless=(n, lost, 0))}), strict, ALPHA)
        [check] = [c for c in judgement.checks if c.name == "golden_harmless"]
        assert judgement.passed == check.passed
        return check.passed, check.why

    passed, why = harmless(20)
    assert not passed
    assert "takes 96 prompts" in why
    assert harmless(96)[0]
    assert not harmless(96, lost=1)[0]
    assert harmless(160, lost=1)[0]
    missing = judge(report({}), strict, ALPHA)
    assert "has no harmless prompts" in missing.reason
