"""What both trainers are measured with."""

from __future__ import annotations

import resource
import sys
import time

import torch

from benchmarks.arms import Measured, Task


def measured(
    task: Task, start_s: float, step_s: float, apart_s: float, first_loss: float | None
) -> Measured:
    rows = len(task.pairs) - task.untimed
    return Measured(start_s, step_s, apart_s, rows, _peak_gib(), first_loss)


def now() -> float:
    """Seconds, when all that was asked of a GPU is done."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def _peak_gib() -> float:
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**30
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30
