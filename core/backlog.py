"""How far a feedback log was learned from and archived: only times and numbers, quick at any
length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core import keys
from core.archive import bound_after, part_of
from core.ids import made_at
from core.log_files import BATCH, Entry, place
from core.store import Store, guard

SKEW_S: Final = 1.0
"""An opinion gets its id that much before its place in the log at most, and clocks differ."""


@dataclass(frozen=True, slots=True)
class Archived:
    """Of a log: how many entries, and when the newest of them came (0.0 for none)."""

    entries: int
    until: float


class Backlog:
    """Times are seconds since the epoch."""

    def __init__(self, store: Store) -> None:
        self._redis = store.redis

    async def first_after(self, assistant: str, feedback_id: str) -> float:
        """When the first opinion behind this one came, 0.0 for none; "": the very first. Where it
        is archived, when its part of the archive began, or the opinion that is given.
        """
        at = made_at(feedback_id) if feedback_id else 0.0
        async with guard():
            behind = bound_after(f"{_ms(at + SKEW_S)}-0")
            members = await self._redis.zrangebylex(keys.archive(assistant), behind, "+", 0, 1)
        if members:
            return max(at, _arrived(part_of(members[0]).first))
        position = f"{_ms(at - SKEW_S)}-0"
        while rows := await self._look(assistant, position):
            for position, row in rows:
                if row["id"] > feedback_id:
                    return _arrived(position)
        return 0.0

    async def _look(self, assistant: str, position: str) -> list[Entry]:
        async with guard():
            rows: list[Entry] = await self._redis.xrange(
                keys.feedback(assistant), f"({position}", "+", count=BATCH
            )
        return rows

    async def archived(self, assistant: str) -> Archived:
        async with guard():
            members = await self._redis.zrange(keys.archive(assistant), 0, -1)
        parts = [part_of(member) for member in members]
        until = _arrived(parts[-1].last) if parts else 0.0
        return Archived(sum(part.entries for part in parts), until)


def _ms(at: float) -> int:
    return max(0, round(at * 1000))


def _arrived(position: str) -> float:
    return place(position)[0] / 1000
