"""The feedback log: one contract for every kind of opinion, idempotent, the latest wins, durable
when acknowledged.
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Sequence
from functools import lru_cache
from typing import Any, Final, cast

import orjson

from core import keys
from core.archive import Archive, part_of
from core.counting import CONSENTED, COUNTING
from core.entries import Entries
from core.ids import new_id
from core.records import Feedback, FeedbackKind
from core.store import Store, guard

SEEN_TTL_S: Final = 30 * 24 * 3600
"""How long an idempotency key is remembered."""

SHORT: Final = 128
"""Characters of a body that many opinions may have."""

# Appends one opinion, or finds that it is already there.
# KEYS: seen, log, opinions, counts, consent, keys used.
# ARGV: id, kind, user, target, at, body, ttl, key or '', assistant, now.
# Returns {id, 1 if new}.
APPEND: Final = f"""
{CONSENTED}
local function remember(id)
  if ARGV[8] == '' then return end
  redis.call('SET', KEYS[1], id, 'EX', ARGV[7])
  redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', ARGV[10] - ARGV[7])
  redis.call('ZADD', KEYS[6], ARGV[10], ARGV[8])
  redis.call('EXPIRE', KEYS[6], ARGV[7])
end
if ARGV[8] ~= '' then
  local seen = redis.call('GET', KEYS[1])
  if seen then return {{seen, 0}} end
end
local slot = ARGV[2] .. ':' .. ARGV[4]
local before = redis.call('HGET', KEYS[3], slot)
if before then
  local id, at, body = string.match(before, '^(%S+) (%S+) (.*)$')
  if body == ARGV[6] then
    remember(id)
    return {{id, 0}}
  end
elseif counts(KEYS[5], ARGV[9]) then
  redis.call('HINCRBY', KEYS[4], ARGV[2], 1)
end
redis.call('XADD', KEYS[2], '*', 'id', ARGV[1], 'kind', ARGV[2], 'user', ARGV[3],
  'target', ARGV[4], 'at', ARGV[5], 'body', ARGV[6])
redis.call('HSET', KEYS[3], slot, ARGV[1] .. ' ' .. ARGV[5] .. ' ' .. ARGV[6])
remember(ARGV[1])
return {{ARGV[1], 1}}
"""

# Takes an opinion back: a `retract` event in the log, and the opinion is gone.
# KEYS: log, opinions, counts, gone, runs, consent.
# ARGV: id of the retraction, user, feedback id, at, assistant.  Returns 1 if it was there.
RETRACT: Final = f"""
{COUNTING}
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
  if string.match(all[i + 1], '^(%S+)') == ARGV[3] then
    redis.call('HDEL', KEYS[2], all[i])
    if counts(KEYS[6], ARGV[5]) then uncount(KEYS[3], KEYS[4], KEYS[5], all[i], all[i + 1]) end
    redis.call('XADD', KEYS[1], '*', 'id', ARGV[1], 'kind', 'retract', 'user', ARGV[2],
      'target', ARGV[3], 'at', ARGV[4], 'body', '{{}}')
    return 1
  end
