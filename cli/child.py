"""One supervised process: started with its log, probed until it works, restarted when it dies."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cli.parts import Part
from cli.runfiles import PartState, PartStatus, RunFiles, end_group
from core.errors import Unavailable

PROBE_INTERVAL_S: Final = 0.3
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
STEADY_AFTER_S: Final = 60.0
"""A part that worked this long starts over with the shortest pause."""
MAX_FAILED_STARTS: Final = 3
"""A part that never worked and dies this often will not come up by trying again."""
LARGEST_LOG_BYTES: Final = 10 * 2**20
LOG_TAIL_LINES: Final = 15


class Child:
    """Owns the process of one part from its first start to its end."""

    def __init__(
        self, part: Part, files: RunFiles, logs: Path, changed: Callable[[PartStatus], None]
    ) -> None:
        self.part = part
        self.works = asyncio.Event()
        self.status = PartStatus(part.name, "waiting", time.time())
        self.log = logs / f"{part.name}.log"
        self._files = files
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        self._restarts = 0
        self._ended_how = ""

    async def keep(self, after: asyncio.Event | None) -> None:
        """Starts when `after` is set and restarts for ever; raises Unavailable when the part never
        came up.
        """
        if after is not None:
            self._say("waiting", "for redis")
            await after.wait()
        failures = 0
        while True:
            worked_s = await self._live_once()
            if not self.works.is_set() and failures + 1 >= MAX_FAILED_STARTS:
                self._say("ended", "gave up")
                raise Unavailable(f"{self.part.name} does not start:\n{self.tail()}")
            failures = 1 if worked_s >= STEADY_AFTER_S else failures + 1
            pause_s = min(FIRST_PAUSE_S * 2 ** (failures - 1), LONGEST_PAUSE_S)
            self._restarts += 1
            self._say("restarting", f"{self._ended_how}, again in {pause_s:.1f} s")
            await asyncio.sleep(pause_s)

    async def stop(self) -> None:
        """Asks in the part's own way, then ends the whole group."""
        process = self._process
        if process is None:
            self._say("ended")
            return
        for number, patience_s in self.part.stop:
            if process.returncode is not None:
                break
            self._say("stopping", f"{number.name}, up to {patience_s:.0f} s")
            process.send_signal(number)
            try:
                await asyncio.wait_for(process.wait(), patience_s)
            except TimeoutError:
                continue
        await self._clear(process)
        self._say("ended")

    def kill(self) -> None:
        """For a second Ctrl-C."""
        if self._process is not None:
            end_group(self._process.pid, signal.SIGKILL)

    def tail(self) -> str:
        """The log's last lines."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])

    async def _live_once(self) -> float:
        """From start to exit; returns how many seconds the part worked."""
        process = await self._start()
        ended = asyncio.create_task(process.wait())
        probing = asyncio.create_task(self._probe())
        try:
            await asyncio.wait([ended, probing], return_when=asyncio.FIRST_COMPLETED)
            if probing.done():
                probing.result()
            await ended
        finally:
            probing.cancel()
            ended.cancel()
        worked_s = time.time() - self.status.since if self.status.state == "ready" else 0.0
        await self._clear(process)
        return worked_s

    async def _start(self) -> asyncio.subprocess.Process:
        _rotate(self.log)
        with self.log.open("ab") as out:
            process = await asyncio.create_subprocess_exec(
                *self.part.argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
                # Ctrl-C reaches the supervisor alone, which ends the parts in their order.
                start_new_session=True,
            )
        self._process = process
        self._files.write_pid(self.part.name, process.pid)
        self._say("starting")
        return process

    async def _probe(self) -> None:
        started = time.time()
        while trouble := await self.part.probe(started):
            self._say("starting", trouble.why)
            await asyncio.sleep(PROBE_INTERVAL_S)
        self.works.set()
        self._say("ready")

    async def _clear(self, process: asyncio.subprocess.Process) -> None:
        """Nothing of the part outlives it: orphans would hold its port, memory or cores."""
        end_group(process.pid, signal.SIGKILL)
        code = await process.wait()
        by_signal = code < 0
        self._ended_how = (
            f"ended by {signal.Signals(-code).name}" if by_signal else f"ended with code {code}"
        )
        self._process = None
        self._files.remove_pid(self.part.name)

    def _say(self, state: PartState, detail: str = "") -> None:
        same_state = state == self.status.state
        since = self.status.since if same_state else time.time()
        pid = self._process.pid if self._process is not None else None
        status = PartStatus(self.part.name, state, since, detail, self._restarts, pid)
        if status != self.status:
            self.status = status
            self._changed(status)


def _rotate(log: Path) -> None:
    """One old file is kept; a log never grows past twice the limit between restarts."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
