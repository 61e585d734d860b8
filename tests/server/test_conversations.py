"""Conversations: a tree of messages, answers as events, readers that come back, privacy."""

from __future__ import annotations

from typing import Any

import pytest
from httpx import AsyncClient

from tests.server.conftest import Event, Live, read_events, until
from tests.server.upstream import Script, Upstream

URL = "/v1/conversations"
SAID = "Yes, within 30 days."


async def start(http: AsyncClient, **more: Any) -> str:
    reply = await http.post(URL, json={"model": "support", **more})
    assert reply.status_code == 201
    identity: str = reply.json()["id"]
    return identity


async def say(http: AsyncClient, conversation: str, **body: Any) -> list[Event]:
    async with http.stream("POST", f"{URL}/{conversation}/messages", json=body) as reply:
        assert reply.status_code == 200, await reply.aread()
        return [event async for event in read_events(reply)]


def sent(upstream: Upstream) -> list[str]:
    """What vLLM was last asked, without the system message."""
    return [m["content"] for m in upstream.asked[-1]["messages"][1:]]


async def tree(http: AsyncClient, conversation: str) -> dict[str, Any]:
    reply = await http.get(f"{URL}/{conversation}")
    assert reply.status_code == 200
    shown: dict[str, Any] = reply.json()
    return shown


async def test_saying_something_streams_an_answer_that_is_kept(
    live: Live, upstream: Upstream
) -> None:
    upstream.says("**Yes**, ", "<b>within</b> ", "[30](javascript:x) days")
    conversation = await start(live.http)
    events = await say(live.http, conversation, content="May I return\n a lamp?")
    begin, *deltas, done = events
    assert [begin.name, *{e.name for e in deltas}, done.name] == ["start", "delta", "done"]
    response = begin.data["response_id"]
    assert all(e.id.startswith(f"{response}:") for e in events)
    assert "".join(e.data["text"] for e in deltas) == done.data["text"]
    assert (done.data["version"], done.data["finish_reason"]) == ("base", "stop")
    assert done.data["usage"] == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    assert "<strong>Yes</strong>" in done.data["html"]
    assert "<b>" not in done.data["html"]
    assert "href" not in done.data["html"]

    shown = await tree(live.http, conversation)
    assert (shown["model"], shown["title"]) == ("support", "May I return a lamp?")
    asked, answered = shown["messages"]
    assert (asked["id"], asked["parent"], asked["role"]) == (begin.data["message_id"], "", "user")
    assert (answered["id"], answered["parent"]) == (done.data["message_id"], asked["id"])
    assert (answered["response_id"], shown["head"]) == (response, answered["id"])
    record = await live.state.responses.get(response)
    assert (record.status, record.conversation, record.prompt) == (
        "done",
        conversation,
        asked["id"],
    )


async def test_next_message_sees_the_whole_way_to_it(live: Live, upstream: Upstream) -> None:
    conversation = await start(live.http)
    await say(live.http, conversation, content="one")
    await say(live.http, conversation, content="two")
    support = live.state.assistants.get("support")
    assert upstream.asked[-1]["messages"] == [
        {"role": "system", "content": support.system_prompt},
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": SAID},
        {"role": "user", "content": "two"},
    ]


async def test_regenerating_and_editing_are_branches(live: Live, upstream: Upstream) -> None:
    conversation = await start(live.http)
    first = await say(live.http, conversation, content="one")
    question, answer = first[0].data["message_id"], first[-1].data["message_id"]
    await say(live.http, conversation, content="two")

    upstream.says("Otherwise.")
    again = await say(live.http, conversation, regenerate=True, parent=question)
    assert again[0].data["message_id"] == question
    assert upstream.asked[-1]["messages"][-1] == {"role": "user", "content": "one"}
    edited = await say(live.http, conversation, content="two, edited", parent=answer)
    assert sent(upstream) == [
        "one",
        SAID,
        "two, edited",
    ]
    fresh = await say(live.http, conversation, content="other start", parent="")
    assert sent(upstream) == ["other start"]

    shown = {m["id"]: m for m in (await tree(live.http, conversation))["messages"]}
    children = [m["content"] for m in shown.values() if m["parent"] == question]
    assert sorted(children) == ["Otherwise.", SAID]
    assert shown[edited[0].data["message_id"]]["parent"] == answer
    assert shown[fresh[0].data["message_id"]]["parent"] == ""
    assert (await tree(live.http, conversation))["title"] == "one"


