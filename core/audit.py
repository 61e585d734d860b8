"""The log of what operators did: who, what, when and from where. An assistant's own log, with every
change of its pointer and its reason, is the registry's.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Final

from core import keys
from core.records import fields_of
from core.store import Store, guard

MOST_ENTRIES: Final = 100_000
"""Older ones go, some more than these stay."""

# KEYS: log.  ARGV: how many stay, field, value, ...
NOTE: Final = "redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', unpack(ARGV, 2))"


@dataclass(frozen=True, slots=True)
class Act:
    """`by`: a person. `key`: name of the API key that was shown, "" for none. `address`: where the
    request came from. `request`: its id, as in the process's log.
    """

    by: str
    key: str
    address: str
    action: str
    target: str
    request: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """An act and when it was done, in seconds since the epoch."""

    at: float
    act: Act


class Audit:
    """The only writer of this log."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._redis = store.redis

    async def note(self, act: Act) -> None:
        """Durably. Raises StoreUnavailable."""
        flat = [part for pair in {"at": repr(time.time()), **asdict(act)}.items() for part in pair]
        await self._store.run_script(
            NOTE, [keys.access_audit()], [MOST_ENTRIES, *flat], durable=True
        )

    async def newest(self, limit: int) -> list[Noted]:
        """Newest first."""
        async with guard():
            rows = await self._redis.xrevrange(keys.access_audit(), count=limit)
        return [Noted(float(row["at"]), Act(**fields_of(Act, row))) for _, row in rows]
