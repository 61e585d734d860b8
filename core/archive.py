"""The older part of each feedback log: Parquet files in the artifact store, and their index in
Redis, which alone says what is archived.

One call adds a file to the index and trims the stream by the same entries, so that each entry is in
exactly one of both at any moment. Whoever changes something holds a lease. Its token is part of the
names of the files it writes, and what an older token left behind can never be added.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable
from typing import Final, TypeVar

from pyarrow.compute import Expression

from core import keys
from core.artifacts import Artifacts
from core.errors import ArtifactCorrupt, StaleFence, ThumbwheelError, Unavailable
from core.log_files import BATCH, Entry, Part, of_others, older, pack, place, rest, unpack
from core.records import decode, encode
from core.runs import RELEASE, RENEW
from core.store import Store, guard

T = TypeVar("T")

LEASE_S: Final = 60.0
"""How long one slice, or one file without a person, may take."""
_NAME: Final = re.compile(r"\.?\d+-\d+_\d+-\d+_(\d+)\.parquet")
"""Of a file: positions and token; with a dot in front while it is written."""
WAIT_S: Final = 10.0
"""How long an erasure waits for who holds the lease."""

# Takes the lease if nobody holds it. KEYS: lease, fence.  ARGV: ttl in ms.  Returns its token
# or 0.
TAKE: Final = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local token = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], token, 'PX', ARGV[1])
return token
"""

