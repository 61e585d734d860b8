"""The tick archives what is old, and everything that is made of the log stays as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.fold import FoldBack, opinions_that_hold
from core.records import Feedback, FeedbackKind
from tests.worker.people import People
from worker import archiving
from worker.archiving import archive_slice
from worker.context import Context
from worker.snapshot import take_snapshot
from worker.tick import tick


@pytest.fixture
def small(context: Context) -> Context:
    """Archives from 10 entries on and keeps 4."""
    settings = context.settings.model_copy(update={"archive_from": 10, "archive_keep": 4})
    return replace(context, settings=settings)


async def test_a_snapshot_of_archive_and_tail_is_the_same(
    small: Context, people: People, tmp_path: Path
) -> None:
    await people.crowd(14)
    await people.judge(6)
    first, second = (await people.feedback.tail("support", 20))[:2]
    await people.say("comparison", second.user, second.target, choice="tie")
    before = await take_snapshot(small, "support", tmp_path / "before")
    assert await archive_slice(small, "support") == 17
    after = await take_snapshot(small, "support", tmp_path / "after")
    assert after.manifest == before.manifest
    for path in before.directory.iterdir():
        assert (after.directory / path.name).read_bytes() == path.read_bytes()
    await people.feedback.retract("support", first.user, first.id)
    less = await take_snapshot(small, "support", tmp_path / "less")
    counts = [s.manifest["counts"]["opinions"]["comparison"] for s in (before, less)]
    assert counts == [14, 13], "an archived opinion was taken back"


async def test_the_tick_archives_a_slice_of_a_long_log(
    small: Context, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archiving, "SLICE", 5)
    await people.judge(10)
    await tick(small)
    assert await small.archive.parts("support") == [], "not long enough"
    await people.judge(9)
    lengths = []
    for _ in range(4):
        await tick(small)
        lengths.append(await small.feedback.length("support"))
    assert lengths == [14, 9, 9, 9]
    assert len([said async for said in small.feedback.read("support")]) == 19


async def test_a_store_that_is_away_stops_nothing_else(
    small: Context, people: People, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "artifacts").write_bytes(b"no directory")
    await people.crowd(12)
    assert len(await tick(small)) == 1, "a run was opened"
    assert "artifact store" in caplog.text
    assert await small.feedback.length("support") == 12


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        pytest.param("a1 b1", "a1 b1", id="both"),
        pytest.param("a1 b1 a2", "b1 a2", id="the latest, where it was given"),
        pytest.param("a1 -a1", "", id="taken back"),
        pytest.param("a1 -a1 a2", "a2", id="said again"),
        pytest.param("a1 a2 -a1", "a2", id="what was replaced cannot be taken back"),
        pytest.param("a1 a2 -a2 b1", "b1", id="what was replaced does not return"),
        pytest.param("-a1 a2", "a2", id="taken back before the log begins"),
        pytest.param("a1 !a1", "a1", id="by somebody else"),
    ],
)
def test_fold(said: str, holds: str) -> None:
    """`a1`: the first opinion on a; `-a1` takes it back, `!a1` is a stranger's try."""
    events = []
    for number, word in enumerate(said.split()):
        own = word[0] not in "-!"
        kind: FeedbackKind = "thumb" if own else "retract"
        user, target = "eve" if word[0] == "!" else "ada", word[0] if own else word[1:]
        identity = word if own else f"fb_{number}"
        events.append(Feedback(identity, kind, "support", user, target, float(number)))
    assert [opinion.id for opinion in opinions_that_hold(events)] == holds.split()
    back = FoldBack()
    assert [e.id for e in reversed(events) if back.holds(e)] == holds.split()[::-1]
