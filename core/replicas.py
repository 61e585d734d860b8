"""What the agents report: which vLLM replicas there are and which versions each has loaded and
verified.
"""

from __future__ import annotations

import time

from core import keys
from core.records import Replica, decode, encode
from core.store import Store, guard


class Replicas:
    def __init__(self, store: Store, ttl_s: float) -> None:
        self._redis = store.redis
        self._ttl_s = ttl_s

    async def report(self, replica: Replica) -> None:
        async with guard():
            await self._redis.hset(keys.replicas(), replica.id, encode(replica))

    async def forget(self, replica_id: str) -> None:
        async with guard():
            await self._redis.hdel(keys.replicas(), replica_id)

    async def all(self) -> list[Replica]:
        """Every replica that ever reported and was not forgotten, stale ones included."""
        async with guard():
            rows = await self._redis.hvals(keys.replicas())
        return [decode(Replica, raw) for raw in rows]

    async def alive(self) -> list[Replica]:
        """Replicas that reported within the time to live."""
        return self.living(await self.all())

    def living(self, reports: list[Replica]) -> list[Replica]:
        """Those within the time to live. What reported in the future is not: its clock was set
        back since, and it may be gone for as long as it was ahead.
        """
        now = time.time()
        return [r for r in reports if abs(now - r.at) <= self._ttl_s]
