"""Runs all parts as one: starts them, keeps them, and ends them in the order that loses nothing."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from cli.child import PROBE_INTERVAL_S, Child
from cli.parts import Part
from cli.probes import Trouble
from cli.runfiles import PartStatus, RunFiles, Snapshot

Observer = Callable[[Snapshot], None]


class Supervisor:
    """`run` returns after a clean end; it raises what made the start impossible."""

    def __init__(
        self,
        parts: list[Part],
        files: RunFiles,
        logs: Path,
        *,
        ready: Callable[[], Awaitable[Trouble | None]],
        observe: Observer,
    ) -> None:
        self._files = files
        self._ready = ready
        self._observe = observe
        self._started = time.time()
        self._ready_s: float | None = None
        self._missing = ""
        self._told_to_stop = asyncio.Event()
        self.children = [Child(part, files, logs, self._changed) for part in parts]

    async def run(self) -> None:
        self._listen_to_signals()
        work = asyncio.create_task(self._keep_all())
        told = asyncio.create_task(self._told_to_stop.wait())
        try:
            await asyncio.wait([work, told], return_when=asyncio.FIRST_COMPLETED)
        finally:
            told.cancel()
            work.cancel()
            results = await asyncio.gather(work, return_exceptions=True)
            await self._stop_all()
            self._files.forget_state()
        error = results[0]
        if isinstance(error, ExceptionGroup):
            raise error.exceptions[0]

    def stop(self) -> None:
        """Asks for the end."""
        self._told_to_stop.set()

    def interrupt(self) -> None:
        """Ctrl-C asks for the end; a second one does not wait for it."""
        if self._told_to_stop.is_set():
            for child in self.children:
                child.kill()
        self.stop()

    async def _keep_all(self) -> None:
        redis = next((c for c in self.children if c.part.name == "redis"), None)
        async with asyncio.TaskGroup() as group:
            for child in self.children:
                waits = redis is not None and child.part.needs_redis
                group.create_task(child.keep(redis.works if redis and waits else None))
            group.create_task(self._announce())

    async def _announce(self) -> None:
        """Takes note of the moment when every part works and the whole says so too."""
        for child in self.children:
            await child.works.wait()
        while True:
            trouble = await self._ready()
            self._missing = trouble.why if trouble else ""
            if trouble is None:
                break
            self._publish()
            await asyncio.sleep(PROBE_INTERVAL_S)
        self._ready_s = time.time() - self._started
        self._publish()

    async def _stop_all(self) -> None:
        """Tier by tier: who takes requests first, what they rest on last."""
        for tier in sorted({child.part.stop_tier for child in self.children}):
            members = [child for child in self.children if child.part.stop_tier == tier]
            await asyncio.gather(*(child.stop() for child in members))

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self.interrupt)
        # A closed terminal sends SIGHUP, perhaps after Ctrl-C: no reason to cut answers off.
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.stop)

    def _changed(self, _status: PartStatus) -> None:
        self._publish()

    def _publish(self) -> None:
        snapshot = Snapshot(
            started=self._started,
            ready_s=self._ready_s,
            missing=self._missing,
            parts=[child.status for child in self.children],
        )
        self._files.write_state(snapshot)
        self._observe(snapshot)
