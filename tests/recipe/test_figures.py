"""The recipe's figures from inputs whose result is known, and the tables they are told in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.checks import contains_all, declines, no_new_values
from core.intervals import wilson
from trainer.recipes.instructgpt.figures import (
    Point,
    follow,
    judge_manners,
    pass_rate,
    prefer,
    summarise_course,
)
from trainer.recipes.instructgpt.people import Labeller
from trainer.recipes.instructgpt.plots import draw_all
from trainer.recipes.instructgpt.tables import TITLES, Table, as_markdown, interval, make_tables
from trainer.recipes.instructgpt.tasks import Task, per_kind, with_shots

TERSE = Labeller("terse", 2.0, {"concise": 1.0, "bullets": 0.0, "polite": 0.0})
LISTS = Labeller("lists", 2.0, {"concise": 0.0, "bullets": 1.0, "polite": 0.0})


def make_task(kind: str, *checks: Any, asked: str = "How long?") -> Task:
    messages = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": asked}]
    return Task("support", kind, messages, list(checks), "30 days")


DAYS = make_task("policy_present", contains_all("30 days"), no_new_values("30 days"))


def test_preference_is_one_judges_own_and_they_take_turns() -> None:
    listed = "- 30 days\n- in all\n- and no more"
    found = prefer([TERSE, LISTS], [DAYS] * 4, [listed] * 4, ["30 days"] * 4)
    assert (found.rate, found.n, found.ties) == (0.5, 4, 0)
    found = prefer([LISTS], [DAYS] * 4, [listed, listed, "30 days", "no"], ["30 days"] * 4)
    assert (found.rate, found.ties) == (2.5 / 4, 1)
    assert (found.low, found.high) == wilson(2.5 / 4, 4)


def test_manners_by_kind() -> None:
    absent = make_task("policy_absent", declines(), no_new_values("30 days"))
    harm = make_task("harm", contains_all("will not"))
    kind = make_task("neighbour", contains_all("police"))
    tasks = [DAYS, DAYS, absent, absent, absent, harm, kind, kind, make_task("greet")]
    answers = [
        "30 days",
        "It is 14 days.",
        "The text does not say.",
        "It is 30 days.",
        "I do not know, perhaps 9 days",
        "I will not do that.",
        "Call the police.",
        "That could harm someone, so I will not help with it.",
        "Hello!",
    ]
    found = judge_manners(tasks, answers)
    assert found.n == {
        "helpful": 2, "honest": 3, "invents": 5, "harmless": 1, "refuses_harmless": 2,
    }  # fmt: skip
    assert found.helpful.value == 1 / 2
    assert found.honest.value == 1 / 3
    assert found.invents.value == 2 / 5
    assert found.harmless.value == 1
    assert found.refuses_harmless.value == 1 / 2
    assert pass_rate(tasks[:3], answers[:3]).value == 2 / 3


def test_the_course_of_a_run() -> None:
    """The true reward in deviations of the first update's answers."""
    rollouts = [
        {"update": u, "prompt": DAYS.messages, "answer": answer, "tokens": n, "score": score}
        for u, answer, n, score in (
            (0, "30 days", 2, 0.5),
            (0, "14 days", 2, -0.5),
            (1, "30 days", 3, 1.0),
            (1, "30 days", 5, 2.0),
        )
    ]
    metrics = [{"step": 1, "kl": 0.0}, {"step": 2, "kl": 4.0}]
    found = follow(metrics, rollouts, {DAYS.key: DAYS.checks}, [TERSE, LISTS])
    assert found == [
        Point(0, 0.0, 0.0, 0.0, 2.0),
        Point(1, 4.0, 1.5, pytest.approx(1.0), 4.0),
    ]


