"""Whether a part does its work, asked from outside: the same questions for `up` and `doctor`.

Each probe returns None when all is well, else the trouble; none raises for a part that is away.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import aiohttp

from core.errors import StoreUnavailable
from core.replicas import Replicas
from core.settings import Settings
from core.store import Store, connect, guard
from core.workers import Workers

HTTP_TIMEOUT_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """`away`: nobody answered, which is no fault while nothing was started."""

    why: str
    away: bool


REDIS_AWAY: Final = Trouble("Redis does not answer", away=True)


async def probe_http(url: str) -> Trouble | None:
    """A GET that must answer 200."""
    timeout = aiohttp.ClientTimeout(total=HTTP_TIMEOUT_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as reply:
            if reply.status == 200:
                return None
            return Trouble(f"{reply.status}: {(await reply.text())[:300]}", away=False)
    except aiohttp.ClientError as error:
        return Trouble(f"no answer ({type(error).__name__})", away=True)
    except TimeoutError:
        return Trouble(f"no answer within {HTTP_TIMEOUT_S:.0f} s", away=True)


async def probe_redis(url: str) -> Trouble | None:
    """Answers, and keeps what it acknowledges: append-only file, noeviction, confirmed syncs."""
    store = connect(url, max_connections=2, timeout_s=2.0)
    away = True
    try:
        async with guard():
            await store.redis.ping()
        away = False
        await store.check_durable()
    except StoreUnavailable as error:
        return Trouble(error.message, away)
    finally:
        await store.close()
    return None


async def probe_agent(settings: Settings, since: float = 0.0) -> Trouble | None:
    """Some agent reported, lately and not before `since`, that its vLLM can answer."""
    async with _opened(settings) as store:
        alive = await Replicas(store, settings.replica_ttl_s).alive()
        fresh = [replica for replica in alive if replica.at >= since]
        if not fresh:
            return Trouble("no agent has reported", away=True)
        if any(replica.ready for replica in fresh):
            return None
        return Trouble(fresh[0].error or "its vLLM is not ready", away=False)
    return REDIS_AWAY


async def probe_worker(settings: Settings, queue: str, since: float = 0.0) -> Trouble | None:
    """A worker that takes from `queue` reported, lately and not before `since`."""
    async with _opened(settings) as store:
        alive = await Workers(store).alive()
        if any(queue in worker.queues and worker.at >= since for worker in alive):
            return None
        return Trouble(f"no worker for queue {queue} has reported", away=True)
    return REDIS_AWAY


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Store]:
    """A store for one question; a Redis that is away ends the block without an error."""
    store = connect(settings.redis_url, max_connections=2, timeout_s=2.0)
    try:
        with suppress(StoreUnavailable):
            yield store
    finally:
        await store.close()
