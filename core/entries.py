"""Reads the feedback log across its archive and its stream: each entry once, in order, however
often the border between them moves meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

from pyarrow.compute import Expression

from core import keys
from core.archive import Archive, bound_after, part_of
from core.errors import ArtifactCorrupt, BadConfig, NotFound
from core.log_files import Entry, Part, place
from core.store import Store, guard


@dataclass(frozen=True, slots=True)
class Stretch:
    """Entries of a piece of the log, the newest first. `reached` is where the next one goes on,
    `examined` how many were looked at.
    """

    reached: str
    examined: int
    entries: list[Entry]


class Entries:
    """Of any assistant's log. BadConfig tells who reads what is archived and has no archive."""

    def __init__(self, store: Store, archive: Archive | None) -> None:
        self._redis = store.redis
        self._archive = archive

    async def after(self, assistant: str, after: str, batch: int) -> AsyncIterator[list[Entry]]:
        """From the position `after` (exclusive; "-" for all), some at a time. Raises
        ArtifactCorrupt and Unavailable as the archive does.
        """
        position = "0-0" if after == "-" else after
        gone: Part | None = None
        while True:
            rows, part = await self._look(assistant, position, batch)
            if part is None:
                if rows:
                    yield rows
                if len(rows) < batch:
                    return
                position = rows[-1][0]
                continue
            if part == gone:
                raise ArtifactCorrupt(f"The archive lacks {part.name}: restore it from a copy")
            begin = place(position)
            try:
                async for entries in self._archived(assistant, part):
                    yield [entry for entry in entries if place(entry[0]) > begin]
            except NotFound:
                gone = part  # replaced meanwhile: its successor has the same place
            else:
                position = part.last

    async def before(
        self, assistant: str, before: str, batch: int, keep: Expression | None
    ) -> AsyncIterator[Stretch]:
        """From the position `before` (exclusive; "+" for all) back to the beginning: at most
        `batch` of the stream, or an archived part, at a time. Of the archive only what `keep` is
        true of is given. Raises as `after` does.
        """
        position = before
        gone: Part | None = None
        while True:
            rows, part = await self._look_back(assistant, position, batch)
            if rows:
                position = rows[-1][0]
                yield Stretch(position, len(rows), rows)
            if len(rows) == batch:
                continue
            if part is None:
                return
            if part == gone:
                raise ArtifactCorrupt(f"The archive lacks {part.name}: restore it from a copy")
            try:
                parts = self._archived(assistant, part, keep)
                entries = [entry async for some in parts for entry in some]
            except NotFound:
                gone = part  # replaced meanwhile: its successor has the same place
                continue
            end = place(position) if position != "+" else None
            older = [e for e in reversed(entries) if end is None or place(e[0]) < end]
            yield Stretch(part.first, part.entries, older)
            position = part.first

    async def extent(self, assistant: str) -> tuple[str, int]:
        """The position behind the newest entry, and how many entries there are before it."""
        log = keys.feedback(assistant)
        async with guard():
            pipe = self._redis.pipeline(transaction=True)
            pipe.xlen(log)
            pipe.xrevrange(log, count=1)
            pipe.zrange(keys.archive(assistant), 0, -1)
            held, newest, members = await pipe.execute()
        parts = [part_of(member) for member in members]
        last = newest[0][0] if newest else parts[-1].last if parts else "0-0"
        ms, number = place(last)
        return f"{ms}-{number + 1}", held + sum(part.entries for part in parts)

    async def newest(self, assistant: str, limit: int) -> list[Entry]:
        """At most `limit`, oldest first; from the archive only what the stream lacks."""
        async with guard():
            rows = await self._redis.xrevrange(keys.feedback(assistant), count=limit)
        if len(rows) < limit and (start := await self._start(assistant, limit - len(rows))):
            found: deque[Entry] = deque(maxlen=limit)
            async for entries in self.after(assistant, start, limit):
                found.extend(entries)
            return list(found)
        return list(reversed(rows))

    async def _start(self, assistant: str, lacking: int) -> str:
        """A position behind which so many entries are archived, "" where none are."""
        async with guard():
            members = await self._redis.zrange(keys.archive(assistant), 0, -1)
        parts = [part_of(member) for member in members]
        if not parts:
            return ""
        while parts and lacking > 0:
            lacking -= parts.pop().entries
        return parts[-1].last if parts else "-"

    async def _look(
        self, assistant: str, position: str, batch: int
    ) -> tuple[list[Entry], Part | None]:
        """What comes next: the stream's, unless a part has some of it."""
        async with guard():
            # In this order: what is trimmed after the first command is seen by the second.
            pipe = self._redis.pipeline(transaction=False)
            pipe.xrange(keys.feedback(assistant), f"({position}", "+", count=batch)
            pipe.zrangebylex(keys.archive(assistant), bound_after(position), "+", 0, 1)
            rows, members = await pipe.execute()
        return rows, part_of(members[0]) if members else None

    async def _look_back(
        self, assistant: str, position: str, batch: int
    ) -> tuple[list[Entry], Part | None]:
        """The stream's, and the part that comes next where that is all the stream has."""
        end = "+" if position == "+" else f"({position}"
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            pipe.xrevrange(keys.feedback(assistant), end, "-", count=batch)
            pipe.zrevrange(keys.archive(assistant), 0, -1)
            rows, members = await pipe.execute()
        upper = rows[-1][0] if rows else position
        for member in members:
            part = part_of(member)
            if upper == "+" or place(part.first) < place(upper):
                return rows, part
        return rows, None

    def _archived(
        self, assistant: str, part: Part, keep: Expression | None = None
    ) -> AsyncIterator[list[Entry]]:
        if self._archive is None:
            raise BadConfig(
                f"The log of {assistant!r} has an archive: open it with the artifact store"
            )
        return self._archive.read(assistant, part, keep)
