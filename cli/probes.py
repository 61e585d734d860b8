"""Whether a part does its work, asked from outside: the same questions for `up` and `doctor`.

Each probe returns "" when all is well, else what is wrong in a few words; none raises for a part
that is merely away.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import aiohttp

from core.errors import StoreUnavailable
from core.replicas import Replicas
from core.settings import Settings
from core.store import Store, connect
from core.workers import Workers

HTTP_TIMEOUT_S: Final = 2.0


async def probe_http(url: str) -> str:
    """A GET that must answer 200."""
    timeout = aiohttp.ClientTimeout(total=HTTP_TIMEOUT_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as reply:
            if reply.status == 200:
                return ""
            return f"{reply.status}: {(await reply.text())[:300]}"
    except aiohttp.ClientError as error:
        return f"no answer ({type(error).__name__})"
    except TimeoutError:
        return f"no answer within {HTTP_TIMEOUT_S:.0f} s"


async def probe_redis(url: str) -> str:
    """Answers, and keeps what it acknowledges: append-only file, noeviction, confirmed syncs."""
    store = connect(url, max_connections=2, timeout_s=2.0)
    try:
        await store.check_durable()
    except StoreUnavailable as error:
        return error.message
    finally:
        await store.close()
    return ""


async def probe_agent(settings: Settings, since: float = 0.0) -> str:
    """Some agent reported, lately and not before `since`, that its vLLM can answer."""
    async with _opened(settings) as store:
        alive = await Replicas(store, settings.replica_ttl_s).alive()
        fresh = [replica for replica in alive if replica.at >= since]
        if any(replica.ready for replica in fresh):
            return ""
        reasons = [replica.error for replica in fresh if replica.error]
        return reasons[0] if reasons else "no agent has reported a ready vLLM"
    return "Redis does not answer"


async def probe_worker(settings: Settings, queue: str, since: float = 0.0) -> str:
    """A worker that takes from `queue` reported, lately and not before `since`."""
    async with _opened(settings) as store:
        alive = await Workers(store).alive()
        if any(queue in worker.queues and worker.at >= since for worker in alive):
            return ""
        return f"no worker for queue {queue} has reported"
    return "Redis does not answer"


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Store]:
    """A store for one question; a Redis that is away ends the block without an error."""
    store = connect(settings.redis_url, max_connections=2, timeout_s=2.0)
    try:
        with suppress(StoreUnavailable):
            yield store
    finally:
        await store.close()
