"""What nobody used for long enough goes; what is still used stays whole."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from core import keys, retention
from core.archive import Archive
from core.conversations import Conversations
from core.errors import NotFound
from core.feedback import FeedbackLog
from core.retention import Retention
from core.store import Store
from tests.worker.people import People


@pytest.fixture
def people(store: Store) -> People:
    return People(store)


@pytest.fixture
def log(store: Store) -> FeedbackLog:
    return FeedbackLog(store)


def now_is_past() -> float:
    """This moment, once it is over: log positions are whole milliseconds."""
    moment = time.time() + 0.001
    while time.time() <= moment + 0.001:
        pass
    return moment


def retention_of(store: Store) -> Retention:
    return Retention(store, Archive(store, "memory://retention"))


async def sweep_all(store: Store, assistant: str, before: float) -> int:
    """A whole round, as many ticks make it."""
    removed = await retention_of(store).sweep(assistant, before)
    while await store.redis.get(keys.retention_cursor(assistant)) not in (None, "0"):
        removed += await retention_of(store).sweep(assistant, before)
    return removed


async def names(store: Store, *kinds: str) -> list[str]:
    return [n for kind in kinds for n in sorted([k async for k in store.redis.scan_iter(kind)])]


async def test_what_is_old_goes_with_its_opinions(
    store: Store, people: People, log: FeedbackLog
) -> None:
    await people.vote("ann", "Old?")
    answer = await people.answer("ann", await people.ask("ann", "Old too?"), "Yes.")
    await people.say("thumb", "ann", answer.id, value="up")
    old = await names(store, "tw:message:*", "tw:response:*", "tw:comparison:*")
    before = now_is_past()
    compared = await people.vote("ann", "New?")
    root = (await people.messages.path((await people.responses.comparison(compared)).prompt))[0]
    removed = await sweep_all(store, "support", before)
    left = await names(store, "tw:message:*", "tw:response:*", "tw:comparison:*")
    assert removed == len(old) - 1 + 2, "all but the shared system message, and two log entries"
    assert set(old) & set(left) == {keys.message(root.id)}
    assert [entry.target async for entry in log.read("support")] == [compared]
    assert [said.target for said in await log.of_user("support", "ann")] == [compared]
    assert await log.counts("support") == {"comparison": 1, "thumb": 0}
    assert await sweep_all(store, "support", before) == 0


async def test_an_opinion_goes_with_what_it_is_about(
    store: Store, people: People, log: FeedbackLog
) -> None:
    """Also where the log has it no more, or not long enough."""
    answer = await people.answer("ann", await people.ask("ann", "Old?"), "Yes.")
    before = now_is_past()
    await people.say("edit", "ann", answer.id, text="No.")
    await sweep_all(store, "support", before)
    assert await log.of_user("support", "ann") == []
    assert await log.counts("support") == {"edit": 0}


async def test_a_conversation_in_use_stays_whole(store: Store, people: People) -> None:
    conversations = Conversations(store, people.messages)
    kept, left = [await conversations.create("ann", "support", t) for t in ("kept", "left")]
    for chat in (kept, left):
        first = await people.ask("ann", f"First of {chat.title}")
        await conversations.add(chat, first)
        answer = await people.answer("ann", first, "An answer")
        await conversations.add(chat, answer.message, answer.id)
    before = now_is_past()
    seen = await conversations.tree(kept)
    path = await people.messages.path(answer.message)
    await people.messages.use("support", "ann", [path[0].id, *(n.message.id for n in seen)])
    second = await people.messages.append(
        "support", "ann", seen[-1].message.id, [("user", "Second")]
    )
    await conversations.add(kept, second[0].id)
    await sweep_all(store, "support", before)
    assert len(await people.messages.path(second[0].id)) == 4
    assert len(await conversations.tree(kept)) == 3
    assert [c.id for c in await conversations.of_user("ann")] == [kept.id]
    with pytest.raises(NotFound):
        await conversations.get("ann", left.id)


async def test_assistants_do_not_mix(store: Store, people: People) -> None:
    """Not even where both begin with the same system message."""
    tutor = People(store, "tutor")
    await people.vote("ann", "Hello?")
    compared = await tutor.vote("ann", "Hello?")
    before = now_is_past()
    await sweep_all(store, "support", before)
    prompt = (await tutor.responses.comparison(compared)).prompt
    assert len(await tutor.messages.path(prompt)) == 2
    assert len(await tutor.feedback.of_user("tutor", "ann")) == 1


async def test_a_call_does_so_much_and_no_more(
    store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One person with more than a call's worth is finished before the next."""
    monkeypatch.setattr("core.holdings.SLICE", 5)
    monkeypatch.setattr(retention, "SLICES", 2)
    for number in range(6):
        await people.vote("ann", f"Question {number}?")
    before, sizes = now_is_past(), [37]
    while sizes[-1]:
        await retention_of(store).sweep("support", before)
        sizes.append(await store.redis.zcard(keys.holdings("support", "ann")))
    steps = [more - fewer for more, fewer in pairwise(sizes)]
    assert max(steps) == 10
    assert [step for step in steps if step] == [10, 10, 10, 7]