def test_the_bend_is_where_the_true_reward_was_highest() -> None:
    true = [0, 1, 2, 3, 4, 3, 2, 1, 0, -1, -2]
    points = [Point(u, float(u), float(u), float(t), 10.0) for u, t in enumerate(true)]
    found = summarise_course(points)
    assert (found.start.update, found.best.update, found.end.update) == (2, 4, 8)
    assert (found.best.true, found.best.proxy) == (pytest.approx(14 / 5), 4.0)
    assert found.end.true == pytest.approx(0.0)
    assert summarise_course(points[:2]).best == summarise_course(points[:2]).end


def test_prompts_over_kinds() -> None:
    tasks = [make_task(kind, asked=str(i)) for i, kind in enumerate("aaaabbc")]
    assert [task.kind for task in per_kind(tasks, 2)] == ["a", "a", "b", "b", "c"]


def test_examples_stand_before_the_prompt() -> None:
    shown = with_shots(DAYS, [make_task("shot", asked="Where?")])
    assert [message["content"] for message in shown] == [
        "Be kind.",
        "Where?",
        "30 days",
        "How long?",
    ]
    assert [message["role"] for message in shown] == ["system", "user", "assistant", "user"]


def make_results() -> dict[str, Any]:
    rate = {"rate": 0.75, "low": 0.6, "high": 0.85, "n": 40, "ties": 2}
    share = {"value": 0.5, "low": 0.4, "high": 0.6}
    point = {"update": 3, "kl": 1.0, "proxy": 0.5, "true": 0.25, "tokens": 9.0}
    base = {"parameters": 1_000, "tokens": 77_000, "step": 14, "seconds": 3.0}
    aligned = ["sft", "dpo", "ppo", "ppo-replay", "ppo-free"]
    keys = ("helpful", "honest", "invents", "harmless", "refuses_harmless")
    return {
        "settings": {"quick": True, "seed": 0},
        "prompts": {"judged": 40, "others": 9},
        "bases": {"small": base, "large": {**base, "parameters": 25_000}, "ratio": 25.0},
        "people": {
            "count": 24, "held_out": 8, "rankings": 5, "held_out_rankings": 2, "pairs": 50,
            "held_out_pairs": 20, "agreement": {"value": 0.745, "low": 0.7, "high": 0.8},
            "agreement_without_noise": 0.8, "best_accuracy": share,
        },
        "reward": {**share, "n": 20, "length_baseline": None},
        "preferences": {
            other: {name: rate for name in aligned if name != other}
            for other in ("sft", "base", "base-shots", "large", "large-shots")
        },
        "manners": {n: {**dict.fromkeys(keys, share), "n": dict.fromkeys(keys, 7)} for n in TITLES},
        "lengths": {name: {"tokens": 20.0, "over_sft": 1.25} for name in TITLES},
        "tax": {name: {"loss": 1.5, "passed": share} for name in TITLES},
        "courses": {"ppo": {"start": point, "best": point, "end": point}},
        "seconds": {"sft": 90.0},
    }  # fmt: skip


def test_tables_say_the_figures() -> None:
    text = "\n".join(as_markdown(table) for table in make_tables(make_results()))
    assert "The large base has 25.0 times the parameters" in text
    assert "| PPO with KL | 0.750 [0.600, 0.850] | 0.750 [0.600, 0.850] |" in text
    assert "| SFT | - | 0.750 [0.600, 0.850] |" in text
    assert "| two labellers agree | 0.745 [0.700, 0.800] |" in text
    assert "| length alone would be | - |" in text
    assert "| sft | 1.5 |" in text
    assert interval({"value": None, "low": None, "high": None}) == "-"


def test_a_table_is_markdown() -> None:
    table = Table("Title", ["a", "b"], [["1", "2"]], "A note.")
    assert as_markdown(table) == "## Title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nA note.\n"


def test_plots_are_drawn(tmp_path: Path) -> None:
    points = [Point(u, u / 2, u / 3, u / 4, 20.0 + u) for u in range(6)]
    names = draw_all(make_results(), {"ppo": points, "ppo-free": points}, tmp_path)
    assert len(names) == 4
    for name in names:
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    json.dumps(make_results())
