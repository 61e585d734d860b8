"""`python -m benchmarks.arms METHOD ARM TASK RESULT BEGAN`: one measurement."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from benchmarks.arms import OURS, Measured, Task


def measure(method: str, arm: str, task: Task, began: float) -> Measured:
    module = importlib.import_module(f"benchmarks.arms.{method}")
    measured: Measured = (
        module.ours(task, began, OURS[arm])
        if arm in OURS
        else module.trl(task, began, arm == "TRL, tuned")
    )
    return measured


def main(words: Sequence[str]) -> int:
    method, arm, task_file, result_file, began = words
    task = Task(**json.loads(Path(task_file).read_text()))
    torch.set_num_threads(task.threads)
    Path(result_file).write_text(json.dumps(asdict(measure(method, arm, task, float(began)))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
