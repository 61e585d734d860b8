"""The way out of a server process: open streams may finish, but not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Drain:
    """Begun by SIGTERM. After the grace time `cut` ends what is still open, so that every stream
    gets its last event before the process goes.
    """

    def __init__(self, grace_s: float, cut: Callable[[], Awaitable[None]]) -> None:
        self._grace_s = grace_s
        self._cut = cut
        self._timer: asyncio.Task[None] | None = None

    @property
    def begun(self) -> bool:
        """True once new requests should go elsewhere."""
        return self._timer is not None

    def begin(self) -> None:
        """Call in the event loop; once is enough, more does no harm."""
        if self._timer is None:
            self._timer = asyncio.create_task(self._wait())

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            await asyncio.gather(self._timer, return_exceptions=True)

    async def _wait(self) -> None:
        await asyncio.sleep(self._grace_s)
        await self._cut()
