"""The connection to Redis: one way to open it, to run Lua, and to know that a write is on disk.

A write counts as acknowledged when it is in the append-only file: WAITAOF where the server has it
(Redis 7.2, Valkey 8), `appendfsync always` where it does not. Anything else is refused at start,
not at the first lost vote.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import (
    BusyLoadingError,
    ConnectionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TimeoutError,
)

from core.errors import StoreUnavailable

T = TypeVar("T")

WAIT_AOF_MS: Final = 1000
UNAVAILABLE: Final = (
    ConnectionError,
    TimeoutError,
    BusyLoadingError,
    ReadOnlyError,
    OutOfMemoryError,
    OSError,
)
REFUSALS: Final = re.compile(
    r"\b(OOM|MISCONF|READONLY|LOADING|CLUSTERDOWN|NOREPLICAS|MASTERDOWN|BUSY)\b"
)
"""Codes of a server that is there and takes no writes now."""


class Store:
    """Redis plus the knowledge of how this server makes a write durable. One per process, closed
    by its owner.
    """

    def __init__(self, redis: Redis) -> None:
        # redis-py types every answer as bytes or str or both; ours are str (decode_responses),
        # which Any lets us say.
        self.redis: Any = redis
        self._fsyncs_always: bool | None = None

    async def run_script(
        self, script: str, keys: list[str], args: list[Any], *, durable: bool = False
    ) -> Any:
        """Runs one Lua script; with `durable`, returns only when its writes are on disk.

        Raises StoreUnavailable when the server does not answer or does not confirm: the caller may
        retry the same call.
        """
        if durable:
            return (await self.run_durably(script, [(keys, args)]))[0]
        async with guard():
            return await self.redis.eval(script, len(keys), *keys, *args)

    async def run_durably(self, script: str, calls: Sequence[tuple[list[str], list[Any]]]) -> Any:
        """Runs a script for every (keys, arguments), in order; returns their results when the
        writes of all, and of whoever wrote before them, are on disk. Raises as `run_script` does.

        A script that writes nothing waits for nothing: what it found need not be on disk.
        """
        async with guard():
            fsyncs_always = await self._always()
            # One connection, back to back: WAITAOF waits for its own connection's last write.
            pipe = self.redis.pipeline(transaction=False)
            for keys, args in calls:
                pipe.eval(script, len(keys), *keys, *args)
            if not fsyncs_always:
                pipe.execute_command("WAITAOF", 1, 0, WAIT_AOF_MS)
            results = await pipe.execute()
        if not fsyncs_always and int(results.pop()[0]) < 1:
            raise StoreUnavailable("Redis did not confirm the write to disk in time; send it again")
        return results

    async def check_durable(self) -> None:
        """Raises StoreUnavailable unless acknowledged writes can be promised: AOF on and
        noeviction.
        """
        await self._always()
        async with guard():
            info: dict[str, Any] = await self.redis.info()
        policy = str(info.get("maxmemory_policy", ""))
        if policy != "noeviction":
            raise StoreUnavailable(
                f"Redis may drop votes: maxmemory-policy is {policy!r}; set it to noeviction", 30
            )

    async def _always(self) -> bool:
        """True when every write is synced by itself, False when WAITAOF must confirm it."""
        if self._fsyncs_always is None:
            async with guard():
                info: dict[str, Any] = await self.redis.info("persistence")
                if not int(info.get("aof_enabled", 0)):
                    raise StoreUnavailable(
                        "Redis keeps no append-only file and could lose votes; set appendonly yes",
                        30,
                    )
                try:
                    await self.redis.execute_command("WAITAOF", 0, 0, 0)
                    self._fsyncs_always = False
                except ResponseError as error:
                    config = await self.redis.config_get("appendfsync")
                    if config.get("appendfsync") != "always":
                        raise StoreUnavailable(
                            "Redis has no WAITAOF (7.2, Valkey 8); set appendfsync always",
                            30,
                        ) from error
                    self._fsyncs_always = True
        return self._fsyncs_always

    async def close(self) -> None:
        await self.redis.aclose()


def connect(url: str, *, max_connections: int = 128, timeout_s: float = 5.0) -> Store:
    """A Store on `url`. Opens nothing yet; commands raise what `guard` turns into
    StoreUnavailable.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        decode_responses=True,
        max_connections=max_connections,
        timeout=timeout_s,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        health_check_interval=30,
    )
    return Store(Redis.from_pool(pool))


@asynccontextmanager
async def guard() -> AsyncIterator[None]:
    """Turns 'Redis is away or full' into StoreUnavailable; other errors of ours and of Redis pass
    through.
    """
    with _cancellable():
        try:
            yield
        except UNAVAILABLE as error:
            raise StoreUnavailable(
                f"Redis is not available ({type(error).__name__}); try again"
            ) from error
        except ResponseError as error:
            # In a pipeline the command is quoted first, with what people said in it.
            if refusal := REFUSALS.search(str(error).rpartition(" of pipeline caused error: ")[2]):
                raise StoreUnavailable(f"Redis takes no writes now ({refusal[1]})") from error
            raise


@contextmanager
def _cancellable() -> Iterator[None]:
    """Before Python 3.12 `asyncio.wait_for`, under every command of redis-py, may swallow a
    cancellation, whether the command then succeeds or fails: the task would never end.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        yield
    finally:
        if task and task.cancelling() > before:
            raise asyncio.CancelledError


async def wait_for_store(store: Store, deadline_s: float) -> None:
    """Returns when Redis answers and can promise durability; raises the last StoreUnavailable
    after `deadline_s`.
    """
    await _retry(store.check_durable, deadline_s)


async def _retry(call: Callable[[], Awaitable[T]], deadline_s: float) -> T:
    loop = asyncio.get_running_loop()
    until = loop.time() + deadline_s
    while True:
        try:
            return await call()
        except StoreUnavailable:
            if loop.time() >= until:
                raise
            await asyncio.sleep(0.1)