end
return 0
"""


class FeedbackLog:
    """Appends, takes back, lists and reads opinions. The only one that adds to the log.

    Whoever reads more than it adds needs the archive; BadConfig tells who lacks it.
    """

    def __init__(self, store: Store, archive: Archive | None = None) -> None:
        self._store = store
        self._redis = store.redis
        self._entries = Entries(store, archive)

    async def append(
        self,
        kind: FeedbackKind,
        assistant: str,
        user: str,
        target: str,
        body: dict[str, Any],
        key: str = "",
    ) -> tuple[str, bool]:
        """Stores one opinion durably and returns (id, whether it is new).

        The same `key` again, or the same opinion again, returns the first id. Another opinion of
        the same kind on the same target replaces the earlier one. Raises StoreUnavailable when it
        cannot promise that it is on disk.
        """
        said = Feedback(new_id("fb"), kind, assistant, user, target, time.time(), body)
        return (await self.append_all([(said, key)]))[0]

    async def append_all(self, opinions: Sequence[tuple[Feedback, str]]) -> list[tuple[str, bool]]:
        """As `append`, for several opinions with their keys, in order: one wait for the disk."""
        calls = [_append_call(said, key) for said, key in opinions]
        stored = await self._store.run_durably(APPEND, calls) if calls else []
        return [(str(first), bool(int(new))) for first, new in stored]

    async def retract(self, assistant: str, user: str, feedback_id: str) -> bool:
        """Takes one's own opinion back. False when it is not there, not theirs or replaced."""
        script_keys = [
            keys.feedback(assistant),
            keys.opinions(assistant, user),
            keys.counts(assistant),
            keys.gone(assistant),
            keys.runs(assistant),
            keys.consent(user),
        ]
        arguments = [new_id("fb"), user, feedback_id, repr(time.time()), assistant]
        return bool(
            int(await self._store.run_script(RETRACT, script_keys, arguments, durable=True))
        )

    async def of_user(self, assistant: str, user: str) -> list[Feedback]:
        """A person's opinions that hold now, oldest first."""
        async with guard():
            slots = await self._redis.hgetall(keys.opinions(assistant, user))
        found = []
        for slot, packed in slots.items():
            kind, target = slot.split(":", 1)
            identity, at, body = packed.split(" ", 2)
            found.append(
                Feedback(identity, kind, assistant, user, target, float(at), orjson.loads(body))
            )
        return sorted(found, key=lambda f: f.id)

    async def holding(self, opinions: Sequence[Feedback]) -> list[bool]:
        """Whether each holds now: neither replaced nor taken back."""
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            for said in opinions:
                slot = f"{said.kind}:{said.target}"
                pipe.hget(keys.opinions(said.assistant, said.user), slot)
            found = await pipe.execute()
        return [
            packed is not None and packed.split(" ", 1)[0] == said.id
            for said, packed in zip(opinions, found, strict=True)
        ]

    async def counts(self, assistant: str) -> dict[str, int]:
        """How many targets have an opinion that may be learned from, by kind."""
        return await self._numbers(keys.counts(assistant))

    async def gone(self, assistant: str) -> dict[str, int]:
        """How many of the opinions that the newest run counted do not count any more, by kind."""
        return await self._numbers(keys.gone(assistant))

    async def _numbers(self, name: str) -> dict[str, int]:
        async with guard():
            raw = await self._redis.hgetall(name)
        return {kind: int(number) for kind, number in raw.items()}

    async def read(
        self, assistant: str, after: str = "-", batch: int = 1000
    ) -> AsyncIterator[Feedback]:
        """The log from the stream position `after` (exclusive; "-" for all), in order of arrival,
        retractions included.
        """
        async for entries in self._entries.after(assistant, after, batch):
            for _, row in entries:
                yield _of_row(assistant, row)

    async def tail(self, assistant: str, limit: int) -> list[Feedback]:
        """The newest `limit` entries of the log, oldest first, retractions included. Quick where
        Redis holds as many.
        """
        return [_of_row(assistant, row) for _, row in await self._entries.newest(assistant, limit)]

    async def length(self, assistant: str) -> int:
        """Entries that Redis holds."""
        async with guard():
            return int(await self._redis.xlen(keys.feedback(assistant)))

    async def first_at(self, assistant: str) -> float:
        """When the oldest opinion in the log came, 0.0 for none (seconds since the epoch)."""
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            pipe.xrange(keys.feedback(assistant), count=1)
            pipe.zrange(keys.archive(assistant), 0, 0)
            rows, members = await pipe.execute()
        if members:
            return _arrived(part_of(members[0]).first)
        return _arrived(rows[0][0]) if rows else 0.0

    async def last_at(self, assistant: str) -> float:
        """When the newest opinion came, 0.0 for none (seconds since the epoch)."""
        async with guard():
            rows = await self._redis.xrevrange(keys.feedback(assistant), count=1)
        return _arrived(rows[0][0]) if rows else 0.0


def _append_call(said: Feedback, key: str) -> tuple[list[str], list[Any]]:
    """Keys and arguments of APPEND."""
    script_keys = [
        keys.feedback_seen(said.assistant, said.user, key),
        keys.feedback(said.assistant),
        keys.opinions(said.assistant, said.user),
        keys.counts(said.assistant),
        keys.consent(said.user),
        keys.feedback_keys(said.assistant, said.user),
    ]
    packed = orjson.dumps(said.body, option=orjson.OPT_SORT_KEYS).decode()
    opinion = [said.id, said.kind, said.user, said.target, repr(said.at), packed]
    return script_keys, [*opinion, SEEN_TTL_S, key, said.assistant, repr(time.time())]


def _arrived(position: str) -> float:
    """When an entry came: an imported opinion may have been said long before."""
    return int(position.split("-")[0]) / 1000


def _of_row(assistant: str, row: dict[str, Any]) -> Feedback:
    """Names and short bodies that are often the same are shared: a log may have millions."""
    body = row["body"]
    return Feedback(
        row["id"],
        cast(FeedbackKind, sys.intern(row["kind"])),
        assistant,
        sys.intern(row["user"]),
        row["target"],
        float(row["at"]),
        _short_body(body) if len(body) <= SHORT else orjson.loads(body),
    )


@lru_cache(maxsize=4096)
def _short_body(packed: str) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(packed)
    return body
