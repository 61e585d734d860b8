"""Which live versions are shown side by side beside the usual ones, and how often: the worker works
it out from votes, the server draws from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from core import keys
from core.records import Pointer, decode, encode
from core.store import Store, guard


@dataclass(frozen=True, slots=True)
class Duel:
    """Two live versions. `wins` of the first over the second and `losses`, of which a tie is half
    of each. `chance`: that a side-by-side is to show both.

    >>> Duel("support-p000002-5e6f7a8b", "support-p000001-1a2b3c4d", 31.5, 12.5, 0.02)
    """

    first: str
    second: str
    wins: float
    losses: float
    chance: float


@dataclass(frozen=True, slots=True)
class Lineup:
    """Holds for one state of the assistant's pointer only: who was rolled back is shown to nobody
    from that moment on. Times in seconds since the epoch.
    """

    pointer: float
    """`updated` of that pointer."""
    newest: float
    """When the newest opinion came that may be counted."""
    made: float
    duels: list[Duel]


class Lineups:
    """One per assistant, replaced whole."""

    def __init__(self, store: Store) -> None:
        self._redis = store.redis

    async def put(self, assistant: str, lineup: Lineup) -> None:
        async with guard():
            await self._redis.set(keys.lineup(assistant), encode(lineup))

    async def get(self, assistant: str) -> Lineup | None:
        async with guard():
            raw = await self._redis.get(keys.lineup(assistant))
        return None if raw is None else decode(Lineup, raw)

    async def duels(self, assistant: str, pointer: Pointer) -> list[Duel]:
        """What holds while `pointer` does; nothing until the worker has seen that one."""
        lineup = await self.get(assistant)
        return lineup.duels if lineup is not None and lineup.pointer == pointer.updated else []
