"""Errors of a training process and the exit code each becomes. They hang in core's tree.

RunFailed
`-- Diverged            the loss or its gradient is not a finite number
"""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import BadConfig, OutOfBudget, RunCancelled, RunFailed


class Diverged(RunFailed):
    pass


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ends: its exit code and the report's status."""

    code: int
    status: str


DONE = Exit(0, "done")
FAILED = Exit(1, "failed")

EXITS: dict[type[Exception], Exit] = {
    BadConfig: Exit(2, "bad_input"),
    RunCancelled: Exit(3, "cancelled"),
    OutOfBudget: Exit(4, "out_of_budget"),
    Diverged: Exit(5, "diverged"),
}


def exit_of(error: BaseException) -> Exit:
    """What an error means for whoever started the process."""
    for kind, outcome in EXITS.items():
        if isinstance(error, kind):
            return outcome
    return FAILED
