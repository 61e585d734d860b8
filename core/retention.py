"""Removal by age: what nobody used for long enough goes, and the opinions about it. In slices that
go round and round, each of a bounded size.
"""

from __future__ import annotations

from typing import Final

from core import keys
from core.archive import Archive
from core.forgetting import Forgetting
from core.holdings import Holdings
from core.store import Store, guard

SLICES: Final = 10
"""Slices of people's holdings that one call removes."""
OPINIONS: Final = {
    "resp": ("thumb", "edit", "comment", "implicit"),
    "cmp": ("comparison", "ranking"),
}
"""Kinds of opinions about what an id begins so."""


class Retention:
    def __init__(self, store: Store, archive: Archive) -> None:
        self._redis = store.redis
        self._holdings = Holdings(store)
        self._forgetting = Forgetting(store, archive)

    async def sweep(self, assistant: str, before: float) -> int:
        """Removes some of what was last used before a time (seconds since the epoch). Returns how
        much. What is read of the log and of the people comes after what the last call read, so
        that all has its turn.
        """
        removed = await self._forgetting.entries_before(assistant, before)
        at = await self._cursor(assistant)
        after, people = await self._holdings.people(assistant, at)
        left = SLICES
        for user in people:
            while left and (ids := await self._holdings.unused(assistant, user, before)):
                removed += await self._remove(assistant, user, ids, before)
                left -= 1
        if left:  # else there may be more of these people's
            await self._go_on_at(assistant, after)
        return removed

    async def _remove(self, assistant: str, user: str, ids: list[str], before: float) -> int:
        about = [
            (f"{kind}:{identity}", "")
            for identity in ids
            for kind in OPINIONS.get(identity.partition("_")[0], ())
        ]
        if about:
            await self._forgetting.opinions(assistant, user, about)
        return await self._holdings.remove(assistant, user, ids, before)

    async def _cursor(self, assistant: str) -> int:
        async with guard():
            return int(await self._redis.get(keys.retention_cursor(assistant)) or 0)

    async def _go_on_at(self, assistant: str, cursor: int) -> None:
        async with guard():
            await self._redis.set(keys.retention_cursor(assistant), cursor)
