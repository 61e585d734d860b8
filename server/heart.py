"""Says every few seconds that this process lives, so that what it does not finish is known to be
left.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from core.errors import StoreUnavailable
from core.servers import BEAT_S, Servers

log = logging.getLogger(__name__)


class Heart:
    """`start` before anything is answered, `close` when nothing is any more."""

    def __init__(self, servers: Servers, name: str) -> None:
        self._servers = servers
        self._name = name
        self._beating: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._servers.beat(self._name)
        self._beating = asyncio.create_task(self._beat())

    async def close(self) -> None:
        if self._beating is None:
            return
        self._beating.cancel()
        with suppress(asyncio.CancelledError):
            await self._beating
        with suppress(StoreUnavailable):  # then it is known a little later
            await self._servers.forget(self._name)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                await self._servers.beat(self._name)
            except StoreUnavailable as error:
                log.warning(error.message, extra={"action": "beat"})
            except Exception:
                # A heart that stood still would have this process' open answers ended as errors.
                log.exception("no beat", extra={"action": "beat"})
