"""What there should be once, twice: beat, the train worker, a message."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from celery import Celery

from core.runs import Runs
from core.store import Store
from core.tasks import QUEUE_TRAIN
from tests.chaos.hits import Missed
from tests.chaos.victims import Victims
from tests.chaos.waiting import until
from tests.conftest import ROOT
from tests.stack import Stack
from worker.config import celery_config
from worker.tasks import ask_for

RUN_APPEARS_S: Final = 45.0
DELIVERIES: Final = 3


class Twice:
    def __init__(self, stack: Stack, store: Store, victims: Victims) -> None:
        self._stack = stack
        self._victims = victims
        self._runs = Runs(store)

    async def beat(self, hold_s: float) -> str:
        async with self._second("beat", "--pidfile="):
            await asyncio.sleep(hold_s)
        return f"a second beat for {hold_s:.0f} s"

    async def train_worker(self, hold_s: float) -> str:
        options = ("-Q", QUEUE_TRAIN, "-n", "second@%h", "-c", "1", "--without-gossip")
        async with self._second("worker", *options, "--without-mingle"):
            await asyncio.sleep(2 * hold_s)
        return f"a second train worker for {2 * hold_s:.0f} s, then killed"

    async def message(self, _: float) -> str:
        """That asks for a run, again and again while somebody works on it."""
        found: list[str] = []

        async def one_is_open() -> bool:
            runs = [await self._runs.active(name) for name in self._victims.assistants]
            found.extend(run.id for run in runs if run is not None)
            return bool(found)

        try:
            await until(one_is_open, RUN_APPEARS_S, "no run was opened")
        except TimeoutError as error:
            raise Missed(str(error)) from error
        app = Celery("chaos", set_as_current=False)
        app.conf.update(celery_config(self._stack.settings))
        for _ in range(DELIVERIES):
            await asyncio.to_thread(ask_for, app, self._stack.settings, found[0])
        return f"{found[0]} delivered {DELIVERIES} times more"

    @asynccontextmanager
    async def _second(self, *words: str) -> AsyncIterator[None]:
        """Another of Celery's processes, killed with its children afterwards."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "celery", "-A", "worker.app", *words),
            cwd=ROOT,
            env=self._stack.env,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
