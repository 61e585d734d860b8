"""Takes opinions away for good, where a retraction would only say that they hold no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from core import keys
from core.archive import Archive
from core.counting import FORGET
from core.log_files import Entry, Part, older, place
from core.store import Store, guard

SLICE: Final = 500
"""Most that is read by one call."""
LATE_MS: Final = 3600 * 1000
"""How much too old an archived entry may be: a file is written anew for many of them at once."""

# KEYS: log, tally ('' for none).  ARGV: positions.  Returns how many entries there were.
DELETE: Final = """
local removed = redis.call('XDEL', KEYS[1], unpack(ARGV))
if removed > 0 and KEYS[2] ~= '' then
  redis.call('HINCRBY', KEYS[2], 'removed:log entries', removed)
end
return removed
"""


class Forgetting:
    """`tally` is the key of a hash that counts what is removed, "" for none."""

    def __init__(self, store: Store, archive: Archive) -> None:
        self._store = store
        self._redis = store.redis
        self._archive = archive

    async def opinions(
        self, assistant: str, user: str, said: Sequence[tuple[str, str]], tally: str = ""
    ) -> None:
        """Those in the slots `kind:target`, each with the id it must have ("" for any)."""
        call = _forget_call(assistant, user, said, tally)
        await self._store.run_durably(FORGET, [call])

    async def all_opinions(self, assistant: str, user: str, tally: str = "") -> None:
        name, cursor = keys.opinions(assistant, user), 0
        while True:
            async with guard():
                cursor, row = await self._redis.hscan(name, cursor, count=SLICE)
            if row:
                await self.opinions(assistant, user, [(slot, "") for slot in row], tally)
            if not cursor:
                return

    async def keys_used(self, assistant: str, user: str) -> None:
        """Idempotency keys: the same one again is a new one."""
        index = keys.feedback_keys(assistant, user)
        while True:
            async with guard():
                used = await self._redis.zrange(index, 0, SLICE - 1)
                if not used:
                    return
                pipe = self._redis.pipeline()
                pipe.delete(*(keys.feedback_seen(assistant, user, key) for key in used))
                pipe.zrem(index, *used)
                await pipe.execute()

    async def entries_of(self, assistant: str, user: str, tally: str = "") -> None:
        """A person's entries in the log, the archived last. Raises Unavailable while somebody else
        changes the archive.
        """
        start = "-"
        while True:
            rows = await self._entries(assistant, start, "+")
            theirs = [position for position, row in rows if row["user"] == user]
            if theirs:
                await self._delete(assistant, theirs, tally)
            if len(rows) < SLICE:
                break
            start = f"({rows[-1][0]}"
        removed = await self._archive.erase(assistant, user)
        if removed and tally:
            async with guard():
                await self._redis.hincrby(tally, "removed:log entries", removed)

    async def entries_before(self, assistant: str, before: float) -> int:
        """The log's oldest entries, at most SLICE of them or those of one archived part, that came
        before a time (seconds since the epoch), with the opinions that hold among them. Returns how
        many there were. Raises as `entries_of` does.
        """
        ms = round(before * 1000)
        end = f"{ms}-0"
        parts = await self._archive.parts(assistant)
        if parts and _is_due(parts[0], ms):
            return await self._cut(assistant, parts[0], ms)
        rows = await self._entries(assistant, "-", f"({end}")
        await self._forget(assistant, rows)
        if rows:
            await self._delete(assistant, [position for position, _ in rows])
        return len(rows)

    async def _cut(self, assistant: str, part: Part, ms: int) -> int:
        async for rows in self._archive.read(assistant, part, older(ms)):
            await self._forget(assistant, rows)
        return await self._archive.cut(assistant, part, ms)

    async def _forget(self, assistant: str, rows: Sequence[Entry]) -> None:
        calls = [
            _forget_call(assistant, row["user"], [(f"{row['kind']}:{row['target']}", row["id"])])
            for _, row in rows
            if row["kind"] != "retract"
        ]
        if calls:
            await self._store.run_durably(FORGET, calls)

    async def _entries(
        self, assistant: str, start: str, end: str
    ) -> list[tuple[str, dict[str, str]]]:
        async with guard():
            rows: list[tuple[str, dict[str, str]]] = await self._redis.xrange(
                keys.feedback(assistant), start, end, count=SLICE
            )
        return rows

    async def _delete(self, assistant: str, positions: list[str], tally: str = "") -> None:
        script_keys = [keys.feedback(assistant), tally]
        await self._store.run_script(DELETE, script_keys, positions, durable=True)


def _is_due(part: Part, ms: int) -> bool:
    """All of it is older, or some of it much older."""
    return place(part.last)[0] < ms or place(part.first)[0] < ms - LATE_MS


def _forget_call(
    assistant: str, user: str, said: Sequence[tuple[str, str]], tally: str = ""
) -> tuple[list[str], list[Any]]:
    """Keys and arguments of FORGET."""
    script_keys = [
        keys.opinions(assistant, user),
        keys.counts(assistant),
        keys.gone(assistant),
        keys.runs(assistant),
        keys.consent(user),
        tally,
        keys.timeline(assistant),
        keys.booked(assistant, user),
    ]
    return script_keys, [assistant, *(part for pair in said for part in pair)]
