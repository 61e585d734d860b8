"""A worker's disk holds what is needed, and of what is over a month's figures."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from core import keys
from core.artifacts import Artifacts
from core.records import Run
from core.runs import KEPT_S
from tests.worker.conftest import Fleet
from tests.worker.people import People
from tests.worker.test_pipeline import opened, verdict
from worker.clearing import clear_behind
from worker.context import Context
from worker.run import do_run
from worker.verdicts import cancelled

LEFT = ("adapter", "package", "votes", "reward", "reward-run/checkpoints", "checkpoints")


async def begun(context: Context, assistant: str = "support", plan: str = "base") -> Run:
    """As its worker leaves it that is killed at the end."""
    run, _ = await context.runs.open(assistant, "a reason", {})
    directory = context.run_directory(run.id)
    for name in (*LEFT, "snapshot", ".adapter.partial", "rollouts"):
        (directory / name).mkdir(parents=True)
        (directory / name / "file.jsonl").write_text("{}")
    (directory / "metrics.jsonl").write_text("{}")
    (directory / "plan.json").write_text(json.dumps({"champion": plan}))
    return run


async def ended(context: Context, days: float = 0.0) -> Run:
    run = await begun(context)
    await context.runs.end(run, cancelled())
    at = time.time() - days * 86_400
    await context.store.redis.hset(keys.run(run.id), "ended", repr(at))
    os.utime(context.run_directory(run.id), (at, at))
    return run


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


async def test_a_verdict_leaves_figures_and_the_version_is_whole(
    context: Context, people: People, fleet: Fleet
) -> None:
    run = await opened(context, people)
    await do_run(context, run.id)
    name = (await verdict(context, run)).version
    directory = context.run_directory(run.id)
    assert {"report.json", "plan.json", "run.toml", "snapshot"} <= names(directory)
    assert not names(directory) & set(LEFT)
    assert names(directory / "snapshot") == {"manifest.json"}
    fetched = Artifacts(context.settings.artifacts).fetch(name, context.settings.state_dir / "x")
    assert {"adapter_model.safetensors", "report.json"} <= names(fetched)


@pytest.mark.parametrize(("days", "stays"), [(0.0, True), (29.0, True), (31.0, False)])
async def test_what_a_killed_worker_left_is_cleared_by_the_next(
    context: Context, days: float, stays: bool
) -> None:
    assert KEPT_S == 30 * 86_400
    dead = await ended(context, days)
    assert set(LEFT[:3]) <= names(context.run_directory(dead.id))
    other = await ended(context)
    await clear_behind(context, other.id)
    assert context.run_directory(dead.id).exists() == stays
    for run in (dead, other) if stays else (other,):
        left = names(context.run_directory(run.id))
        assert left == {"metrics.jsonl", "plan.json", "snapshot", "reward-run", "rollouts"}


async def test_what_is_not_over_or_not_known_stays(context: Context) -> None:
    open_run = await begun(context, "tutor")
    unknown = context.settings.runs_dir / "run_of_another_store"
    (unknown / "adapter").mkdir(parents=True)
    over = await ended(context)
    before = names(context.run_directory(open_run.id))
    await clear_behind(context, over.id)
    assert names(context.run_directory(open_run.id)) == before
    assert names(unknown) == {"adapter"}


@pytest.mark.parametrize("planned", [True, False])
async def test_copies_of_champions_stay_while_they_are_begun_from(
    context: Context, planned: bool
) -> None:
    for name in ("v0", "v1", "v2", "v3", ".v4.tmp"):
        (context.champions / name).mkdir(parents=True)
    pointer = {"champion": "v3", "previous": "v1"}
    await context.store.redis.hset(keys.pointer("support"), mapping=pointer)
    run = await begun(context, "tutor", plan="v2")
    if not planned:
        (context.run_directory(run.id) / "plan.json").unlink()
    over = await ended(context)
    await clear_behind(context, over.id)
    kept = {"v1", "v2", "v3"} if planned else {"v0", "v1", "v2", "v3", ".v4.tmp"}
    assert names(context.champions) == kept
