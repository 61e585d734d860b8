"""The last stage: results.json, the plots and report.md."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from trainer.files import write_json
from trainer.recipes.instructgpt.figures import (
    Point,
    follow,
    judge_manners,
    pass_rate,
    prefer,
    summarise_course,
)
from trainer.recipes.instructgpt.people import Labeller, make_people
from trainer.recipes.instructgpt.plan import (
    POLICIES,
    RESULTS,
    UPDATED,
    base_dir,
    read_settings,
    run_dir,
)
from trainer.recipes.instructgpt.plots import draw_all
from trainer.recipes.instructgpt.stages import read_answers
from trainer.recipes.instructgpt.tables import TITLES, as_markdown, make_tables
from trainer.recipes.instructgpt.tasks import Task, read_rows, read_tasks
from trainer.recipes.instructgpt.web import TOLD
from trainer.recipes.runner import LEDGER

_OPPONENTS = ("sft", "base", "base-shots", "large", "large-shots")
_SHOWN = 5
_INTRODUCTION = (
    "Two bases read the same text: threads of the seedling's world, each by an author of one "
    f"manner: {TOLD}. The small one learns from demonstrations, then from rankings of its own "
    "answers to what people ask the support desk of one shop. People are simulated: each likes "
    "right answers and has a taste of its own for short, listed and polite ones; a ranking is "
    "noisy, a judgement of two policies is not.\n"
)


def write_report(out: Path) -> None:
    settings = read_settings(out)
    sizes = settings.sizes
    people = make_people(sizes.labellers, sizes.held_out_labellers, settings.seed)
    judges = people.held_out
    judged, others = read_tasks(out, "judged"), read_tasks(out, "others")
    answers = {name: read_answers(out, name) for name in TITLES}
    courses = follow_all(out, judges)
    told = json.loads((out / "people.json").read_text())
    known = {"count": sizes.labellers, "held_out": sizes.held_out_labellers}
    results: dict[str, Any] = {
        "settings": asdict(settings),
        "sizes": asdict(sizes),
        "prompts": {"judged": len(judged), "others": len(others)},
        "bases": read_bases(out),
        "people": {**told, **known},
        "reward": read_reward(out),
        "preferences": compare_all(judges, judged, answers),
        "manners": {n: asdict(judge_manners(judged, a["judged"])) for n, a in answers.items()},
        "lengths": compare_lengths(answers),
        "tax": {
            name: {"loss": a["others_loss"], "passed": asdict(pass_rate(others, a["others"]))}
            for name, a in answers.items()
            if not name.endswith("-shots")
        },
        "courses": {name: asdict(summarise_course(points)) for name, points in courses.items()},
        "points": {name: [asdict(p) for p in points] for name, points in courses.items()},
        "seconds": read_seconds(out),
    }
    plots = draw_all(results, courses, out)
    write_markdown(out, results, plots, show(judged, answers))
    write_json(out / RESULTS, results)


def compare_all(
    judges: Sequence[Labeller], tasks: Sequence[Task], answers: dict[str, Any]
) -> dict[str, Any]:
    """Opponent -> policy -> how often the policy is preferred to it."""
    said = {name: found["judged"] for name, found in answers.items()}
    return {
        other: {
            name: asdict(prefer(judges, tasks, said[name], said[other]))
            for name in POLICIES
            if name != other
        }
        for other in _OPPONENTS
    }


def compare_lengths(answers: dict[str, Any]) -> dict[str, Any]:
    means = {n: sum(a["judged_tokens"]) / len(a["judged_tokens"]) for n, a in answers.items()}
    return {n: {"tokens": m, "over_sft": m / means["sft"]} for n, m in means.items()}


def follow_all(out: Path, judges: Sequence[Labeller]) -> dict[str, list[Point]]:
    checks = {t.key: t.checks for name in ("ranked", "asked") for t in read_tasks(out, name)}
    return {
        name: follow(
            read_rows(run_dir(out, name) / "metrics.jsonl"),
            read_rows(run_dir(out, name) / "rollouts.jsonl"),
            checks,
            judges,
        )
        for name in UPDATED
    }


def read_bases(out: Path) -> dict[str, Any]:
    found = {
        which: json.loads((base_dir(out, which) / "base.json").read_text())
        for which in ("small", "large")
    }
    return {**found, "ratio": found["large"]["parameters"] / found["small"]["parameters"]}


def read_reward(out: Path) -> dict[str, Any]:
    found = json.loads((run_dir(out, "reward") / "report.json").read_text())["reward"]
    return {
        "value": found["accuracy"],
        "low": found["accuracy_low"],
        "high": found["accuracy_high"],
        "n": found["n"],
        "length_baseline": found["length_baseline"],
    }


def read_seconds(out: Path) -> dict[str, float]:
    """Of every stage before this one, and of the command so far."""
    ledger = json.loads((out / LEDGER).read_text())
    stages = {name: entry["seconds"] for name, entry in ledger["stages"].items() if entry["done"]}
    return {**stages, "all, two stages at a time": ledger["seconds"]}


def show(tasks: Sequence[Task], answers: dict[str, Any]) -> str:
    """What each said to a few prompts of different kinds."""
    step = max(1, len(tasks) // _SHOWN)
    parts = ["## Samples"]
    for place in range(0, len(tasks), step)[:_SHOWN]:
        parts.append(f"**{tasks[place].kind}:** {json.dumps(tasks[place].messages[-1]['content'])}")
        parts.append(
            "\n".join(
                f"- {TITLES[name]}: {json.dumps(found['judged'][place])}"
                for name, found in answers.items()
            )
        )
    return "\n\n".join(parts) + "\n"


def write_markdown(out: Path, results: dict[str, Any], plots: Sequence[str], shown: str) -> None:
    quick = "This was a quick run of tiny sizes: its figures mean nothing.\n"
    parts = [
        "# InstructGPT in miniature\n",
        *([quick] if results["settings"]["quick"] else []),
        _INTRODUCTION,
        *(as_markdown(table) for table in make_tables(results)),
        *(f"![{name}]({name})\n" for name in plots),
        shown,
    ]
    (out / "report.md").write_text("\n".join(parts), encoding="utf-8")
