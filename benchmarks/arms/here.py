"""Our side of every method: one configuration, one loop over the task's steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import torch

from benchmarks.arms import ALPHA, LEARNING_RATE, RANK, Measured, Task
from benchmarks.arms.meter import measured, now
from trainer.backbone import Backbone, load_backbone
from trainer.config import Config, parse_config
from trainer.logprobs import row_logprobs
from trainer.loop import Loop, Objective
from trainer.lora import Role
from trainer.rows import Row

Make = Callable[[Backbone, Config], tuple[Objective, float]]
"""The objective, and the seconds of what APART names."""


def configure(task: Task, dtype: str, method: str, table: dict[str, Any]) -> Config:
    steps = {
        "steps": task.steps,
        "batch_size": task.batch_size,
        "learning_rate": LEARNING_RATE,
        "warmup_steps": 0,
    }
    return parse_config(
        {
            "run": {"output": "unused", "base_model": task.model, "dtype": dtype, "method": method},
            "data": {"path": "unused"},
            "lora": {"r": RANK, "alpha": ALPHA},
            method: {**steps, **table},
        }
    )


def run(
    task: Task, began: float, dtype: str, make: Make, method: str, table: dict[str, Any]
) -> Measured:
    """The objective's rows are taken in order, `task.batch_size` a step."""
    config = configure(task, dtype, method, table)
    backbone = load_backbone(config)
    start_s = time.time() - began
    objective, apart_s = make(backbone, config)
    loop = Loop(objective, config.method, config.run.seed)
    size = task.batch_size
    loop.plan = [list(range(at, at + size)) for at in range(0, len(objective.rows), size)]
    losses = [loop.step().figures["loss"] for _ in range(task.warmup)]
    asked = now()
    for _ in range(task.steps - task.warmup):
        loop.step()
    return measured(task, start_s, now() - asked, apart_s, losses[0])


def reference(
    backbone: Backbone, config: Config, rows: Sequence[Row], untimed: int
) -> tuple[list[torch.Tensor], float]:
    """Its log-probabilities of every row, and the seconds without the first rows."""

    def ask(part: Sequence[Row]) -> list[torch.Tensor]:
        tokens = config.run.micro_tokens
        return row_logprobs(backbone, Role.REFERENCE, part, tokens, lambda _: None)

    first = ask(rows[:untimed])
    asked = now()
    rest = ask(rows[untimed:])
    return [*first, *rest], now() - asked
