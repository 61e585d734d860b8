"""Whether the engine beside us really generates. `/health` and `/v1/models` answer from a process
that may not know that its engine is stuck.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from core.errors import InvalidRequest, ModelUnavailable
from core.records import BASE
from server.fleet.client import VllmClient

log = logging.getLogger(__name__)

CANARY_S: Final = 10.0
"""Between two one-token generations while all is well."""
RETRY_S: Final = 1.0
"""The same while it is not."""
CANARY_PROMPT: Final = [1]
"""A token that every vocabulary has."""


class Condition:
    """Something that is well or not; logs only the changes."""

    def __init__(self, subject: str, replica: str, problem: str = "") -> None:
        self.problem = problem
        self._subject = subject
        self._replica = replica

    def set(self, problem: str) -> bool:
        """`problem` is empty when all is well. True when that is news."""
        if problem == self.problem:
            return False
        level = logging.WARNING if problem else logging.INFO
        said = f"{self._subject}: {problem}" if problem else f"{self._subject} is well"
        log.log(level, said, extra={"action": "condition", "replica": self._replica})
        self.problem = problem
        return True


class Health:
    """The agent tells it whether vLLM's API answers; `watch` finds out whether its engine does."""

    def __init__(
        self, client: VllmClient, url: str, replica: str, changed: Callable[[], None]
    ) -> None:
        self._client = client
        self._url = url
        self._changed = changed
        self._condition = Condition("vLLM", replica, problem="not seen yet")
        self._found = asyncio.Event()
        self._lost = asyncio.Event()

    @property
    def problem(self) -> str:
        return self._condition.problem

    @property
    def ready(self) -> bool:
        return not self._condition.problem

    async def first_found(self) -> None:
        """Returns once the API answers."""
        await self._found.wait()

    def found(self) -> None:
        """The API answers; only a canary makes it ready."""
        self._lost.clear()
        self._found.set()

    def lost(self, reason: str) -> None:
        self._found.clear()
        self._lost.set()
        self._set(reason)

    async def watch(self) -> None:
        """Sends canaries for ever: rarely while they come back, at once after an outage."""
        while True:
            await self._found.wait()
            problem = await self._canary()
            if self._found.is_set():
                self._set(problem)
            await wait_at_most(self._lost, RETRY_S if problem else CANARY_S)

    async def _canary(self) -> str:
        try:
            tokens = await self._client.greedy_tokens(self._url, BASE, CANARY_PROMPT, 1)
        except (ModelUnavailable, InvalidRequest) as error:
            return f"generates nothing ({error.message})"
        return "" if tokens else "generates nothing"

    def _set(self, problem: str) -> None:
        if self._condition.set(problem):
            self._changed()


async def wait_at_most(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
