"""The message tree, responses and conversations on a real server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.conversations import Conversations
from core.errors import NotFound
from core.messages import Messages
from core.records import Response, Role
from core.responses import Responses
from core.store import Store


@pytest.fixture
def messages(store: Store) -> Messages:
    return Messages(store)


async def test_a_chat_of_n_turns_costs_n_records(messages: Messages, store: Store) -> None:
    said: list[tuple[Role, str]] = []
    for turn in range(10):
        said += [("user", f"q{turn}"), ("assistant", f"a{turn}")]
        await messages.append("support", "ann", "", said)
    assert len([k async for k in store.redis.scan_iter("tw:message:*")]) == 20


async def test_branches_share_their_past_and_people_share_nothing(messages: Messages) -> None:
    chain = await messages.append("support", "ann", "", [("user", "hello")])
    left = await messages.append("support", "ann", chain[0].id, [("assistant", "hi")])
    right = await messages.append("support", "ann", chain[0].id, [("assistant", "good day")])
    assert [m.content for m in await messages.path(right[0].id)] == ["hello", "good day"]
    assert left[0].parent == right[0].parent == chain[0].id
    assert (await messages.append("support", "bob", "", [("user", "hello")]))[0].id != chain[0].id


async def test_odd_text_survives(messages: Messages) -> None:
    text = "nul \x00, emoji 🙂, quotes \" ' \\ and\nlines"
    message = (await messages.append("support", "ann", "", [("user", text)]))[0]
    assert (await messages.get(message.id)).content == text


async def test_a_response_is_there_before_its_end(store: Store) -> None:
    responses = Responses(store)
    start = Response("resp_1", "support", "base", "ann", "msg_1", {"seed": 7}, 1.0)
    await responses.start(start)
    assert (await responses.get("resp_1")).status == "open"
    await responses.finish(replace(start, status="done", message="msg_2", output_ids=[1, 2]))
    ended = await responses.get("resp_1")
    assert (ended.status, ended.message, ended.output_ids) == ("done", "msg_2", [1, 2])
    assert ended.sampling == {"seed": 7}
    with pytest.raises(NotFound):
        await responses.get("resp_2")


async def test_conversations_belong_to_one_person(store: Store, messages: Messages) -> None:
    conversations = Conversations(store, messages)
    mine = await conversations.create("ann", "support")
    said = await messages.append("support", "ann", "", [("user", "hello"), ("assistant", "hi")])
    await conversations.add(mine, said[0].id)
    await conversations.add(mine, said[1].id, "resp_1")
    assert (await conversations.get("ann", mine.id)).head == said[1].id
    nodes = await conversations.tree(mine)
    assert [(n.message.content, n.response) for n in nodes] == [("hello", ""), ("hi", "resp_1")]
    with pytest.raises(NotFound):
        await conversations.get("bob", mine.id)
    await conversations.delete(mine)
    assert await conversations.of_user("ann") == []
