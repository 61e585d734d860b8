"""Which Celery workers are there, as they say themselves every few seconds."""

from __future__ import annotations

import time
from typing import Final

from core import keys
from core.records import Worker, decode, encode
from core.store import Store, guard

WORKER_TTL_S: Final = 15.0
"""A worker that has said nothing for this long is gone."""


class Workers:
    def __init__(self, store: Store) -> None:
        self._redis = store.redis

    async def report(self, worker: Worker) -> None:
        """The heartbeat. Forgets who is gone."""
        gone = [w.name for w in await self.all() if not _lives(w)]
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            pipe.hset(keys.workers(), worker.name, encode(worker))
            if gone:
                pipe.hdel(keys.workers(), *gone)
            await pipe.execute()

    async def forget(self, name: str) -> None:
        async with guard():
            await self._redis.hdel(keys.workers(), name)

    async def all(self) -> list[Worker]:
        async with guard():
            rows = await self._redis.hvals(keys.workers())
        return [decode(Worker, raw) for raw in rows]

    async def alive(self) -> list[Worker]:
        """Workers heard of within the time to live."""
        return [worker for worker in await self.all() if _lives(worker)]


def _lives(worker: Worker) -> bool:
    """Not, if it was heard of in the future: its clock was set back since."""
    return abs(time.time() - worker.at) <= WORKER_TTL_S
