"""What goes wrong beside dying processes: full stores, a damaged adapter, a second beat or worker,
a message that comes twice. Each lasts a while, is undone, and says what it did.
"""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

from celery import Celery

from core.errors import StoreUnavailable
from core.records import BASE
from core.registry import Registry
from core.runs import Runs
from core.store import Store, guard
from core.tasks import QUEUE_TRAIN
from tests.chaos.clock import go_ahead, go_back, is_forgotten
from tests.chaos.hits import Missed
from tests.chaos.victims import Victims
from tests.chaos.waiting import until
from tests.conftest import ROOT
from tests.stack import Stack
from worker.config import celery_config
from worker.tasks import ask_for

FULL_AT_MOST_S: Final = 60.0
MOST: Final = 1000
RUN_APPEARS_S: Final = 45.0
WEIGHTS: Final = "adapter_model.safetensors"
DELIVERIES: Final = 3


class Troubles:
    """`involved`: the parts each needs for itself. `disk`: the store lies on a disk of its own that
    may be filled.
    """

    involved: Final = {
        "redis full": ("redis",),
        "damaged adapter": ("agent", "vllm"),
        "clock went back": ("agent", "beat"),
    }

    def __init__(self, stack: Stack, store: Store, victims: Victims) -> None:
        self._stack = stack
        self._settings = stack.settings
        self._store = store
        self._victims = victims
        self._runs = Runs(store)
        self._registry = Registry(store)
        self._does: dict[str, Callable[[float], Awaitable[str]]] = {
            "disk full": self._disk_full,
            "redis full": self._redis_full,
            "damaged adapter": self._damaged_adapter,
            "clock went back": self._clock_back,
            "clock went ahead": lambda _: go_ahead(store, victims.assistants),
            "two beats": self._two_beats,
            "two train workers": self._two_train_workers,
            "redelivery": self._redelivery,
        }

    async def make(self, name: str, hold_s: float) -> str:
        """What was done, for the log. Raises Missed when there was nothing to do it to."""
        return await self._does[name](hold_s)

    # -- stores --

    async def _disk_full(self, hold_s: float) -> str:
        """Until some run has ended meanwhile, or for a minute."""
        ballast = Path(self._settings.artifacts) / ".ballast"
        before = await self._ended()
        taken = await asyncio.to_thread(_fill, ballast)

        async def one_ended() -> bool:
            return await self._ended() > before

        try:
            with suppress(TimeoutError):
                await until(one_ended, FULL_AT_MOST_S, "no run ended")
        finally:
            ballast.unlink()
        return f"{taken} bytes of ballast, {await self._ended() - before} runs ended meanwhile"

    async def _ended(self) -> int:
        """How many runs have."""
        runs = [r for name in self._victims.assistants for r in await self._runs.of(name, MOST)]
        return sum(run.state == "ended" for run in runs)

    async def _redis_full(self, hold_s: float) -> str:
        try:
            async with guard():
                await self._store.redis.config_set("maxmemory", 1)
            await asyncio.sleep(hold_s / 2)
        finally:
            await until(self._enlarge, RUN_APPEARS_S, "Redis does not take its limit back")
        return f"maxmemory 1 for {hold_s / 2:.0f} s"

    async def _enlarge(self) -> bool:
        try:
            async with guard():
                await self._store.redis.config_set("maxmemory", 0)
        except StoreUnavailable:
            return False
        return True

    async def _damaged_adapter(self, hold_s: float) -> str:
        """Cuts a champion's weights short in the store and beside the agent, then kills the agent;
        nobody may be answered by them until the store is mended.
        """
        name = await self._some_champion()
        agent = self._victims.find("agent")
        if not name or agent is None:
            raise Missed("there is no champion to damage")
        stored = Path(self._settings.artifacts) / name / WEIGHTS
        beside = self._settings.state_dir / "adapters" / self._settings.replica_id / name / WEIGHTS
        whole = await asyncio.to_thread(stored.read_bytes)
        for file in (stored, beside):
            if file.exists():
                os.truncate(file, len(whole) // 2)
        agent.kill()
        try:
            await until(lambda: self._is_refused(name), RUN_APPEARS_S, f"{name} is still served")
            await asyncio.sleep(hold_s / 2)
        finally:
            await asyncio.to_thread(_replace, stored, whole)
        return f"{name} was cut in half, refused, and mended"

    async def _some_champion(self) -> str:
        pointers = await self._registry.pointers(self._victims.assistants)
        names = sorted(p.champion for p in pointers.values() if p.champion != BASE)
        return names[0] if names else ""

    async def _is_refused(self, name: str) -> bool:
        replicas = await self._victims.replicas()
        return bool(replicas) and all(name not in r.versions and name in r.error for r in replicas)

    async def _clock_back(self, _: float) -> str:
        said = await go_back(self._store, self._settings, self._victims.assistants)
        works = partial(is_forgotten, self._store, self._settings, self._victims.assistants)
        await until(works, RUN_APPEARS_S, "what comes from the future still counts")
        return said

    # -- twice --

    async def _two_beats(self, hold_s: float) -> str:
        async with self._second("beat", "--pidfile="):
            await asyncio.sleep(hold_s)
        return f"a second beat for {hold_s:.0f} s"

    async def _two_train_workers(self, hold_s: float) -> str:
        options = ("-Q", QUEUE_TRAIN, "-n", "second@%h", "-c", "1", "--without-gossip")
        async with self._second("worker", *options, "--without-mingle"):
            await asyncio.sleep(2 * hold_s)
        return f"a second train worker for {2 * hold_s:.0f} s, then killed"

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

    async def _redelivery(self, hold_s: float) -> str:
        """The message that asks for a run comes again and again while somebody works on it."""
        end = time.monotonic() + RUN_APPEARS_S
        while (run := await self._some_run()) is None:
            if time.monotonic() > end:
                raise Missed("there is no run to deliver")
            await asyncio.sleep(0.5)
        app = Celery("chaos", set_as_current=False)
        app.conf.update(celery_config(self._settings))
        for _ in range(DELIVERIES):
            await asyncio.to_thread(ask_for, app, self._settings, run)
        return f"{run} delivered {DELIVERIES} times more"

    async def _some_run(self) -> str | None:
        with suppress(StoreUnavailable):
            for name in self._victims.assistants:
                if (run := await self._runs.active(name)) is not None:
                    return run.id
        return None


def _fill(path: Path) -> int:
    """Writes until the disk is full."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
        taken = file.tell()
    assert _is_full(path.parent), f"{path.parent} is not full after {taken} bytes"
    return taken


def _is_full(directory: Path) -> bool:
    try:
        (directory / ".probe").write_bytes(bytes(1 << 13))
    except OSError as error:
        return error.errno == errno.ENOSPC
    finally:
        (directory / ".probe").unlink(missing_ok=True)
    return False


def _replace(file: Path, content: bytes) -> None:
    making = file.with_suffix(".mending")
    making.write_bytes(content)
    making.replace(file)
