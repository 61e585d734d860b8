"""Many requests at once, but not too many, and again when the server asks for patience."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from core.errors import Unavailable

T = TypeVar("T")
R = TypeVar("R")

ATTEMPTS: Final = 5


async def run_bounded(
    items: Sequence[T],
    work: Callable[[T], Awaitable[R]],
    limit: int,
    advance: Callable[[], None],
) -> list[R]:
    """Results in the items' order, at most `limit` in work at once. The first error ends all."""
    room = asyncio.Semaphore(limit)

    async def one(item: T) -> R:
        async with room:
            result = await work(item)
        advance()
        return result

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in items]
    except ExceptionGroup as group_error:
        raise group_error.exceptions[0] from group_error
    return [task.result() for task in tasks]


async def patiently(call: Callable[[], Awaitable[R]]) -> R:
    """Retries what is Unavailable, as long after as the server says, and lets the last one out."""
    for _ in range(ATTEMPTS - 1):
        try:
            return await call()
        except Unavailable as error:
            await asyncio.sleep(error.retry_after_s)
    return await call()
