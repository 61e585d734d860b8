"""What the benchmark makes of its measurements; the measurements themselves are `make bench`."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from benchmarks import trainer
from benchmarks.arms import APART, Measured, Task
from benchmarks.tables import summarise, table
from benchmarks.trainer import make_task, measure, parse, plan_of, run, take_turn
from benchmarks.workload import SHAPES, TINY, Shape, draw_pairs, make_model

CHAT = Shape("chat", 100, 40, 20, 8)


def turn(step_s: float, apart_s: float, first_loss: float | None = 0.6931) -> Measured:
    return Measured(3.0, step_s, apart_s, rows=24, peak_gib=2.0, first_loss=first_loss)


def test_a_reference_computed_apart_is_told_with_and_without() -> None:
    turns = [turn(8.0, 4.0), turn(2.0, 1.0), turn(4.0, 2.0)]
    counted, kept = summarise("dpo", "chat", "ours, bf16", turns)
    assert (counted.lowest, counted.rows_per_s, counted.highest) == (2.0, 4.0, 8.0)
    assert (kept.lowest, kept.rows_per_s, kept.highest) == (3.0, 6.0, 12.0)
    (each_step,) = summarise("dpo", "chat", "TRL, default", [turn(48.0, 0.0)])
    assert (each_step.counted, each_step.rows_per_s) == ("with reference", 0.5)
    (nothing_apart,) = summarise("sft", "chat", "TRL, default", [turn(48.0, 0.0)])
    assert nothing_apart.counted == ""


def test_the_table_compares_like_with_like() -> None:
    ours = summarise("dpo", "chat", "ours, bf16", [turn(4.0, 2.0)])
    theirs = summarise("dpo", "chat", "TRL, tuned", [turn(24.0, 24.0)])
    other = summarise("ppo", "chat", "ours, bf16", [turn(1.0, 1.0)])
    rows = table([*ours, *theirs, *other]).splitlines()[2:]
    factors = [row.split("|")[-3].strip() for row in rows]
    assert factors == ["1.00 x", "1.00 x", "8.00 x", "6.00 x", "1.00 x", "1.00 x"]


def test_drawn_pairs_have_the_shapes_lengths_and_fill_whole_steps() -> None:
    pairs = draw_pairs(CHAT, 100 * CHAT.rows, vocabulary=50)
    assert len(pairs) == 100 * CHAT.rows
    for part, mean in enumerate((CHAT.prompt, CHAT.chosen, CHAT.rejected)):
        assert sum(len(pair[part]) for pair in pairs) / len(pairs) == pytest.approx(mean, rel=0.1)
    ids = {token for pair in pairs for part in pair for token in part}
    assert ids == set(range(2, 50))


def test_arms_that_do_not_begin_alike_are_no_comparison(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    task = Task("model", [], CHAT.rows, 1, 1, 8)
    losses = {"ours, fp32": 0.6931, "ours, bf16": 0.6938, "TRL, default": 0.69, "TRL, tuned": 0.75}
    monkeypatch.setattr(trainer, "measure", lambda _m, arm, *_: turn(1.0, 0.0, losses[arm]))
    with pytest.raises(RuntimeError, match=r"same loss.*0\.75"):
        take_turn("dpo", task, tmp_path)
    losses["TRL, tuned"] = 0.6925
    assert len(take_turn("dpo", task, tmp_path)) == 4


@pytest.mark.parametrize("method", APART)
def test_our_arm_trains(method: str, tmp_path: Path) -> None:
    """TRL's are for hours; ours must not be found broken then."""
    plan = plan_of(parse(["--quick", "--threads=1"]))
    make_model(tmp_path / "model", TINY)
    task = make_task(plan, plan.shapes[0], str(tmp_path / "model"))
    measured = measure(method, "ours, fp32", task, tmp_path)
    assert measured.rows == plan.steps * plan.shapes[0].rows
    assert measured.step_s > 0


def test_no_turn_begins_after_the_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every part has a turn before one has two; other shapes come with the first method first."""
    begun: list[tuple[int, str]] = []
    now = [time.time()]

    def take(method: str, task: Task, _: object) -> dict[str, Measured]:
        begun.append((task.sampled, method))
        now[0] += 60.0
        return {"ours, bf16": turn(1.0, 0.0)}

    plan = plan_of(parse(["--methods=kto,sft", "--shapes=1,2", "--minutes=4.5"]))
    monkeypatch.setattr(trainer, "take_turn", take)
    monkeypatch.setattr(trainer, "make_model", lambda *_: None)
    monkeypatch.setattr(trainer.time, "time", lambda: now[0])
    *_, lines = run(plan)
    first, second = (shape.chosen for shape in SHAPES[:2])
    assert begun == [
        (first, "kto"),
        (first, "sft"),
        (second, "kto"),
        (second, "sft"),
        (first, "kto"),
    ]
    assert [line.turns for line in lines] == [2, 1, 1, 1]
