"""The feedback log: one contract for every kind of opinion, idempotent, the latest wins, durable
when acknowledged.
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from functools import lru_cache
from heapq import nlargest
from operator import itemgetter
from typing import Any, Final, cast

import orjson
from pyarrow.compute import Expression

from core import keys
from core.appending import (
    APPEND,
    KEY_USED,
    NO_TARGET,
    RETRACT,
    STORED,
    append_call,
)
from core.archive import Archive, part_of
from core.entries import Entries, Stretch
from core.errors import Conflict, NotFound
from core.ids import new_id
from core.people import People
from core.records import Feedback, FeedbackKind
from core.store import Store, guard

KINDS: Final[tuple[FeedbackKind, ...]] = (
    "thumb",
    "comparison",
    "ranking",
    "edit",
    "comment",
    "implicit",
)
"""Of opinions; a retraction is none."""
AT_ONCE: Final = 1000
"""Opinions of one person that are read in one go."""
SHORT: Final = 128
"""Characters of a body that many opinions may have."""


class FeedbackLog:
    """Appends, takes back, lists and reads opinions. The only one that adds to the log.

    Whoever reads more than it adds needs the archive; BadConfig tells who lacks it.
    """

    def __init__(self, store: Store, archive: Archive | None = None) -> None:
        self._store = store
        self._redis = store.redis
        self._people = People(store)
        self._entries = Entries(store, archive)

    async def append(
        self,
        kind: FeedbackKind,
        assistant: str,
        user: str,
        target: str,
        body: dict[str, Any],
        key: str = "",
        versions: Sequence[str] = (),
        on_record: bool = False,
    ) -> tuple[str, bool]:
        """Stores one opinion durably and returns (id, whether it is new). `versions`: of the
        answers it is about, in the order shown; the timeline counts by them. `on_record`: only if
        the record of the target is there at that moment.

        The same opinion again, with or without its `key`, returns the first id. Another opinion of
        the same kind on the same target replaces the earlier one. Raises Conflict when the key was
        used for what does not hold any more or is something else, NotFound without the record, and
        StoreUnavailable when it cannot promise that it is on disk.
        """
        said = Feedback(new_id("fb"), kind, assistant, user, target, time.time(), body)
        person = await self._people.digest(user)
        calls = [append_call(said, key, versions, person, on_record)]
        [(identity, outcome, *held)] = await self._store.run_durably(APPEND, calls)
        if outcome == KEY_USED:
            raise Conflict(_used(key, identity, held[0]))
        if outcome == NO_TARGET:
            raise NotFound(f"There is no {target!r} any more")
        return identity, outcome == STORED

    async def append_all(
        self, opinions: Sequence[tuple[Feedback, str, Sequence[str]]]
    ) -> list[tuple[str, bool]]:
        """As `append`, for several opinions with their keys and versions, in order: one wait for
        the disk. What comes with a used key is not new and gets the id that the key has named.
        """
        calls = [
            append_call(said, key, versions, await self._people.digest(said.user))
            for said, key, versions in opinions
        ]
        stored = await self._store.run_durably(APPEND, calls) if calls else []
        return [(identity, outcome == STORED) for identity, outcome, *_ in stored]

    async def retract(self, assistant: str, user: str, feedback_id: str) -> bool:
        """Takes one's own opinion back. False when it is not there, not theirs or replaced."""
        slot = await self._slot_of(assistant, user, feedback_id)
        if not slot:
            return False
        script_keys = [
            keys.feedback(assistant),
            keys.opinions(assistant, user),
            keys.counts(assistant),
            keys.gone(assistant),
            keys.runs(assistant),
            keys.consent(user),
            keys.timeline(assistant),
            keys.booked(assistant, user),
        ]
        arguments = [new_id("fb"), user, feedback_id, repr(time.time()), assistant, slot]
        return bool(
            int(await self._store.run_script(RETRACT, script_keys, arguments, durable=True))
        )

    async def of_user(self, assistant: str, user: str, newest: int | None = None) -> list[Feedback]:
        """A person's opinions that hold now, or the `newest` of them, oldest first."""
        held: dict[str, str] = {}
        async for slot, packed in self._slots(assistant, user):
            held[slot] = packed
            if newest is not None and len(held) >= 2 * newest:
                held = _newest(held, newest)
        if newest is not None:
            held = _newest(held, newest)
        found = [_of_slot(assistant, user, slot, packed) for slot, packed in held.items()]
        return sorted(found, key=lambda f: f.id)

    async def _slot_of(self, assistant: str, user: str, feedback_id: str) -> str:
        """Where an opinion holds, "" for nowhere."""
        async with aclosing(self._slots(assistant, user)) as slots:
            async for slot, packed in slots:
                if packed.split(" ", 1)[0] == feedback_id:
                    return slot
        return ""

    async def _slots(self, assistant: str, user: str) -> AsyncGenerator[tuple[str, str], None]:
        """A person's opinions as they are stored, in no order, some perhaps twice. Everybody
        without a name is one person: Redis is not stopped while hundreds of thousands are read.
        """
        async with guard():
            name = keys.opinions(assistant, user)
            async for slot, packed in self._redis.hscan_iter(name, count=AT_ONCE):
                yield slot, packed

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

    async def back(
        self,
        assistant: str,
        before: str = "+",
        batch: int = 1000,
        keep: Expression | None = None,
    ) -> AsyncIterator[tuple[Stretch, list[Feedback]]]:
        """The log from behind: from the stream position `before` (exclusive; "+" for all), the
        newest first, retractions included. Of the archive only what `keep` is true of, which is
        said of `kind`, `user`, `target`, `at` and `body` (JSON).
        """
        async for stretch in self._entries.before(assistant, before, batch, keep):
            yield stretch, [_of_row(assistant, row) for _, row in stretch.entries]

    async def extent(self, assistant: str) -> tuple[str, int]:
        """The position behind the newest entry, and how many entries there are before it."""
        return await self._entries.extent(assistant)

    async def about(self, assistant: str, user: str, targets: Sequence[str]) -> list[Feedback]:
        """A person's opinions that hold now on these responses and comparisons."""
        slots = [f"{kind}:{target}" for target in targets for kind in KINDS]
        if not slots:
            return []
        async with guard():
            packed = await self._redis.hmget(keys.opinions(assistant, user), slots)
        found = zip(slots, packed, strict=True)
        return [_of_slot(assistant, user, slot, said) for slot, said in found if said]

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


def _newest(held: dict[str, str], number: int) -> dict[str, str]:
    """Ids, which what is stored begins with, sort by time."""
    return dict(nlargest(number, held.items(), key=itemgetter(1)))


def _used(key: str, before: str, holds: str) -> str:
    return (
        f"The key {key!r} was used for feedback {before!r}, which was replaced or taken back since,"
        f" or says something else. Nothing was stored; on this, {holds or 'nothing'} holds now."
        " To say it all the same, send it with a key of its own"
    )


def _arrived(position: str) -> float:
    """When an entry came: an imported opinion may have been said long before."""
    return int(position.split("-")[0]) / 1000


def _of_slot(assistant: str, user: str, slot: str, packed: str) -> Feedback:
    kind, target = slot.split(":", 1)
    identity, at, body = packed.split(" ", 2)
    known = cast(FeedbackKind, kind)
    return Feedback(identity, known, assistant, user, target, float(at), orjson.loads(body))


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
