"""The way out of a server process: what is open may finish, but not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from core.errors import ModelUnavailable

Cut = Callable[[], object]
STOPPING: Final = "This server is stopping and could not finish the answer; ask again"


class Drain:
    """Begun by SIGTERM. After the grace time what is still open is cut, each by its own means, so
    that every stream gets its last event before the process goes.
    """

    def __init__(self, grace_s: float) -> None:
        self._grace_s = grace_s
        self._cuts: set[Cut] = set()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def begun(self) -> bool:
        """True once new requests should go elsewhere."""
        return self._timer is not None

    def begin(self) -> None:
        """Call in the event loop; once is enough, more does no harm."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._grace_s, self._cut_all)

    @contextmanager
    def watch(self, cut: Cut) -> Iterator[None]:
        """While the block runs, the end of the grace time calls `cut`."""
        self._cuts.add(cut)
        try:
            yield
        finally:
            self._cuts.discard(cut)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _cut_all(self) -> None:
        for cut in list(self._cuts):
            cut()


class Cuttable(AsyncIterator[dict[str, Any]]):
    """Chunks that `cut` ends with ModelUnavailable, whoever is waiting for the next one."""

    def __init__(self, chunks: AsyncIterator[dict[str, Any]]) -> None:
        self._chunks = chunks
        self._waiting: asyncio.Task[Any] | None = None
        self._is_cut = False

    async def __anext__(self) -> dict[str, Any]:
        if self._is_cut:
            raise ModelUnavailable(STOPPING)
        self._waiting = asyncio.current_task()
        try:
            return await anext(self._chunks)
        except asyncio.CancelledError:
            if not self._is_cut or self._waiting is None:
                raise
            self._waiting.uncancel()
            raise ModelUnavailable(STOPPING) from None
        finally:
            self._waiting = None

    def cut(self) -> None:
        self._is_cut = True
        if self._waiting is not None:
            self._waiting.cancel()
