"""Figures over time are those of the opinions that hold, whatever happened to the others."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import orjson
import pyarrow.compute as pc
import pytest

from core import keys
from core.archive import Archive
from core.erasure import Erasures
from core.feedback import FeedbackLog
from core.forgetting import Forgetting
from core.ids import new_id
from core.people import People
from core.records import Feedback, Response
from core.responses import Responses
from core.store import Store
from core.timeline import Bucket, Span, Tally, Timeline, number_at, start_of, told

MONDAY = 1_763_337_600
"""2025-11-17 00:00 UTC."""
DAY = 86_400
NEW = "support-p000001-aaaaaaaa"
PAIR = ["base", NEW]


def opinion(
    kind: Any, at: float = MONDAY, user: str = "eva", target: str = "t", **body: Any
) -> Any:
    return Feedback(new_id("fb"), kind, "support", user, target, at, body)


async def say(log: FeedbackLog, *said: tuple[Feedback, list[str]]) -> None:
    await log.append_all([(one, "", versions) for one, versions in said])


async def week(store: Store, since: float = MONDAY) -> list[Bucket]:
    return await Timeline(store).buckets("support", "day", since, since + 7 * DAY)


@pytest.mark.parametrize(
    ("span", "at", "start"),
    [
        ("hour", MONDAY + 3599.9, MONDAY),
        ("hour", MONDAY + 3600, MONDAY + 3600),
        ("day", MONDAY - 0.1, MONDAY - DAY),
        ("week", MONDAY, MONDAY),
        ("week", MONDAY - 0.1, MONDAY - 7 * DAY),
        ("week", MONDAY + 7 * DAY - 0.1, MONDAY),
        ("week", 0.0, -3 * DAY),
    ],
)
def test_buckets_begin_where_calendars_say(span: Span, at: float, start: int) -> None:
    assert start_of(span, number_at(span, at)) == start


@pytest.mark.parametrize(
    ("said", "versions", "counted"),
    [
        (opinion("thumb", value="down"), ["base"], {"down base": 1}),
        (opinion("thumb", value="up"), [], {}),
        (opinion("edit", text="so"), ["base"], {}),
        (
            opinion("comparison", choice="b"),
            PAIR,
            {"comparisons": 1, f"wins {NEW}": 1, "losses base": 1},
        ),
        (
            opinion("comparison", choice="both_bad"),
            PAIR,
            {"comparisons": 1, f"ties {NEW}": 1, "ties base": 1},
        ),
        (opinion("comparison", choice="a"), ["base", "base"], {"comparisons": 1}),
        (opinion("comparison", choice="a"), [], {"comparisons": 1}),
        (
            opinion("ranking", order=[[2], [0, 1]]),
            ["base", NEW, NEW],
            {
                "comparisons": 1,
                "ties base": 1,
                f"ties {NEW}": 1,
                f"wins {NEW}": 1,
                "losses base": 1,
            },
        ),
    ],
)
def test_what_an_opinion_is_counted_as(
    said: Feedback, versions: list[str], counted: dict[str, int]
) -> None:
    assert orjson.loads(told(said, versions)) == counted


async def test_changed_and_retracted_opinions_leave_their_buckets(store: Store) -> None:
    log = FeedbackLog(store)
    await say(
        log,
        (opinion("thumb", value="up"), ["base"]),
        (opinion("thumb", user="bob", target="u", value="up"), ["base"]),
        (opinion("comparison", MONDAY + DAY, choice="b"), PAIR),
    )
    first, second, *_ = await week(store)
    assert first == Bucket(MONDAY, 0, 2, 0, 0, 2, {"base": Tally(up=2)})
    assert second.by_version == {"base": Tally(losses=1), NEW: Tally(wins=1)}
    assert (second.comparisons, second.people) == (1, 1)
    # Changed two days later: it counts there, and no more where it was given.
    await say(log, (opinion("thumb", MONDAY + 2 * DAY, value="down"), ["base"]))
    compared = next(f for f in await log.of_user("support", "eva") if f.kind == "comparison")
    assert await log.retract("support", "eva", compared.id)
    first, second, third, *_ = await week(store)
    assert (first.thumbs_up, first.people) == (1, 1)
    assert second == Bucket(MONDAY + DAY, 0, 0, 0, 0, 0, {})
    assert third == Bucket(MONDAY + 2 * DAY, 0, 0, 1, 0, 1, {"base": Tally(down=1)})


async def test_the_same_opinion_counts_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: MONDAY + 1.0)
    log = FeedbackLog(store)
    for _ in range(3):
        await log.append("thumb", "support", "eva", "t", {"value": "up"}, "k", ["base"])
    await log.append("thumb", "support", "eva", "t", {"value": "up"}, "", ["base"])
    [today] = await Timeline(store).buckets("support", "day", MONDAY, MONDAY + 2)
    assert (today.thumbs_up, today.people) == (1, 1)


@pytest.mark.parametrize("seed", range(3))
async def test_any_history_counts_as_what_holds_at_its_end(
    store: Store, tmp_path: Path, seed: int
) -> None:
    """Votes, changes, retractions, an erasure, archiving and ageing, against a count anew."""
    draw, now = random.Random(seed), time.time()
    archive = Archive(store, str(tmp_path))
    log = FeedbackLog(store, archive)
    shown: dict[str, list[str]] = {}
    for number in range(150):
        kind = draw.choice(["thumb", "comparison", "ranking", "edit"])
        target, user = f"{kind}_{draw.randrange(20)}", draw.choice(["eva", "bob", "zoe"])
        body: dict[str, Any] = {
            "thumb": {"value": draw.choice(["up", "down"])},
            "comparison": {"choice": draw.choice(["a", "b", "tie", "both_bad"])},
            "ranking": {"order": draw.choice([[[0], [1], [2]], [[2], [0, 1]]])},
            "edit": {"text": str(number)},
        }[kind]
        count = {"comparison": 2, "ranking": 3}.get(kind, 1)
        versions = shown.setdefault(target, [draw.choice(PAIR) for _ in range(count)])
        said = opinion(kind, now - draw.random() * 5 * DAY, user, target, **body)
        await say(log, (said, versions))
        if number % 10 == 9:
            [held, *_] = draw.sample(await log.of_user("support", user), 1)
            assert await log.retract("support", user, held.id)
        if number == 75:
            await archive.move("support", 40)
    erasures = Erasures(store, People(store), archive)
    await erasures.begin("bob")
    await erasures.remove("bob", ["support"])
    await _check_against_held(store, log, now, shown)
    assert [name async for name in store.redis.scan_iter("*bob*")] == []
    await Forgetting(store, archive).entries_before("support", time.time() + 1)
    await Forgetting(store, archive).entries_before("support", time.time() + 1)
    await _check_against_held(store, log, now, shown)
    assert await store.redis.hlen(keys.timeline("support")) == 0


async def _check_against_held(
    store: Store, log: FeedbackLog, now: float, shown: dict[str, list[str]]
) -> None:
    held = [f for user in ("eva", "bob", "zoe") for f in await log.of_user("support", user)]
    for span in ("hour", "day", "week"):
        buckets = await Timeline(store).buckets("support", span, now - 6 * DAY, now)
        assert sum(b.thumbs_up + b.thumbs_down for b in buckets) == _count(held, "thumb")
        assert sum(b.comparisons for b in buckets) == _count(held, "comparison", "ranking")
        for bucket in buckets:
            inside = [f for f in held if start_of(span, number_at(span, f.at)) == bucket.start]
            assert bucket.people == len({f.user for f in inside})
            ups = [f for f in inside if f.kind == "thumb" and f.body["value"] == "up"]
            ups_of_new = sum(shown[f.target] == [NEW] for f in ups)
            assert bucket.by_version.get(NEW, Tally()).up == ups_of_new


def _count(held: list[Feedback], *kinds: str) -> int:
    return sum(said.kind in kinds for said in held)


async def test_answers_count_when_they_end_well(store: Store) -> None:
    responses = Responses(store)
    for number, status in enumerate(["done", "aborted", "error", "open", "imported"]):
        version = "imported" if status == "imported" else "base"
        ended: Any = "done" if status == "imported" else status
        response = Response(
            f"resp_{number}", "support", version, "eva", "p", {}, MONDAY, status=ended
        )
        await responses.start(response)
        if status != "open":
            await responses.finish(response)
            await responses.finish(response)
    for span in ("hour", "day", "week"):
        [bucket] = await Timeline(store).buckets("support", span, MONDAY, MONDAY + 1)
        assert bucket.responses == 2


async def test_the_log_reads_backwards_across_the_border(store: Store, tmp_path: Path) -> None:
    archive = Archive(store, str(tmp_path))
    log = FeedbackLog(store, archive)
    await say(log, *((opinion("edit", target=f"t{n}", text="x"), []) for n in range(23)))
    before = [said async for said in log.read("support")]
    places = [position for position, _ in await store.redis.xrange(keys.feedback("support"))]
    back = log.back("support", batch=4)
    found = [await anext(back)]
    for most in (5, 9, 4):  # the border moves while somebody reads
        await archive.move("support", most)
        found += [await anext(back)]
    found += [one async for one in back]
    assert [said for _, some in found for said in some] == before[::-1]
    assert sum(stretch.examined for stretch, _ in found) >= 23
    for number, position in enumerate(places):
        rest = [said async for _, some in log.back("support", position, 3) for said in some]
        assert rest == before[:number][::-1]


async def test_only_what_is_wanted_comes_from_the_archive(store: Store, tmp_path: Path) -> None:
    archive = Archive(store, str(tmp_path))
    log = FeedbackLog(store, archive)
    await say(log, *((opinion("edit", target=f"t{n}", text="x"), []) for n in range(9)))
    await archive.move("support", 9)
    [(stretch, some)] = [one async for one in log.back("support", keep=pc.field("target") == "t3")]
    assert (stretch.examined, [said.target for said in some]) == (9, ["t3"])
    [(_, none)] = [one async for one in log.back("support", keep=pc.field("target") == "t99")]
    assert none == []
