"""Celery for real: beat, a worker for each queue, a broker on the real server, kill -9 included."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import psutil
import pytest

from core.records import Run
from core.settings import Settings
from core.tasks import QUEUE_SHORT, QUEUE_TRAIN
from core.workers import Workers
from tests.worker.conftest import Fleet, until
from tests.worker.people import People
from tests.worker.test_pipeline import env_of
from worker.context import Context

CELERY = (sys.executable, "-m", "celery", "-A", "worker.app")


class Processes:
    """Celery's three processes, ended by number."""

    def __init__(self, settings: Settings, directory: Path) -> None:
        self._settings = settings
        self._directory = directory
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._stack = ExitStack()

    def start(self) -> None:
        for queue in (QUEUE_SHORT, QUEUE_TRAIN):
            name = ("-Q", queue, "-n", f"{queue}@here", "-c", "1")
            self._run(queue, "worker", *name, "--without-gossip", "--without-mingle")
        self._run("beat", "beat", "--pidfile=")

    async def show_alive(self) -> bool:
        """Every process touched its file within its last seconds, as probes want it."""
        files = [self._directory / f"{name}.alive" for name in self.running]
        return all(f.exists() and time.time() - f.stat().st_mtime < 10.0 for f in files)

    def _run(self, name: str, *arguments: str) -> None:
        log: IO[bytes] = self._stack.enter_context((self._directory / f"{name}.log").open("wb"))
        self.running[name] = subprocess.Popen(
            [*CELERY, *arguments],
            env={
                **env_of(self._settings),
                "THUMBWHEEL_ALIVE_FILE": str(self._directory / f"{name}.alive"),
            },
            stdout=log,
            stderr=log,
            cwd=self._directory,
        )

    def pool_child(self, queue: str) -> int:
        """The process in which a worker's tasks run."""
        [child] = psutil.Process(self.running[queue].pid).children()
        return child.pid

    def stop(self) -> None:
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._stack.close()


@pytest.fixture
async def celery(worker_settings: Settings, tmp_path: Path) -> AsyncIterator[Processes]:
    processes = Processes(worker_settings, tmp_path)
    yield processes
    await asyncio.to_thread(processes.stop)


async def ended(context: Context, assistant: str = "support") -> Run | None:
    runs = await context.runs.of(assistant, limit=1)
    return runs[0] if runs and runs[0].verdict else None


async def test_votes_become_a_version(
    context: Context, people: People, fleet: Fleet, celery: Processes
) -> None:
    celery.start()

    async def both_are_there() -> bool:
        queues = [
            queue for worker in await Workers(context.store).alive() for queue in worker.queues
        ]
        return sorted(queues) == [QUEUE_SHORT, QUEUE_TRAIN]

    await until(both_are_there, why="the workers did not report")

    async def looked() -> bool:
        return await context.runs.trigger_state("support") is not None

    await until(looked, why="beat sent no tick")
    await until(celery.show_alive, why="not every process touched its file")
    await people.crowd(12)

    async def is_live() -> bool:
        return (await context.registry.pointer("support")).champion != "base"

    await until(is_live, why="no version went live")
    run = await until(lambda: ended(context))
    assert run.verdict.decision == "promote"
    assert run.attempts == 1
    assert len(await context.runs.of("support")) == 1


@pytest.mark.parametrize("lease_s", [5.0])
async def test_a_killed_pool_process_costs_nothing(
    context: Context,
    people: People,
    fleet: Fleet,
    celery: Processes,
    trainer_does: Callable[..., None],
    tmp_path: Path,
) -> None:
    killed = tmp_path / "killed"
    trainer_does(steps=20, wait_for=str(killed))
    celery.start()
    await people.crowd(12)

    async def trains() -> bool:
        runs = await context.runs.of("support", limit=1)
        made = context.run_directory(runs[0].id) / "steps" if runs else None
        return made is not None and made.exists()

    await until(trains, why="no training began")
    os.kill(celery.pool_child(QUEUE_TRAIN), signal.SIGKILL)
    killed.touch()
    run = await until(lambda: ended(context), why="the run did not end")
    assert run.verdict.decision == "promote", run
    assert run.attempts == 2
    assert len(await context.registry.versions("support")) == 1
    made = (context.run_directory(run.id) / "steps").read_text().split()
    assert made == [str(step) for step in range(20)]