SENSELESS: list[dict[str, Any]] = [
    {},
    {"content": ""},
    {"content": "  \n"},
    {"content": 5},
    {"content": "x", "parent": "msg_nowhere"},
    {"regenerate": True},
    {"regenerate": True, "parent": "msg_nowhere"},
    {"regenerate": True, "parent": "msg_nowhere", "content": "x"},
    {"content": "x", "version": "base"},
]


async def test_senseless_messages_are_refused(
    live: Live, upstream: Upstream, subtests: pytest.Subtests
) -> None:
    conversation = await start(live.http)
    for body in SENSELESS:
        with subtests.test(body=body):
            reply = await live.http.post(f"{URL}/{conversation}/messages", json=body)
            assert reply.status_code == 400
            assert reply.json()["error"]["message"]
    assert upstream.asked == []


async def test_conversations_are_listed_last_used_first_and_deleted(
    live: Live, upstream: Upstream
) -> None:
    first, second = await start(live.http, title="A"), await start(live.http, title="B")
    await say(live.http, first, content="x")
    listed = (await live.http.get(URL)).json()["data"]
    assert [(c["id"], c["title"]) for c in listed] == [(first, "A"), (second, "B")]
    assert (await live.http.delete(f"{URL}/{first}")).json() == {"id": first, "deleted": True}
    assert (await live.http.get(f"{URL}/{first}")).status_code == 404
    assert [c["id"] for c in (await live.http.get(URL)).json()["data"]] == [second]
    assert (await live.http.post(URL, json={"model": "nobody"})).status_code == 404


async def test_the_next_page_is_what_was_used_before(live: Live, upstream: Upstream) -> None:
    made = [await start(live.http, title=f"Lamp {n}") for n in range(5)]
    for words in ("", "lamp"):
        found: list[str] = []
        asked: dict[str, Any] = {"limit": 2, "q": words}
        while page := (await live.http.get(URL, params=asked)).json()["data"]:
            found += [c["id"] for c in page]
            asked["before"] = page[-1]["updated"]
        assert found == made[::-1]
    for wrong in ("inf", "nan", "-1", "soon"):
        assert (await live.http.get(URL, params={"before": wrong})).status_code == 400


async def test_search_finds_titles_and_first_words_of_ones_own(
    live: Live, upstream: Upstream
) -> None:
    named, said, other = await start(live.http, title="Lamps"), await start(live.http), ""
    await say(live.http, named, content="How long is the WARRANTY?")
    await say(live.http, said, content="May I return\n a lamp?")
    await say(live.http, said, content="and a sofa?")
    other = await start(live.http, title="Something else")

    async def found(words: str, **more: Any) -> list[str]:
        reply = await live.http.get(URL, params={"q": words}, **more)
        return [c["id"] for c in reply.json()["data"]]

    assert await found("lamp") == [said, named], "last used first"
    assert await found("  warranty LONG ") == [named], "first words, though it has a title"
    assert await found("sofa") == []
    assert await found("") == [other, said, named]
    assert await found("lamp", headers={"X-Thumbwheel-User": "eve"}) == []


async def test_renaming_lasts(live: Live, upstream: Upstream) -> None:
    conversation = await start(live.http)
    renamed = await live.http.patch(f"{URL}/{conversation}", json={"title": " Lamps "})
    assert (renamed.status_code, renamed.json()["title"]) == (200, "Lamps")
    await say(live.http, conversation, content="May I return a lamp?")
    assert (await tree(live.http, conversation))["title"] == "Lamps"
    for body in ({"title": " "}, {}, {"title": "x" * 201}, {"title": "x", "head": ""}):
        assert (await live.http.patch(f"{URL}/{conversation}", json=body)).status_code == 400
    other = {"X-Thumbwheel-User": "eve"}
    stolen = await live.http.patch(f"{URL}/{conversation}", json={"title": "x"}, headers=other)
    assert stolen.status_code == 404


