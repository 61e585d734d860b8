"""Runs the trainer as a child process: config in, report out, its progress passed on, its exit code
turned into our errors.
"""

from __future__ import annotations

import asyncio
import json
import signal
import time
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from core import spans
from core.errors import OutOfBudget, RunCancelled, RunFailed
from worker.child import end_child, start_child

POLL_S: Final = 0.25
"""Between two looks at the child's progress."""
BUDGET_GRACE_S: Final = 15.0
"""The trainer keeps to its budget by itself; it is ended when it is this much over."""
STARTS: Final = 2
"""A child that was killed is started again once, from its checkpoint."""
LOG_TAIL_BYTES: Final = 2000

Relay = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """One training: the command, and the directory with its run.toml."""

    command: tuple[str, ...]
    method: str
    directory: Path
    max_seconds: float
    threads: int
    nice: int
    trace: Mapping[str, str] = field(default_factory=dict)
    """As `trace_env` gives it."""

    def argv(self) -> list[str]:
        config = str((self.directory / "run.toml").absolute())
        return [*self.command, self.method, "--config", config, "--resume"]

    def env(self) -> dict[str, str]:
        threads = str(self.threads)
        return {
            "OMP_NUM_THREADS": threads,
            "MKL_NUM_THREADS": threads,
            "TOKENIZERS_PARALLELISM": "false",
            "PYTHONUNBUFFERED": "1",
            **self.trace,
        }


class Killed(RunFailed):
    """A signal ended the child; what it had done until its last checkpoint is there."""


def trace_env(otlp_url: str) -> dict[str, str]:
    """Variables by which a trainer sends its spans, below the one around this."""
    if not spans.on():
        return {}
    return {"TRACEPARENT": spans.here(), "THUMBWHEEL_OTLP_URL": otlp_url}


async def train(job: Job, relay: Relay) -> dict[str, Any]:
    """The report of a finished training; at once when it was finished before.

    Raises RunFailed, RunCancelled or OutOfBudget with the trainer's own message. When cancelled,
    the child is ended.
    """
    for start in range(STARTS):
        done = finished_report(job.directory)
        if done is not None:
            return done
        try:
            return await _attempt(job, relay)
        except Killed:
            if start == STARTS - 1:
                raise
    raise AssertionError("unreachable")


def finished_report(directory: Path) -> dict[str, Any] | None:
    report = read_json(directory / "report.json")
    return report if report is not None and report.get("status") == "done" else None


def read_json(path: Path) -> dict[str, Any] | None:
    """None when it is missing or not whole."""
    try:
        value = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return value if isinstance(value, dict) else None


async def _attempt(job: Job, relay: Relay) -> dict[str, Any]:
    (job.directory / "report.json").unlink(missing_ok=True)
    process = await start_child(job.argv(), job.directory, job.env(), job.nice)
    try:
        await _watch(process, job, relay)
    finally:
        await end_child(process)
    return _outcome(process.returncode or 0, job.directory)


async def _watch(process: Process, job: Job, relay: Relay) -> None:
    until = time.monotonic() + job.max_seconds + BUDGET_GRACE_S
    ended = asyncio.create_task(process.wait())
    seen: dict[str, Any] | None = None
    while not (await asyncio.wait({ended}, timeout=POLL_S))[0]:
        now = read_json(job.directory / "progress.json")
        if now is not None and now != seen:
            await relay(now)
            seen = now
        if time.monotonic() > until:
            raise OutOfBudget(f"training took longer than {job.max_seconds:.0f} s")


def _outcome(code: int, directory: Path) -> dict[str, Any]:
    if code < 0:
        name = signal.Signals(-code).name
        raise Killed(f"the trainer was killed by {name} (out of memory?)")
    report = read_json(directory / "report.json")
    if code == 0 and report is not None and report.get("status") == "done":
        return report
    message = str((report or {}).get("error") or "") or _tail(directory / "trainer.log")
    match code:
        case 3:
            raise RunCancelled(message)
        case 4:
            raise OutOfBudget(message)
        case _:
            raise RunFailed(f"the trainer ended with exit code {code}: {message}")


def _tail(path: Path) -> str:
    """The last line it said."""
    said = path.read_bytes()[-LOG_TAIL_BYTES:].decode("utf-8", "replace").strip()
    return said.rsplit("\n", 1)[-1] or "it said nothing"
