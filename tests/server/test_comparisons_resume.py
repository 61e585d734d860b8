"""Coming back to a comparison: nothing lost, nothing doubled, still blind, in any process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from core.ids import new_id
from core.records import BASE, Version
from core.registry import Actor
from core.settings import Settings
from tests.conftest import free_port
from tests.server.conftest import Event, Live, read_events, run_live, until
from tests.server.test_comparisons import ASK, URL, by_seed
from tests.server.test_conversations import start, tree
from tests.server.upstream import Script, Upstream

WORDS = [f"w{n}é\U0001f642 " for n in range(12)]
OTHERS = [f"v{n} " for n in range(5)]
TEXTS = sorted(("".join(WORDS), "".join(OTHERS)))


@pytest.fixture
def grace_s() -> float:
    """An answer that nobody reads is whole by then, and who comes back is not too late."""
    return 60.0


@pytest.fixture
async def live(settings: Settings, upstream: Upstream, grace_s: float) -> AsyncIterator[Live]:
    served = settings.model_copy(update={"vllm_urls": upstream.url, "resume_grace_s": grace_s})
    async with run_live(served) as running:
        yield running


@pytest.fixture
async def other(settings: Settings, live: Live) -> AsyncIterator[Live]:
    """A process that has never heard of what `live` generates."""
    async with run_live(settings.model_copy(update={"port": free_port()})) as running:
        yield running


@pytest.fixture(autouse=True)
def two_answers(upstream: Upstream) -> None:
    upstream.script = by_seed(
        Script(words=tuple(WORDS), pause_s=0.02), Script(words=tuple(OTHERS), pause_s=0.02)
    )


async def read_some(live: Live, count: int, **body: Any) -> list[Event]:
    """Asks, reads `count` events and leaves."""
    got = []
    async with live.http.stream("POST", URL, json={**ASK, **body}) as reply:
        async for event in read_events(reply):
            got.append(event)
            if len(got) == count:
                break
    return got


async def resume(live: Live, last: str, method: str = "GET") -> tuple[int, list[Event]]:
    async with live.http.stream(method, URL, headers={"Last-Event-ID": last}) as reply:
        events = [e async for e in read_events(reply)]
        assert "version" not in str([reply.headers, [e.data for e in events]])
        return reply.status_code, events


def texts_of(events: list[Event]) -> list[str]:
    said = ["", ""]
    for event in events:
        if event.name == "delta":
            said[event.data["candidate"]] += event.data["text"]
    return sorted(said)


def ends_of(events: list[Event]) -> list[str]:
    return sorted(e.data["text"] for e in events if e.name == "candidate_done")


async def closed(live: Live, begin: Event) -> bool:
    records = await live.state.responses.get_many(begin.data["responses"])
    return all(record.status != "open" for record in records)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("read", [1, 6, 15])
async def test_reader_who_comes_back_gets_exactly_the_rest(
    live: Live, upstream: Upstream, method: str, read: int
) -> None:
    seen = await read_some(live, read)
    status, rest = await resume(live, seen[-1].id, method)
    assert status == 200
    assert texts_of(seen + rest) == TEXTS == ends_of(seen + rest)
    assert [e.name for e in rest].count("done") == 1
    assert rest[-1].name == "done"
    assert len(upstream.asked) == 2


async def test_every_event_can_be_come_back_by(live: Live) -> None:
    seen = await read_some(live, 99)
    assert len({event.id for event in seen}) == len(seen)
    for number, event in enumerate(seen[:-1], start=1):
        assert await resume(live, event.id) == (200, seen[number:])
    assert await resume(live, seen[-1].id) == (204, [])


@pytest.mark.parametrize("read", [1, 6, 15])
async def test_other_processes_answer_from_the_records(live: Live, other: Live, read: int) -> None:
    seen = await read_some(live, read)
    await until(lambda: closed(live, seen[0]))
    _, rest = await resume(other, seen[-1].id)
    assert texts_of(seen + rest) == TEXTS == ends_of(seen + rest)
    assert rest[-1].name == "done"
    for number, event in enumerate(rest[:-1], start=1):
        assert await resume(other, event.id) == (200, rest[number:])
    assert await resume(other, rest[-1].id) == (204, [])


async def test_other_processes_wait_for_what_is_still_being_said(live: Live, other: Live) -> None:
    seen = await read_some(live, 4)
    _, rest = await resume(other, seen[-1].id)
    assert texts_of(seen + rest) == TEXTS


@pytest.mark.parametrize("grace_s", [0.5])
async def test_answers_go_on_alone_only_so_long(live: Live, upstream: Upstream) -> None:
    upstream.says(*WORDS, wait_after=3)
    seen = await read_some(live, 4, n=3)
    await until(lambda: closed(live, seen[0]))
    await until(lambda: upstream.aborted == len(upstream.asked) == 3)
    _, rest = await resume(live, seen[-1].id)
    assert rest[-1].name == "done"
    ends = [e.data["finish_reason"] for e in rest if e.name == "candidate_done"]
    assert ends == ["aborted"] * 3


async def test_who_stops_ends_every_answer(live: Live, other: Live, upstream: Upstream) -> None:
    upstream.says(*WORDS, wait_after=3)
    conversation = await start(live.http)
    body = {"conversation": conversation, "content": "Hello?"}
    async with live.http.stream("POST", URL, json=body) as reply:
        events = read_events(reply)
        begin = await anext(events)
        while (await anext(events)).name != "delta":
            pass
        identity = begin.data["comparison_id"]
        stopped = await live.http.delete(f"{URL}/{identity}")
        assert stopped.json() == {"comparison_id": identity, "stopped": True}
        rest = [event async for event in events]
    assert rest[-1].name == "done"
    ends = {e.data["candidate"]: e.data for e in rest if e.name == "candidate_done"}
    assert [end["finish_reason"] for end in ends.values()] == ["aborted", "aborted"]
    _, again = await resume(other, begin.id)
    assert {e.data["candidate"]: e.data for e in again if e.name == "candidate_done"} == ends
    assert again[-1] == rest[-1]
    records = await live.state.responses.get_many(begin.data["responses"])
    assert [record.status for record in records] == ["aborted", "aborted"]
    assert len((await tree(live.http, conversation))["messages"]) >= 2
    assert (await live.http.delete(f"{URL}/{identity}")).status_code == 200
    assert (await live.http.delete(f"{URL}/{new_id('cmp')}")).status_code == 404


@pytest.mark.parametrize("grace_s", [0.5])
async def test_comparison_lost_with_its_process_ends_in_an_error(live: Live) -> None:
    seen = await read_some(live, 99)
    known = await live.state.responses.get_many(seen[0].data["responses"])
    lost = [replace(r, id=new_id("resp"), status="open", message="") for r in known]
    await live.state.responses.start(*lost)
    comparison = replace(
        await live.state.responses.comparison(seen[0].data["comparison_id"]),
        id=new_id("cmp"),
        responses=[r.id for r in lost],
    )
    await live.state.responses.add_comparison(comparison)
    status, events = await resume(live, f"{comparison.id}:3.1")
    assert status == 200
    assert [e.name for e in events] == ["error"]
    assert (await live.http.delete(f"{URL}/{comparison.id}")).status_code == 409


async def test_a_failed_answer_is_told_again_as_it_was(
    live: Live, other: Live, upstream: Upstream
) -> None:
    upstream.script = by_seed(
        Script(words=("good", " answer"), pause_s=0.05), Script(words=("bad", " x"), die_after=1)
    )
    seen = await read_some(live, 99)
    _, again = await resume(other, f"{seen[0].data['comparison_id']}:0")
    ends = [
        {e.data["candidate"]: e.data for e in events if e.name == "candidate_done"}
        for events in (seen, again)
    ]
    assert ends[0] == ends[1]
    assert {e["finish_reason"] for e in ends[1].values()} == {"stop", "error"}


async def test_resuming_a_trial_stays_blind(live: Live, other: Live) -> None:
    """`resume` looks at headers and events for a version."""
    name = "support-p000001-aaaaaaaa"
    await live.state.registry.add_version(
        Version(name, "support", 1, "aaaa", BASE, "run_1", "snap", "base", 0.0)
    )
    await live.state.registry.begin_trial(
        "support", name, 0.1, Actor("ann", "a test"), expected=BASE
    )
    seen = await read_some(live, 3)
    _, rest = await resume(live, seen[-1].id)
    _, again = await resume(other, seen[-1].id)
    assert not [e for e in rest + again if name in str(e) or "challenger" in str(e)]
    records = await live.state.responses.get_many(seen[0].data["responses"])
    assert sorted(record.arm for record in records) == ["challenger", "champion"]


@pytest.mark.parametrize(
    ("last", "status"),
    [
        ("", 400),
        ("cmp_1:2", 400),
        ("resp_" + "0" * 26 + ":4", 400),
        ("cmp_" + "0" * 26 + ":4", 404),
        ("cmp_" + "0" * 26 + ":4.", 400),
    ],
)
async def test_ids_that_are_none_are_refused(live: Live, last: str, status: int) -> None:
    reply = await live.http.get(URL, headers={"Last-Event-ID": last})
    assert reply.status_code == status
    assert (await live.http.get(URL)).status_code == 400
    assert (await live.http.post(URL)).status_code == 400


async def test_more_positions_than_answers_are_refused(live: Live, other: Live) -> None:
    seen = await read_some(live, 99)
    for process in (live, other):
        last = f"{seen[0].data['comparison_id']}:0.0.0"
        assert (await process.http.get(URL, headers={"Last-Event-ID": last})).status_code == 400


async def test_somebody_elses_comparison_is_not_shown(live: Live, other: Live) -> None:
    seen = await read_some(live, 99)
    identity = seen[0].data["comparison_id"]
    eve = {"X-Thumbwheel-User": "eve"}
    for process in (live, other):
        reply = await process.http.get(URL, headers={**eve, "Last-Event-ID": seen[3].id})
        assert reply.status_code == 404
        assert (await process.http.delete(f"{URL}/{identity}", headers=eve)).status_code == 404


async def test_a_conversation_tells_what_it_is_being_answered_with(live: Live, other: Live) -> None:
    conversation = await start(live.http)
    await read_some(live, 2, model=None, messages=None, conversation=conversation, content="Hello?")
    shown = await tree(other.http, conversation)
    answering = shown["answering"]
    assert answering["question"] == shown["head"]
    assert answering["response"] == "", "its end would tell the version"
    stored = await live.state.responses.comparison(answering["comparison"])
    assert answering["responses"] == stored.responses
    _, events = await resume(other, f"{stored.id}:0")
    assert texts_of(events) == TEXTS
    assert (await tree(other.http, conversation))["answering"] is None


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_a_conversation_tells_nothing_of_a_blind_answer(live: Live, method: str) -> None:
    """Its `done` event would tell the version before the vote."""
    conversation = await start(live.http)
    body = {"conversation": conversation, "content": "Hello?", "stream": False}
    shown = (await live.http.post(URL, json=body)).json()
    messages = f"/v1/conversations/{conversation}/messages"
    for candidate in shown["candidates"]:
        identity = candidate["response_id"]
        path = f"{messages}/{identity}" if method == "DELETE" else messages
        reply = await live.http.request(method, path, headers={"Last-Event-ID": f"{identity}:0"})
        assert reply.status_code == 404, reply.text