async def test_nobody_sees_another_persons_conversation(live: Live, upstream: Upstream) -> None:
    upstream.says("one", " two", wait_after=1)
    conversation = await start(live.http)
    other = {"X-Thumbwheel-User": "eve"}
    async with live.http.stream(
        "POST", f"{URL}/{conversation}/messages", json={"content": "mine"}
    ) as reply:
        events = read_events(reply)
        begin = await anext(events)
        response = begin.data["response_id"]
        resume = {**other, "Last-Event-ID": f"{response}:0"}
        for method, path, headers in (
            ("GET", "", other),
            ("DELETE", "", other),
            ("POST", "/messages", other),
            ("POST", "/messages", resume),
            ("GET", "/messages", resume),
            ("DELETE", f"/messages/{response}", other),
        ):
            body = {"json": {"content": "x"}} if method == "POST" else {}
            tried = await live.http.request(
                method, f"{URL}/{conversation}{path}", headers=headers, **body
            )
            assert tried.status_code == 404, (method, path)
        assert (await live.http.get(URL, headers=other)).json()["data"] == []
        upstream.go_on.set()
        assert [e.name async for e in events][-1] == "done"


async def test_question_without_an_answer_does_not_stand_in_the_way(
    live: Live, upstream: Upstream
) -> None:
    conversation = await start(live.http)
    await say(live.http, conversation, content="one")
    upstream.says(refuse=(500, {"message": "dead"}))
    reply = await live.http.post(f"{URL}/{conversation}/messages", json={"content": "lost"})
    assert reply.status_code == 503
    upstream.says("Back.")
    await say(live.http, conversation, content="two")
    assert sent(upstream) == ["one", SAID, "two"]


async def test_answer_that_breaks_off_ends_in_an_error_event(
    live: Live, upstream: Upstream
) -> None:
    upstream.says("one", " two", die_after=1)
    conversation = await start(live.http)
    events = await say(live.http, conversation, content="x")
    assert [e.name for e in events] == ["start", "delta", "error"]
    assert events[-1].data["error"]["type"] == "service_unavailable"
    record = await live.state.responses.get(events[0].data["response_id"])
    assert record.status == "error"


async def test_deleting_while_an_answer_comes_leaves_nothing_behind(
    live: Live, upstream: Upstream
) -> None:
    upstream.says("one", " two", wait_after=1)
    conversation = await start(live.http)
    async with live.http.stream(
        "POST", f"{URL}/{conversation}/messages", json={"content": "x"}
    ) as reply:
        events = read_events(reply)
        await anext(events)
        await live.http.delete(f"{URL}/{conversation}")
        upstream.go_on.set()
        assert [e.name async for e in events][-1] == "done"
    assert not await live.state.store.redis.keys(f"tw:conversation:{conversation}*")
    assert (await live.http.get(URL)).json()["data"] == []


async def test_stopping_keeps_what_was_said(live: Live, upstream: Upstream) -> None:
    upstream.script = lambda body: Script(words=("one", " two"), wait_after=1)
    conversation = await start(live.http)
    path = f"{URL}/{conversation}/messages"
    async with live.http.stream("POST", path, json={"content": "x"}) as reply:
        events = read_events(reply)
        begin = await anext(events)
        assert (await anext(events)).data == {"text": "one"}
        stopped = await live.http.delete(f"{path}/{begin.data['response_id']}")
        assert stopped.json() == {"response_id": begin.data["response_id"], "stopped": True}
        done = await anext(events)
    assert (done.name, done.data["text"], done.data["finish_reason"]) == ("done", "one", "aborted")
    await until(lambda: upstream.aborted == 1)
    assert (await live.state.responses.get(begin.data["response_id"])).status == "aborted"
    shown = await tree(live.http, conversation)
    assert [m["content"] for m in shown["messages"]] == ["x", "one"]
    again = await live.http.delete(f"{path}/{begin.data['response_id']}")
    assert again.status_code == 200
