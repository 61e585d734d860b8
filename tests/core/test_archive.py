"""The archived log on a real server: nothing lost, nothing doubled, whoever dies when."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from core import keys
from core.archive import Archive
from core.artifacts import Artifacts
from core.errors import ArtifactCorrupt, BadConfig, Conflict, StaleFence, Unavailable
from core.feedback import FeedbackLog
from core.forgetting import Forgetting
from core.records import Feedback
from core.store import Store

FAR = 2**60
"""Milliseconds."""
STEPS = ("_take", "_tidy", "_oldest", "_save", "_change", "_release")


class Killed(Exception):
    """A process that is no more."""


@dataclass
class Logbook:
    """A log with its archive, and what is in the store."""

    store: Store
    url: str
    said: int = 0
    archive: Archive = field(init=False)
    log: FeedbackLog = field(init=False)

    def __post_init__(self) -> None:
        self.archive = Archive(self.store, self.url)
        self.log = FeedbackLog(self.store, self.archive)

    async def fill(self, opinions: int, people: int = 3) -> list[Feedback]:
        for number in range(self.said, self.said + opinions):
            body = {"text": f"It 'should' |\n say é 🙂 {number}", "tags": ["a b", ""]}
            await self.log.append("edit", "support", f"p{number % people}", f"r{number}", body)
        self.said += opinions
        return await self.all()

    async def all(self) -> list[Feedback]:
        return [said async for said in self.log.read("support", batch=4)]

    def files(self) -> list[str]:
        return Artifacts(self.url).files("feedback/support")

    async def held(self) -> list[str]:
        return [part.name for part in await self.archive.parts("support")]

    async def lease_runs_out(self) -> None:
        await self.store.redis.delete(keys.archive_lease("support"))


@pytest.fixture(params=["local", "memory"])
def book(request: pytest.FixtureRequest, store: Store, tmp_path: Path) -> Logbook:
    """`memory` has no atomic rename, as object stores have none."""
    return Logbook(store, str(tmp_path) if request.param == "local" else f"memory://{tmp_path}")


@pytest.fixture
def local(store: Store, tmp_path: Path) -> Logbook:
    return Logbook(store, str(tmp_path))


async def test_the_log_reads_as_before(book: Logbook) -> None:
    before = await book.fill(23)
    rows = await book.store.redis.xrange(keys.feedback("support"))
    first, last = await book.log.first_at("support"), await book.log.last_at("support")
    assert await book.archive.move("support", 10) == 10
    assert await book.archive.move("support", 7) == 7
    assert await book.log.length("support") == 6
    assert await book.all() == before
    assert (await book.log.first_at("support"), await book.log.last_at("support")) == (first, last)
    for number, (position, _) in enumerate(rows):
        behind = [said async for said in book.log.read("support", position, batch=5)]
        assert behind == before[number + 1 :]
    for limit in (1, 6, 7, 13, 14, 22, 23, 40):
        assert await book.log.tail("support", limit) == before[-limit:]
    assert sorted(await book.held()) == book.files()


async def test_recent_entries_need_no_archive(local: Logbook) -> None:
    before = await local.fill(12)
    await local.archive.move("support", 8)
    bare = FeedbackLog(local.store)
    assert await bare.tail("support", 4) == before[-4:]
    with pytest.raises(BadConfig, match="artifact store"):
        await bare.tail("support", 5)
    with pytest.raises(BadConfig, match="artifact store"):
        await anext(bare.read("support"))


async def test_an_archived_opinion_is_still_one(book: Logbook) -> None:
    said, *_ = await book.fill(9)
    await book.archive.move("support", 9)
    assert said in await book.log.of_user("support", said.user)
    assert not (await book.log.append("edit", "support", said.user, said.target, said.body))[1]
    assert await book.log.retract("support", said.user, said.id)
    assert [(f.kind, f.target) for f in await book.all()][-1] == ("retract", said.id)
    assert await book.archive.move("support", 9) == 1
    assert len(await book.all()) == 10


async def test_a_reader_goes_on_while_all_is_archived(book: Logbook) -> None:
    """The border moves past the reader: what it was about to read is no longer in the stream."""
    before = await book.fill(20)
    reading = book.log.read("support", batch=3)
    found = [await anext(reading) for _ in range(2)]
    for most in (5, 9, 4):
        await book.archive.move("support", most)
        found += [await anext(reading) for _ in range(2)]
    found += [said async for said in reading]
    assert found == before


async def test_a_reader_goes_on_while_somebody_is_erased(book: Logbook) -> None:
    before = await book.fill(20, people=2)
    for _ in range(4):
        await book.archive.move("support", 5)
    reading = book.log.read("support", batch=3)
    found = [await anext(reading) for _ in range(3)]
    assert await book.archive.erase("support", "p1") == 10
    found += [said async for said in reading]
    assert found == before[:5] + [said for said in before[5:] if said.user == "p0"]


async def test_one_archiver_at_a_time(book: Logbook) -> None:
    before = await book.fill(20)
    moved = await asyncio.gather(*(book.archive.move("support", 6) for _ in range(5)))
    assert sum(moved) % 6 == 0
    assert sum(moved) == 20 - await book.log.length("support")
    assert await book.all() == before
    assert sorted(await book.held()) == book.files()


async def test_who_was_too_slow_changes_nothing(book: Logbook) -> None:
    """Its lease ran out between writing its file and adding it, and somebody else went on."""
    before = await book.fill(20)
    slow = Archive(book.store, book.url)
    change = slow._change

    async def late(*args: Any) -> None:
        await book.lease_runs_out()
        assert await book.archive.move("support", 7) == 7
        await change(*args)

    slow._change = late  # type: ignore[method-assign]
    with pytest.raises(StaleFence):
        await slow.move("support", 10)
    assert await book.all() == before
    assert sorted(await book.held()) == book.files()


async def test_tidying_late_takes_nothing_from_who_came_later(book: Logbook) -> None:
    await book.fill(20)
    old = await book.archive._take("support")
    await book.lease_runs_out()
    new = await book.archive._take("support")
    name = f"1-0_2-0_{new}.parquet"
    Artifacts(book.url).write(f"feedback/support/{name}", b"not yet in the index")
    await book.archive._tidy("support", old)
    assert book.files() == [name]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
async def test_killed_at_any_step(
    local: Logbook, step: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await local.fill(15)
    await local.archive.move("support", 4)
    torn = Path(local.url) / "feedback" / "support" / ".1-0_2-0_1.parquet"
    torn.write_bytes(b"PAR1 half a fi")
    victim = Archive(local.store, local.url)
    dead: list[str] = []

    def mortal(name: str, does: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(*args: Any) -> Any:
            if dead or (name == step and when == "before"):
                dead.append(name)
                raise Killed
            result = await does(*args)
            if name == step:
                dead.append(name)
                raise Killed
            return result

        return call

    for name in STEPS:
        monkeypatch.setattr(victim, name, mortal(name, getattr(victim, name)))
    with pytest.raises(Killed):
        await victim.move("support", 6)
    assert await local.all() == before
    await local.lease_runs_out()
    assert await local.archive.move("support", 3) == 3
    assert await local.all() == before
    assert sorted(await local.held()) == local.files()


async def test_an_erased_person_is_in_no_file(local: Logbook) -> None:
    before = await local.fill(12)
    await local.log.append("thumb", "support", "zoe", "resp_z", {"value": "up", "comment": "mine"})
    for _ in range(3):
        await local.archive.move("support", 4)
    assert await local.archive.move("support", 1) == 1, "a part that is all hers"
    assert await local.archive.erase("support", "zoe") == 1
    assert await local.archive.erase("support", "p1") == 4
    assert await local.archive.erase("support", "p1") == 0
    assert await local.all() == [said for said in before if said.user != "p1"]
    assert sorted(await local.held()) == local.files()
    assert [part.entries for part in await local.archive.parts("support")] == [3, 2, 3]
    await local.fill(2)
    assert await local.archive.move("support", 2) == 2


async def test_who_archived_before_an_erasure_adds_nothing_after_it(local: Logbook) -> None:
    """The slice was read when the person was still in the stream."""
    before = await local.fill(6)
    slow = Archive(local.store, local.url)
    change = slow._change

    async def late(*args: Any) -> None:
        await local.lease_runs_out()
        await local.store.redis.xtrim(keys.feedback("support"), maxlen=0)
        assert await local.archive.erase("support", before[0].user) == 0
        await change(*args)

    slow._change = late  # type: ignore[method-assign]
    with pytest.raises(StaleFence):
        await slow.move("support", 6)
    assert await local.all() == []
    assert local.files() == []


async def test_an_erasure_that_died_is_finished_by_the_next(
    local: Logbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await local.fill(12)
    for _ in range(3):
        await local.archive.move("support", 4)

    async def die(*_: Any) -> None:
        raise Killed

    for step in ("_remove", "_change"):
        victim = Archive(local.store, local.url)
        monkeypatch.setattr(victim, step, die)
        with pytest.raises(Killed):
            await victim.erase("support", "p0")
    assert await local.archive.erase("support", "p0") == 2, "of the first file they are gone"
    assert await local.all() == [said for said in before if said.user != "p0"]
    assert sorted(await local.held()) == local.files()


async def test_what_is_too_old_goes_by_the_part(local: Logbook) -> None:
    before = await local.fill(12)
    for _ in range(3):
        await local.archive.move("support", 3)
    oldest, _, newest = await local.archive.parts("support")
    assert await local.archive.cut("support", oldest, FAR) == 3
    assert await local.all() == before[3:]
    assert await local.log.first_at("support") > 0.0
    assert await local.archive.cut("support", newest, FAR) == 3
    assert await local.all() == before[3:6] + before[9:]
    assert sorted(await local.held()) == local.files()


async def test_nothing_stays_because_it_lies_beside_what_is_newer(
    local: Logbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the part that a time falls into what came before it goes, with the opinions; at most so
    often that no file is written anew for each of its entries.
    """
    before = await local.fill(6)
    await asyncio.sleep(0.005)
    await local.fill(6)
    rows = await local.store.redis.xrange(keys.feedback("support"))
    boundary = int(rows[6][0].partition("-")[0]) / 1000
    await local.archive.move("support", 9)
    forgetting = Forgetting(local.store, local.archive)
    assert await forgetting.entries_before("support", boundary) == 0, "not so soon"
    monkeypatch.setattr("core.forgetting.LATE_MS", 0)
    left = (await local.all())[6:]
    assert await forgetting.entries_before("support", boundary) == 6
    assert await local.all() == left
    assert sorted(await local.held()) == local.files()
    held = [said.id for p in range(3) for said in await local.log.of_user("support", f"p{p}")]
    assert sorted(held) == sorted(said.id for said in left)
    assert await local.log.first_at("support") == boundary
    assert await local.archive.erase("support", before[0].user) == 1
    assert await forgetting.entries_before("support", boundary) == 0


