"""How far a feedback log was learned from and archived: only times and numbers, quick at any
length.
"""

from __future__ import annotations

from dataclasses import dataclass

from core import keys
from core.archive import bound_after, part_of
from core.log_files import place
from core.store import Store, guard


@dataclass(frozen=True, slots=True)
class Archived:
    """Of a log: how many entries, and when the newest of them came (0.0 for none)."""

    entries: int
    until: float


class Backlog:
    """Times are seconds since the epoch."""

    def __init__(self, store: Store) -> None:
        self._redis = store.redis

    async def first_after(self, assistant: str, at: float) -> float:
        """When the first opinion after `at` came, 0.0 for none. Where that one is archived, when
        its part of the archive began or `at`.
        """
        position = f"{round(at * 1000)}-{2**64 - 1}"
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            pipe.xrange(keys.feedback(assistant), f"({position}", "+", count=1)
            pipe.zrangebylex(keys.archive(assistant), bound_after(position), "+", 0, 1)
            rows, members = await pipe.execute()
        if members:
            return max(at, _arrived(part_of(members[0]).first))
        return _arrived(rows[0][0]) if rows else 0.0

    async def archived(self, assistant: str) -> Archived:
        async with guard():
            members = await self._redis.zrange(keys.archive(assistant), 0, -1)
        parts = [part_of(member) for member in members]
        until = _arrived(parts[-1].last) if parts else 0.0
        return Archived(sum(part.entries for part in parts), until)


def _arrived(position: str) -> float:
    return place(position)[0] / 1000
