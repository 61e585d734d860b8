"""A backup taken while people vote, the loss of everything, and what comes back: as docs/operate.md
says it, with its very commands.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from core.archive import Archive
from core.artifacts import Artifacts, verify
from core.feedback import FeedbackLog
from core.local import RedisServer
from core.records import Feedback
from core.registry import Registry
from core.store import Store, connect, wait_for_store
from tests.conftest import ROOT, free_port
from tests.fleet.conftest import Publisher

MANUAL = (ROOT / "docs" / "operate.md").read_text()
NO_REWRITE = "config set auto-aof-rewrite-percentage 0"
REWRITE = "config set auto-aof-rewrite-percentage 100"
PACK = "tar -c -C /data appendonlydir"
CLEAR = "rm -rf /data/appendonlydir"
UNPACK = "tar -x -C /data"
END = "shutdown nosave"
VERSION = "support-p000001-aaaaaaaa"
NEXT = "support-p000002-bbbbbbbb"


@dataclass
class Place:
    """What one installation keeps, below a directory."""

    home: Path

    @property
    def redis(self) -> Path:
        return self.home / "redis"

    @property
    def artifacts(self) -> Path:
        return self.home / "artifacts"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Store]:
        """Its Redis, killed afterwards as a lost machine is."""
        server = RedisServer(self.redis, free_port())
        await asyncio.to_thread(server.start)
        store = connect(server.url)
        try:
            await wait_for_store(store, 60.0)
            yield store
        finally:
            await store.close()
            server.kill()


def log_of(store: Store, place: Place) -> FeedbackLog:
    return FeedbackLog(store, Archive(store, str(place.artifacts)))


async def vote(log: FeedbackLog, first: int, count: int) -> None:
    for number in range(first, first + count):
        body = {"value": "up" if number % 3 else "down"}
        await log.append("thumb", "support", f"p{number % 7}", f"resp_{number}", body)


async def live(store: Store, place: Place) -> list[Feedback]:
    """A champion, 150 votes of which 50 are archived, and a version that is about to come."""
    publisher = Publisher(Artifacts(str(place.artifacts)), Registry(store), place.home / "work")
    log = log_of(store, place)
    await vote(log, 0, 150)
    await Archive(store, str(place.artifacts)).move("support", 50)
    await publisher.publish(VERSION)
    await publisher.promote(VERSION)
    await publisher.publish(NEXT, weights=b"other")
    await publisher.stage(NEXT)
    return await said(log)


async def said(log: FeedbackLog) -> list[Feedback]:
    return [opinion async for opinion in log.read("support")]


async def back_up(store: Store, place: Place, to: Path) -> None:
    """The manual's steps; `/data` is where Redis keeps its files."""
    await store.redis.execute_command(*NO_REWRITE.split())
    await asyncio.to_thread(pack, place, to / "redis-log.tar")
    await store.redis.execute_command(*REWRITE.split())
    await asyncio.to_thread(shutil.copytree, place.artifacts, to / "artifacts")


def pack(place: Place, file: Path) -> None:
    with file.open("wb") as out:
        done = subprocess.run(local(PACK, place), stdout=out, check=False)
    assert done.returncode in (0, 1), "1: a file grew meanwhile, as it should"


def local(command: str, place: Place) -> list[str]:
    return command.replace("/data", str(place.redis)).split()


async def restore(backup: Path, place: Place) -> None:
    """Into an installation that runs already, and is empty."""
    async with place.running() as store:
        await asyncio.to_thread(unpack, backup, place)
        await store.redis.shutdown(nosave=True)


def unpack(backup: Path, place: Place) -> None:
    subprocess.run(local(CLEAR, place), check=True)
    with (backup / "redis-log.tar").open("rb") as file:
        subprocess.run(local(UNPACK, place), stdin=file, check=True)
    shutil.copytree(backup / "artifacts", place.artifacts)


async def test_everything_comes_back_on_another_machine(tmp_path: Path) -> None:
    lost, new, backup = Place(tmp_path / "lost"), Place(tmp_path / "new"), tmp_path / "backup"
    backup.mkdir()
    async with lost.running() as store:
        before = await live(store, lost)
        # People go on voting while it is taken.
        voting = asyncio.create_task(vote(log_of(store, lost), 150, 60))
        await back_up(store, lost, backup)
        await voting
        after = await said(log_of(store, lost))
    shutil.rmtree(lost.home)

    await restore(backup, new)
    async with new.running() as store:
        log, registry = log_of(store, new), Registry(store)
        pointer = await registry.pointer("support")
        assert (pointer.champion, pointer.candidate) == (VERSION, NEXT)
        assert [entry.action for entry in await registry.audit("support")]
        found = await said(log)
        assert found == after[: len(found)], "a prefix of what was said, in its order"
        assert len(found) >= len(before), "all that was acknowledged before the backup began"
        assert (await log.counts("support"))["thumb"] == len(found)
        for version in await registry.names("support"):
            copy = Artifacts(str(new.artifacts)).fetch(version, new.home / "fetched")
            record = await registry.version("support", version)
            assert verify(copy).sha256 == record.sha256
        # The same vote again is known; a new one goes on behind the others.
        assert not (await log.append("thumb", "support", "p0", "resp_0", {"value": "down"}))[1]
        assert (await log.append("thumb", "support", "p9", "resp_999", {"value": "up"}))[1]
        assert (await said(log))[:-1] == found


def test_the_manual_says_these_commands() -> None:
    for command in (NO_REWRITE, REWRITE, PACK, CLEAR, UNPACK, END):
        assert command in MANUAL, command
