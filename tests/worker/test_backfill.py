"""Opinions from before there was a timeline come to be counted as if there had been one."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core import backfill, keys
from core.records import FeedbackKind
from core.timeline import Bucket, Timeline
from tests.worker.people import People
from worker.archiving import archive_slice, count_old_slice
from worker.context import Context
from worker.tick import tick

NEW = "support-p000001-aaaaaaaa"


@pytest.fixture
def context(context: Context, monkeypatch: pytest.MonkeyPatch) -> Context:
    """Counts 4 entries at a time, archives from 10 on and keeps 4."""
    monkeypatch.setattr(backfill, "SLICE", 4)
    settings = context.settings.model_copy(update={"archive_from": 10, "archive_keep": 4})
    return replace(context, settings=settings)


async def say(people: People, kind: FeedbackKind, user: str, target: str, **body: object) -> str:
    """As the API does: with the versions it is about."""
    pair = kind in ("comparison", "ranking")
    versions = ["base", NEW] if pair else [(await people.responses.get(target)).version]
    return (await people.feedback.append(kind, "support", user, target, body, "", versions))[0]


async def quarrel(people: People) -> None:
    """Every kind of opinion; some are replaced, some taken back."""
    for number in range(4):
        user = f"user{number % 3}"
        compared = await people.compare_versions(user, f"Question {number}?", "", "base", NEW)
        await say(people, "comparison", user, compared, choice="ab"[number % 2])
        await say(people, "ranking", user, compared, order=[[1], [0]])
        answer = await people.answer(user, await people.ask(user, "When?"), "Now.", version=NEW)
        await say(people, "thumb", user, answer.id, value="down")
        await say(people, "thumb", user, answer.id, value="up")
        retracted = await say(people, "edit", user, answer.id, text="Then.")
        if number == 2:
            await people.feedback.retract("support", user, retracted)


async def buckets(context: Context, now: float) -> list[Bucket]:
    """Of the hours, days and weeks around a time; without the answers, which are counted apart."""
    timeline, hour = Timeline(context.store), 3600
    spans = [
        await timeline.buckets("support", span, now - hour, now + hour)
        for span in ("hour", "day", "week")
    ]
    return [replace(bucket, responses=0) for some in spans for bucket in some]


async def forget_counts(context: Context) -> None:
    """As in a store that is older than the timeline."""
    redis = context.store.redis
    booked = [name async for name in redis.scan_iter(match=keys.booked("support", "*"))]
    await redis.delete(keys.timeline("support"), keys.timeline_cursor("support"), *booked)


async def count_all(context: Context) -> int:
    counted = 0
    while await context.store.redis.get(keys.timeline_cursor("support")) != backfill.DONE:
        counted += await count_old_slice(context, "support")
    return counted


@pytest.mark.parametrize("archived", [False, True])
async def test_what_is_older_is_counted_once(
    context: Context, people: People, archived: bool
) -> None:
    now = time.time()
    await quarrel(people)
    before = await buckets(context, now)
    if archived:
        assert await archive_slice(context, "support") == 17
    await forget_counts(context)
    assert await buckets(context, now) != before
    assert await count_old_slice(context, "support") > 0, "not all at once"
    assert await buckets(context, now) != before
    await count_all(context)
    assert await buckets(context, now) == before
    await context.store.redis.delete(keys.timeline_cursor("support"))
    assert await count_all(context) == 0, "all were counted"
    assert await buckets(context, now) == before


async def test_what_changes_meanwhile_is_counted_as_it_is(context: Context, people: People) -> None:
    now = time.time()
    await quarrel(people)
    await forget_counts(context)
    await count_old_slice(context, "support")
    first = (await people.feedback.of_user("support", "user0"))[0]
    await people.feedback.retract("support", "user0", first.id)
    await quarrel(people)
    await count_all(context)
    found = await buckets(context, now)
    await forget_counts(context)
    await count_all(context)
    assert await buckets(context, now) == found


async def test_answers_that_are_gone_are_counted_without_their_version(
    context: Context, people: People
) -> None:
    now = time.time()
    await people.crowd(2)
    names = [name async for name in context.store.redis.scan_iter(match=keys.response("*"))]
    await context.store.redis.delete(*names)
    await forget_counts(context)
    assert await count_all(context) == 2
    found = await buckets(context, now)
    assert sum(bucket.comparisons for bucket in found) == 3 * 2, "by hour, by day and by week"
    assert all(bucket.by_version == {} for bucket in found)


async def test_ticks_do_it_and_a_store_that_is_away_stops_nothing(
    context: Context, people: People, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await quarrel(people)
    assert await archive_slice(context, "support") > 0
    await forget_counts(context)
    folder = context.settings.artifacts
    os.rename(folder, tmp_path / "away")
    for _ in range(3):
        await tick(context)
    assert "restore it" in caplog.text or "artifact store" in caplog.text
    os.rename(tmp_path / "away", folder)
    for _ in range(9):
        await tick(context)
    assert await context.store.redis.get(keys.timeline_cursor("support")) == backfill.DONE
