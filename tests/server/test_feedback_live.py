"""Votes on answers that were really streamed, as a person gives them."""

from __future__ import annotations

import asyncio
from typing import Any

from httpx import Response

from server.state import State
from tests.server.conftest import Event, Live, read_events, until
from tests.server.upstream import Script, Upstream


async def start_conversation(live: Live) -> str:
    reply = await live.http.post("/v1/conversations", json={"model": "support"})
    identity: str = reply.json()["id"]
    return identity


async def say(live: Live, conversation: str, content: str) -> list[Event]:
    url = f"/v1/conversations/{conversation}/messages"
    async with live.http.stream("POST", url, json={"content": content}) as reply:
        return [event async for event in read_events(reply)]


async def vote(live: Live, **body: Any) -> Response:
    return await live.http.post("/v1/feedback", json=body)


async def test_streamed_answer_is_rated_and_corrected(live: Live) -> None:
    events = await say(live, await start_conversation(live), "May I return a lamp?")
    done = events[-1].data
    thumb = await vote(live, kind="thumb", response_id=done["response_id"], value="up")
    same = await vote(live, kind="edit", response_id=done["response_id"], text=done["text"])
    edit = await vote(live, kind="edit", response_id=done["response_id"], text="Within 14 days.")
    assert [r.status_code for r in (thumb, same, edit)] == [201, 400, 201]
    counts = (await live.http.get("/v1/assistants/support")).json()["counts"]
    assert counts == {"thumb": 1, "edit": 1}


async def test_answer_is_rated_only_when_it_is_complete(live: Live, upstream: Upstream) -> None:
    upstream.says("Yes", ", within", wait_after=1)
    conversation = await start_conversation(live)
    saying = asyncio.create_task(say(live, conversation, "Hello"))
    response = await until(lambda: _open_response(live.state, conversation))
    early = await vote(live, kind="thumb", response_id=response, value="up")
    assert early.status_code == 409
    upstream.go_on.set()
    await saying
    late = await vote(live, kind="thumb", response_id=response, value="up")
    assert late.status_code == 201


async def _open_response(state: State, conversation: str) -> str | None:
    names = await state.store.redis.keys("tw:response:*")
    return names[0].rsplit(":", 1)[1] if names else None


async def test_answer_that_broke_off_cannot_be_rated(live: Live, upstream: Upstream) -> None:
    upstream.says(die_after=2)
    events = await say(live, await start_conversation(live), "Hello")
    assert events[-1].name == "error"
    response = events[0].data["response_id"]
    reply = await vote(live, kind="thumb", response_id=response, value="down")
    assert reply.status_code == 409


async def test_blind_vote_reveals_and_the_conversation_goes_on(
    live: Live, upstream: Upstream
) -> None:
    asked: list[Script] = [Script(("First",)), Script(("Second",))]
    upstream.script = lambda body: asked.pop() if asked else Script()
    conversation = await start_conversation(live)
    body = {"conversation": conversation, "content": "Hello", "n": 2}
    async with live.http.stream("POST", "/v1/comparisons", json=body) as reply:
        events = [event async for event in read_events(reply)]
    comparison = events[0].data["comparison_id"]
    ends = {e.data["candidate"]: e.data for e in events if e.name == "candidate_done"}
    assert not any("version" in str(e.data) for e in events)

    voted = await vote(live, kind="comparison", comparison_id=comparison, choice="b")
    assert (voted.status_code, voted.json()["versions"]) == (201, ["base", "base"])
    chosen = voted.json()["message_ids"][1]
    assert chosen == ends[1]["message_id"]
    await say(live, conversation, "Go on")
    told = [m["content"] for m in upstream.asked[-1]["messages"]]
    assert told[-3:] == ["Hello", ends[1]["text"], "Go on"]
