"""Waiting for an answer only as long as somebody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request
from starlette.exceptions import HTTPException

from core.errors import ModelUnavailable
from server.drain import STOPPING, Drain
from server.middleware import CLIENT_GONE

T = TypeVar("T")


async def while_connected(request: Request, drain: Drain, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which is cancelled when the client leaves or the process must go. For
    use after the body has been read: then the next thing to be received is the disconnect.
    """
    task = asyncio.create_task(work)
    gone = asyncio.create_task(_disconnected(request))
    try:
        with drain.watch(task.cancel):
            await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        if task.cancelled():
            raise ModelUnavailable(STOPPING)
        if task.done():
            return task.result()
        raise HTTPException(CLIENT_GONE, "The client left")
    finally:
        for pending in (task, gone):
            pending.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
