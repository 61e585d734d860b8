"""The look at every assistant, on a real server."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from core import keys
from core.assistants import Assistant, Assistants, Retrain
from core.records import TriggerState
from core.registry import Actor
from tests.worker.people import People
from worker.context import Context
from worker.tick import tick


async def state(context: Context, assistant: str = "support") -> TriggerState:
    found = await context.runs.trigger_state(assistant)
    assert found is not None
    return found


async def test_says_why_not(context: Context, people: People) -> None:
    await people.crowd(3)
    assert await tick(context) == []
    assert "3 of 12" in (await state(context)).reason
    assert "0 of 12" in (await state(context, "tutor")).reason


async def test_thumbs_start_a_run_of_who_learns_from_them(context: Context, people: People) -> None:
    retrain = Retrain(min_comparisons=12, min_thumbs=20, settle=0.0, cooldown=0.0)
    support = Assistant(
        name="support", system_prompt="You are kind.", recipe="auto", retrain=retrain
    )
    own = replace(context, assistants=Assistants([support]))
    await people.judge(19)
    await people.crowd(2)
    assert await tick(own) == []
    why = await state(own)
    assert why.reason == "2 of 12 new comparisons, 19 of 20 new thumbs"
    assert why.needed == {"comparisons": 12, "thumbs": 20}
    await people.judge(1, people=1)
    assert await tick(context) == [], "as a dpo assistant it waits on"
    [run_id] = await tick(own)
    assert (await context.runs.get(run_id)).reason == "20 thumbs since the last run, 20 needed"


async def test_opens_exactly_one_run(context: Context, people: People) -> None:
    await people.crowd(12)
    asked = await asyncio.gather(*(tick(context) for _ in range(8)))
    [run] = await context.runs.of("support")
    assert [run_id for one in asked for run_id in one] == [run.id]
    assert run.counts == {"comparison": 12}
    assert run.reason == "12 votes since the last run, 12 needed"
    await tick(context)
    assert "under way" in (await state(context)).reason


async def test_asks_again_for_what_nobody_works_on(context: Context, people: People) -> None:
    await people.crowd(12)
    [run_id] = await tick(context)
    assert await tick(context) == [], "one message is on its way"
    await context.store.redis.delete(keys.run_enqueued(run_id))
    lease = await context.runs.take(await context.runs.get(run_id), 30.0)
    assert lease is not None
    assert await tick(context) == [], "somebody works on it"
    await context.runs.release(lease)
    assert await tick(context) == [run_id]


async def test_ends_what_was_cancelled_in_the_queue(context: Context, people: People) -> None:
    await people.crowd(12)
    [run_id] = await tick(context)
    await context.runs.cancel(run_id)
    assert await tick(context) == []
    ended = (await context.runs.get(run_id)).verdict
    assert ended is not None
    assert ended.reason == "cancelled"


async def test_gives_up_what_keeps_dying(context: Context, people: People) -> None:
    await people.crowd(12)
    [run_id] = await tick(context)
    run = await context.runs.get(run_id)
    for _ in range(context.settings.max_attempts):
        lease = await context.runs.take(run, 30.0)
        assert lease is not None
        await context.runs.release(lease)
    await tick(context)
    ended = (await context.runs.get(run_id)).verdict
    assert ended is not None
    assert "died 3 times" in ended.reason


async def test_a_request_waits_for_something_to_learn_from(
    context: Context, people: People
) -> None:
    await context.runs.request_retrain("support", "ada", "new prompt")
    assert await tick(context) == []
    assert "nothing to learn from" in (await state(context)).reason
    await people.crowd(4)
    [run_id] = await tick(context)
    assert (await context.runs.get(run_id)).reason == "asked for by ada: new prompt"
    assert await context.runs.retrain_request("support") is None


async def test_a_hold_stops_it_and_says_who(context: Context, people: People) -> None:
    await people.crowd(12)
    await context.registry.hold("support", Actor("ada", "launch day"))
    assert await tick(context) == []
    assert (await state(context)).reason == "held by ada because launch day"
    await context.registry.resume("support", Actor("ada", "done"))
    assert len(await tick(context)) == 1
