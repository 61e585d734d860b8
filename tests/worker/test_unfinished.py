"""Answers whose API process died: the worker ends them, and never what somebody goes on with."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

import pytest

from core import keys
from core.holdings import Holdings
from core.records import Response, ResponseStatus
from core.responses import Responses
from core.servers import Servers
from core.store import Store
from core.tallies import Tally
from core.timeline import Timeline
from tests.worker.people import People
from worker.context import Context
from worker.tick import tick
from worker.unfinished import WHY, close_unfinished

TRIAL: Final = "support-p000002-bb"
MONDAY: Final = 1_763_942_400.0


def opened(number: int = 0, assistant: str = "support") -> Response:
    return Response(
        f"resp_{number}", assistant, TRIAL, "eva", "msg", {}, MONDAY, arm="challenger", trial=TRIAL
    )


@pytest.fixture
def context(context: Context, store: Store) -> Context:
    """With a Redis that has been up for long enough."""
    return replace(context, servers=Servers(store, ttl_s=0))


async def counted(store: Store) -> int:
    [hour] = await Timeline(store).buckets("support", "hour", MONDAY, MONDAY + 1)
    return hour.responses


async def test_what_a_dead_process_left_ends_as_an_error(context: Context, store: Store) -> None:
    await Servers(store).beat("srv_2")
    dead, living = Responses(store, "srv_1"), Responses(store, "srv_2")
    await dead.start(opened(1), opened(2, "tutor"))
    await dead.finish(replace(opened(1), status="done"))
    await dead.start(opened(3))
    await living.start(opened(4))
    before = time.time()
    for _ in range(2):
        await tick(context)
    ids = [f"resp_{number}" for number in (1, 2, 3, 4)]
    found = await context.responses.get_many(ids)
    assert [r.status for r in found] == ["done", "error", "error", "open"]
    assert [r.error for r in found] == ["", WHY, WHY, ""]
    assert (found[2].finished or 0) >= before
    assert await context.responses.servers() == ["srv_2"]
    assert await context.tallies.get("support", TRIAL, "challenger") == Tally(answers=1, errors=1)
    assert await counted(store) == 1, "what ended well"


@pytest.mark.parametrize(("status", "counts"), [("done", 1), ("aborted", 1), ("error", 0)])
async def test_a_late_true_end_wins_and_counts_once(
    context: Context, store: Store, status: ResponseStatus, counts: int
) -> None:
    paused = Responses(store, "srv_1")
    await paused.start(opened())
    await close_unfinished(context)
    assert await counted(store) == 0
    late = replace(opened(), status=status, error="own", output_ids=[1], finished=MONDAY + 1)
    assert [await paused.finish(late) for _ in range(2)] == [True, True], "also if a reply is lost"
    assert await paused.get("resp_0") == late
    assert await counted(store) == counts
    await close_unfinished(context)
    assert await paused.get("resp_0") == late


async def test_nobody_is_gone_as_long_as_redis_has_only_just_come_back(
    context: Context, store: Store
) -> None:
    await Responses(store, "srv_1").start(opened())
    await close_unfinished(replace(context, servers=Servers(store, ttl_s=10**6)))
    assert (await context.responses.get("resp_0")).status == "open"


async def test_erased_answers_drop_out(context: Context, store: Store) -> None:
    dying = Responses(store, "srv_1")
    await dying.start(opened())
    await Holdings(store).remove("support", "eva", ["resp_0"])
    await close_unfinished(context)
    assert await context.responses.find(["resp_0"]) == {}
    assert not await store.redis.exists(keys.open_responses())


async def test_many_go_slice_by_slice(
    context: Context, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.unfinished.AT_ONCE", 3)
    await Responses(store, "srv_1").start(*(opened(number) for number in range(5)))
    await close_unfinished(context)
    assert await context.responses.open_of("srv_1", 9) == ["resp_3", "resp_4"]
    await close_unfinished(context)
    assert await context.responses.servers() == []


async def test_people_who_finish_leave_nothing_open(context: Context, people: People) -> None:
    await people.vote("eva", "May I return a lamp?")
    assert await context.responses.servers() == []