async def test_a_part_that_was_replaced_is_not_brought_back(local: Logbook) -> None:
    await local.fill(6)
    await local.archive.move("support", 6)
    [part] = await local.archive.parts("support")
    await local.archive.erase("support", "p0")
    assert await local.archive.cut("support", part, FAR) == 0
    assert {said.user for said in await local.all()} == {"p1", "p2"}


async def test_a_damaged_or_lost_file_is_told(local: Logbook) -> None:
    await local.fill(8)
    for _ in range(2):
        await local.archive.move("support", 4)
    first, second = (Path(local.url) / "feedback" / "support" / name for name in local.files())
    second.unlink()
    with pytest.raises(ArtifactCorrupt, match="lacks"):
        await local.all()
    first.write_bytes(first.read_bytes()[:-1])
    with pytest.raises(ArtifactCorrupt, match="checksum"):
        await local.all()


async def test_a_store_that_fails_loses_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    book = Logbook(store, str(tmp_path / "file"))
    before = await book.fill(5)
    with pytest.raises(Unavailable, match="artifact store"):
        await book.archive.move("support", 3)
    assert await book.all() == before
    monkeypatch.setattr(book.archive, "_files", lambda: 1 / 0)  # no OSError, as of a cloud's client
    with pytest.raises(Unavailable, match="artifact store"):
        await book.archive.move("support", 3)
    other = Logbook(store, str(tmp_path / "other"))
    assert await other.archive.move("support", 3) == 3, "it gave its lease back"