# Puts a part in the place of another, either of which may be none, and trims the log.
# KEYS: lease, index, log.  ARGV: token, old member, new member, first position to keep or ''.
# Returns 0 when the lease is no longer ours.
CHANGE: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] ~= '' then redis.call('ZREM', KEYS[2], ARGV[2]) end
if ARGV[3] ~= '' then redis.call('ZADD', KEYS[2], 0, ARGV[3]) end
if ARGV[4] ~= '' then redis.call('XTRIM', KEYS[3], 'MINID', '=', ARGV[4]) end
return 1
"""


class Archive:
    """Reads archived parts, moves entries into new ones, erases people from them."""

    def __init__(self, store: Store, url: str) -> None:
        """`url` is the artifact store's; it is opened when it is first needed."""
        self._store = store
        self._redis = store.redis
        self._url = url
        self._opened: Artifacts | None = None

    async def parts(self, assistant: str) -> list[Part]:
        """Oldest first."""
        async with guard():
            members = await self._redis.zrange(keys.archive(assistant), 0, -1)
        return [part_of(member) for member in members]

    async def read(
        self, assistant: str, part: Part, keep: Expression | None = None
    ) -> AsyncIterator[list[Entry]]:
        """Its entries, or those that `keep` is true of, some at a time. Raises NotFound before the
        first when the part was replaced, ArtifactCorrupt when the file is not what was stored,
        Unavailable when the store is away.
        """
        batches = unpack(await self._load(assistant, part), keep)
        while batch := await asyncio.to_thread(next, batches, None):
            yield batch

    async def move(self, assistant: str, most: int) -> int:
        """Moves the oldest entries of the stream, at most `most`, into a new part; returns how
        many: none while somebody else changes the archive. Raises Unavailable.
        """
        token = await self._take(assistant)
        if not token:
            return 0
        try:
            await self._tidy(assistant, token)
            entries = await self._oldest(assistant, most)
            if entries:
                first, last = entries[0][0], entries[-1][0]
                content = await asyncio.to_thread(pack, entries)
                part = await self._save(assistant, token, first, last, content, len(entries))
                await self._change(assistant, token, None, part)
        finally:
            await self._release(assistant, token)
        return len(entries)

    async def erase(self, assistant: str, user: str) -> int:
        """Takes a person's entries out of every file; returns how many they were. Call it when the
        stream has none of them any more: nothing of them is archived afterwards.

        Raises Unavailable while somebody else changes the archive, and StaleFence when it took too
        long: asking again goes on where it ended.
        """
        token = await self._await_lease(assistant)
        try:
            await self._tidy(assistant, token)
            keep = of_others(user)
            parts = await self.parts(assistant)
            return sum([await self._keep(assistant, token, part, keep) for part in parts])
        finally:
            await self._release(assistant, token)

    async def cut(self, assistant: str, part: Part, ms: int) -> int:
        """Removes from a part what came before a time (milliseconds since the epoch); returns how
        many entries: none where the part was replaced meanwhile. Raises as `erase` does.
        """
        token = await self._await_lease(assistant)
        try:
            if part not in await self.parts(assistant):
                return 0
            return await self._keep(assistant, token, part, ~older(ms))
        finally:
            await self._release(assistant, token)

    async def _keep(self, assistant: str, token: int, part: Part, keep: Expression) -> int:
        """Leaves what `keep` is true of; returns how many entries were removed."""
        await self._renew(assistant, token)
        left = await asyncio.to_thread(rest, await self._load(assistant, part), keep)
        if left is None:
            return 0
        content, number, first = left
        smaller = None
        if number:
            smaller = await self._save(assistant, token, first, part.last, content, number)
        await self._change(assistant, token, part, smaller)
        await self._remove(assistant, part.name)
        return part.entries - number

    async def _await_lease(self, assistant: str) -> int:
        until = asyncio.get_running_loop().time() + WAIT_S
        while not (token := await self._take(assistant)):
            if asyncio.get_running_loop().time() > until:
                raise Unavailable(f"The log of {assistant!r} is being archived; ask again", 30)
            await asyncio.sleep(0.05)
        return token

    async def _take(self, assistant: str) -> int:
        script_keys = [keys.archive_lease(assistant), keys.archive_fence(assistant)]
        return int(await self._store.run_script(TAKE, script_keys, [int(LEASE_S * 1000)]))

    async def _renew(self, assistant: str, token: int) -> None:
        arguments = [str(token), int(LEASE_S * 1000)]
        await self._store.run_script(RENEW, [keys.archive_lease(assistant)], arguments)

    async def _release(self, assistant: str, token: int) -> None:
        await self._store.run_script(RELEASE, [keys.archive_lease(assistant)], [str(token)])

    async def _tidy(self, assistant: str, token: int) -> None:
        """Removes what older tokens wrote and never added, or replaced."""
        found = await self._stored(lambda files: files.files(_path(assistant, "")))
        held = {part.name for part in await self.parts(assistant)}
        for name in found:
            ours = _NAME.fullmatch(name)
            if ours and name not in held and int(ours[1]) < token:
                await self._remove(assistant, name)

    async def _oldest(self, assistant: str, most: int) -> list[Entry]:
        entries: list[Entry] = []
        while len(entries) < most:
            start = f"({entries[-1][0]}" if entries else "-"
            count = min(BATCH, most - len(entries))
            async with guard():
                rows = await self._redis.xrange(keys.feedback(assistant), start, "+", count=count)
            if not rows:
                break
            entries += rows
        return entries

    async def _save(
        self, assistant: str, token: int, first: str, last: str, content: bytes, entries: int
    ) -> Part:
        name = f"{first}_{last}_{token}.parquet"
        digest = hashlib.sha256(content).hexdigest()
        await self._stored(lambda files: files.write(_path(assistant, name), content))
        return Part(first, last, entries, name, len(content), digest)

    async def _change(self, assistant: str, token: int, old: Part | None, new: Part | None) -> None:
        """Raises StaleFence when the lease is no longer ours."""
        ms, number = place(new.last) if new and not old else (0, 0)
        arguments = [str(token), _member(old), _member(new), f"{ms}-{number + 1}" if ms else ""]
        script_keys = [
            keys.archive_lease(assistant),
            keys.archive(assistant),
            keys.feedback(assistant),
        ]
        if int(await self._store.run_script(CHANGE, script_keys, arguments, durable=True)):
            return
        if new:
            await self._remove(assistant, new.name)
        raise StaleFence(f"Changing the archive of {assistant!r} took longer than its lease")

    async def _load(self, assistant: str, part: Part) -> bytes:
        path = _path(assistant, part.name)
        content = await self._stored(lambda files: files.read(path))
        if hashlib.sha256(content).hexdigest() != part.sha256:
            raise ArtifactCorrupt(f"{path} does not match its checksum: restore it from a copy")
        return content

    async def _remove(self, assistant: str, name: str) -> None:
        await self._stored(lambda files: files.remove(_path(assistant, name)))

    async def _stored(self, work: Callable[[Artifacts], T]) -> T:
        """In a thread; opening the store may reach over the network too."""
        try:
            return await asyncio.to_thread(lambda: work(self._files()))
        except ThumbwheelError:
            raise
        except Exception as error:  # every file system has errors of its own
            raise Unavailable(f"The artifact store does not answer or is full: {error}") from error

    def _files(self) -> Artifacts:
        if self._opened is None:
            self._opened = Artifacts(self._url)
        return self._opened


def bound_after(position: str) -> str:
    """What a range of the index begins with, so that it finds parts with entries behind that."""
    return f"({_sortable(position)}~"


def part_of(member: str) -> Part:
    """The part that a member of the index is about."""
    return decode(Part, member.split(" ", 1)[1])


def _member(part: Part | None) -> str:
    return f"{_sortable(part.last)} {encode(part).decode()}" if part else ""


def _sortable(position: str) -> str:
    ms, number = place(position)
    return f"{ms:020d}-{number:020d}"


def _path(assistant: str, name: str) -> str:
    return f"feedback/{assistant}/{name}".rstrip("/")
