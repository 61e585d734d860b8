"""What a run may not outlive: its time, its memory, and somebody's wish to stop it.

Asked between steps; raises instead of killing, so that a checkpoint can be written first.
"""

from __future__ import annotations

import resource
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

import torch

from core.errors import OutOfBudget, RunCancelled
from trainer import processes

_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(slots=True)
class Guard:
    max_seconds: float = float("inf")
    max_memory_bytes: float = float("inf")
    started: float = field(default_factory=time.monotonic)
    cancelled: str = ""

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self.started

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Inside, SIGTERM and SIGINT ask the run to stop after the step it is in."""
        numbers = (signal.SIGTERM, signal.SIGINT)
        before = [signal.signal(number, self._cancel) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)

    def _cancel(self, number: int, frame: FrameType | None) -> None:
        self.cancelled = signal.Signals(number).name

    def check_together(self) -> None:
        """As `check`, in all processes alike: they stop after the same step, and where only others
        must, for the first one's reason.
        """
        error: RunCancelled | OutOfBudget | None = None
        try:
            self.check()
        except (RunCancelled, OutOfBudget) as found:
            error = found
        processes.settle(None, error)

    def check(self) -> None:
        """Raises RunCancelled or OutOfBudget."""
        if self.cancelled:
            raise RunCancelled(f"stopped by {self.cancelled}; run again with --resume to go on")
        if self.elapsed_s > self.max_seconds:
            raise OutOfBudget(
                f"the run needed more than {self.max_seconds:g} s (run.max_seconds); raise it and "
                "run again with --resume, or lower the method's epochs"
            )
        used = peak_memory_bytes()
        if used > self.max_memory_bytes:
            raise OutOfBudget(
                f"the run needed {used / 2**30:.1f} GiB of {self.max_memory_bytes / 2**30:.1f} "
                "(run.max_memory_gib); lower run.micro_tokens or raise the limit"
            )


def peak_memory_bytes() -> int:
    """Most memory this process has held: resident, and the GPU's where there is one."""
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT
    gpu = torch.cuda.max_memory_allocated() if torch.cuda.is_available() else 0
    return int(resident + gpu)