async def test_entries_of_another_make_are_not_cut_short(local: Logbook) -> None:
    await local.fill(2)
    row = {"id": "fb_1", "kind": "thumb", "user": "ada", "target": "r", "at": "1.0", "body": "{}"}
    await local.store.redis.xadd(keys.feedback("support"), {**row, "weight": "2"})
    with pytest.raises(Conflict, match="weight"):
        await local.archive.move("support", 3)
    assert await local.log.length("support") == 3


async def test_forgetting_a_person_reaches_into_the_archive(local: Logbook) -> None:
    before = await local.fill(12)
    await local.archive.move("support", 8)
    await Forgetting(local.store, local.archive).entries_of("support", "p1", "tally")
    assert await local.all() == [said for said in before if said.user != "p1"]
    theirs = str(sum(said.user == "p1" for said in before))
    assert await local.store.redis.hgetall("tally") == {"removed:log entries": theirs}


async def test_what_came_too_long_ago_goes_from_the_archive_first(local: Logbook) -> None:
    await local.fill(9)
    await local.archive.move("support", 4)
    parts = await local.archive.parts("support")
    forgetting = Forgetting(local.store, local.archive)
    assert await forgetting.entries_before("support", 1.0) == 0
    later = await local.log.last_at("support") + 0.001
    assert await forgetting.entries_before("support", later) == 4
    assert local.files() == []
    assert [f.target for p in range(3) for f in await local.log.of_user("support", f"p{p}")] == [
        f"r{number}" for p in range(3) for number in range(4, 9) if number % 3 == p
    ]
    assert await forgetting.entries_before("support", later) == 5
    assert (await local.all(), len(parts)) == ([], 1)
