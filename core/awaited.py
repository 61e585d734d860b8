"""Answers that somebody waits for in another API process than the one that generates them."""

from __future__ import annotations

from typing import Final

from core import keys
from core.store import Store, guard

AWAITED_TTL_S: Final = 5
"""Who has not said for this long that an answer is waited for does so no more."""


class Awaited:
    """By what the answer, or several side by side, are called."""

    def __init__(self, store: Store) -> None:
        self._redis = store.redis

    async def note(self, identity: str) -> None:
        """To be said again while somebody waits."""
        async with guard():
            await self._redis.set(keys.awaited(identity), "1", ex=AWAITED_TTL_S)

    async def holds(self, identity: str) -> bool:
        async with guard():
            return bool(await self._redis.exists(keys.awaited(identity)))
