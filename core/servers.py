"""Which API processes live, as they say themselves every few seconds."""

from __future__ import annotations

from typing import Final

from core import keys
from core.store import Store, guard

BEAT_S: Final = 5.0
"""Between two beats of an API process' heart."""
SERVER_TTL_S: Final = 15
"""One that has said nothing for this long is gone."""


class Servers:
    def __init__(self, store: Store, ttl_s: int = SERVER_TTL_S) -> None:
        self._redis = store.redis
        self._ttl_s = ttl_s

    async def beat(self, name: str) -> None:
        async with guard():
            await self._redis.set(keys.server(name), "1", ex=self._ttl_s)

    async def forget(self, name: str) -> None:
        async with guard():
            await self._redis.delete(keys.server(name))

    async def is_gone(self, name: str) -> bool:
        """Of nobody as long as Redis has only just come back: nobody could speak to it before."""
        async with guard():
            if await self._redis.exists(keys.server(name)):
                return False
            about = await self._redis.info("server")
        return int(about["uptime_in_seconds"]) >= self._ttl_s
