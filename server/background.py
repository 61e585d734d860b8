"""Tasks that outlive their request: kept from the garbage collector, waited for at shutdown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

logger = logging.getLogger(__name__)


class Background:
    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Starts work that nobody has to wait for. Its failure is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    async def shielded(self, work: Coroutine[Any, Any, Any], timeout_s: float) -> None:
        """Waits at most this long for work that goes on to its end whatever becomes of the
        caller.
        """
        await asyncio.wait([self.spawn(work)], timeout=timeout_s)

    async def close(self, timeout_s: float) -> None:
        """Gives what still runs this long, then cancels it."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=timeout_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("background work failed", exc_info=error, extra={"action": "background"})
