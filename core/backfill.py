"""Counts in the timeline what was said before there was one: a slice at a time, from the newest
opinion back to the oldest. What is counted already stays as it is, so doing it twice is harmless.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from core import keys
from core.feedback import FeedbackLog
from core.records import Comparison, Feedback, Response
from core.responses import Responses
from core.store import Store, guard
from core.timeline import BOOKING, told

SLICE: Final = 1_000
"""Entries of the log that one call looks at."""
DONE: Final = "done"

# Counts an opinion that holds and is not counted.  KEYS: opinions, timeline, booked.
# ARGV: slot, feedback id, what it is counted as.  Returns 1 if it was not.
BOOK: Final = f"""
{BOOKING}
local id, at = string.match(redis.call('HGET', KEYS[1], ARGV[1]) or '', '^(%S+) (%S+)')
if id ~= ARGV[2] or redis.call('HEXISTS', KEYS[3], ARGV[1]) == 1 then return 0 end
book_in(KEYS[2], KEYS[3], ARGV[1], at, ARGV[3])
return 1
"""


class Backfill:
    def __init__(self, store: Store, feedback: FeedbackLog, responses: Responses) -> None:
        self._store = store
        self._redis = store.redis
        self._feedback = feedback
        self._responses = responses

    async def count_slice(self, assistant: str) -> int:
        """How many opinions were counted. Raises ArtifactCorrupt and Unavailable as the archive
        does.
        """
        cursor = keys.timeline_cursor(assistant)
        async with guard():
            before = await self._redis.get(cursor) or "+"
        if before == DONE:
            return 0
        log, after = await self._read(assistant, before)
        counted = await self._count([said for said in log if said.kind != "retract"])
        async with guard():
            await self._redis.set(cursor, after)
        return counted

    async def _read(self, assistant: str, before: str) -> tuple[list[Feedback], str]:
        """A slice, and where the next one begins."""
        async for stretch, log in self._feedback.back(assistant, before, SLICE):
            if len(log) > SLICE:
                return log[:SLICE], stretch.entries[SLICE - 1][0]
            return log, stretch.reached
        return [], DONE

    async def _count(self, log: Sequence[Feedback]) -> int:
        open_ones = await self._uncounted(log)
        if not open_ones:
            return 0
        comparisons = await self._responses.find_comparisons([s.target for s in open_ones])
        rated = [i for said in open_ones for i in _rated(said, comparisons)]
        found = await self._responses.find(rated)
        calls = [_call(said, _versions(_rated(said, comparisons), found)) for said in open_ones]
        return sum(map(int, await self._store.run_durably(BOOK, calls)))

    async def _uncounted(self, log: Sequence[Feedback]) -> list[Feedback]:
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            for said in log:
                pipe.hexists(keys.booked(said.assistant, said.user), _slot(said))
            counted = await pipe.execute()
        return [said for said, there in zip(log, counted, strict=True) if not there]


def _slot(said: Feedback) -> str:
    return f"{said.kind}:{said.target}"


def _rated(said: Feedback, comparisons: Mapping[str, Comparison]) -> list[str]:
    """Ids of the answers it is about, in the order shown."""
    if said.kind in ("comparison", "ranking"):
        return comparisons[said.target].responses if said.target in comparisons else []
    return [said.target]


def _versions(rated: Sequence[str], found: Mapping[str, Response]) -> list[str]:
    """Of all of the answers; none where one is gone."""
    return [found[i].version for i in rated] if all(i in found for i in rated) else []


def _call(said: Feedback, versions: Sequence[str]) -> tuple[list[str], list[str]]:
    """Keys and arguments of BOOK."""
    script_keys = [
        keys.opinions(said.assistant, said.user),
        keys.timeline(said.assistant),
        keys.booked(said.assistant, said.user),
    ]
    return script_keys, [_slot(said), said.id, told(said, versions)]
