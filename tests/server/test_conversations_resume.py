"""Coming back to an answer: nothing lost, nothing doubled, from any event, in any process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.ids import new_id
from core.responses import Responses
from core.settings import Settings
from server.conversations.generations import Generation, Generations
from tests.conftest import free_port
from tests.server.conftest import USER, Event, Live, read_events, run_live, until
from tests.server.test_conversations import URL, start, tree
from tests.server.upstream import Upstream

WORDS = [f"w{n}é\U0001f642 " for n in range(12)]
TEXT = "".join(WORDS)


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
async def other(settings: Settings, live: Live, grace_s: float) -> AsyncIterator[Live]:
    """A process that has never heard of what `live` generates."""
    changes = {"port": free_port(), "resume_grace_s": grace_s}
    async with run_live(settings.model_copy(update=changes)) as running:
        yield running


async def read_some(live: Live, conversation: str, count: int) -> list[Event]:
    """Says something, reads `count` events and leaves."""
    got = []
    path = f"{URL}/{conversation}/messages"
    async with live.http.stream("POST", path, json={"content": "x"}) as reply:
        async for event in read_events(reply):
            got.append(event)
            if len(got) == count:
                break
    return got


async def resume(
    live: Live, conversation: str, last: str, method: str = "GET"
) -> tuple[int, list[Event]]:
    path = f"{URL}/{conversation}/messages"
    async with live.http.stream(method, path, headers={"Last-Event-ID": last}) as reply:
        return reply.status_code, [e async for e in read_events(reply)]


def text_of(events: list[Event]) -> str:
    return "".join(e.data["text"] for e in events if e.name == "delta")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_reader_who_comes_back_gets_exactly_the_rest(
    live: Live, upstream: Upstream, method: str
) -> None:
    upstream.says(*WORDS, pause_s=0.05)
    conversation = await start(live.http)
    seen = await read_some(live, conversation, 4)
    status, rest = await resume(live, conversation, seen[-1].id, method)
    assert status == 200
    assert text_of(seen) + text_of(rest) == TEXT == rest[-1].data["text"]
    assert [e.name for e in rest][-1] == "done"
    assert (await live.state.responses.get(seen[0].data["response_id"])).status == "done"
    assert len(upstream.asked) == 1


async def test_a_conversation_tells_what_it_is_being_answered_with(
    live: Live, other: Live, upstream: Upstream
) -> None:
    upstream.says(*WORDS, wait_after=3)
    elsewhere = await start(live.http)
    await read_some(live, elsewhere, 2)
    conversation = await start(live.http)
    assert (await tree(live.http, conversation))["answering"] is None
    [began, _] = await read_some(live, conversation, 2)
    answering = (await tree(other.http, conversation))["answering"]
    assert answering == {
        "question": began.data["message_id"],
        "response": began.data["response_id"],
        "comparison": "",
        "responses": [began.data["response_id"]],
    }
    upstream.go_on.set()
    _, events = await resume(other, conversation, f"{answering['response']}:0")
    assert text_of(events) == TEXT
    assert (await tree(other.http, conversation))["answering"] is None


async def test_many_readers_of_one_answer_get_the_same(live: Live, upstream: Upstream) -> None:
    upstream.says(*WORDS, pause_s=0.03)
    conversation = await start(live.http)
    seen = await read_some(live, conversation, 2)
    identity = seen[0].data["response_id"]
    found = await asyncio.gather(
        *(resume(live, conversation, f"{identity}:{at}") for at in (0, 3, 5, 6))
    )
    for at, (_, events) in zip((0, 3, 5, 6), found, strict=True):
        assert text_of(events) == TEXT[at:]
        assert events[-1].name == "done"


@pytest.mark.parametrize("grace_s", [0.5])
async def test_answer_goes_on_alone_only_so_long(live: Live, upstream: Upstream) -> None:
    upstream.says(*WORDS, wait_after=3)
    conversation = await start(live.http)
    seen = await read_some(live, conversation, 3)
    identity = seen[0].data["response_id"]

    async def aborted() -> bool:
        return (await live.state.responses.get(identity)).status == "aborted"

    await until(aborted)
    await until(lambda: upstream.aborted == 1)
    _, rest = await resume(live, conversation, seen[-1].id)
    assert text_of(seen) + text_of(rest) == "".join(WORDS[:3])
    assert rest[-1].data["finish_reason"] == "aborted"


@pytest.mark.parametrize("read", [1, 5, 13])
async def test_other_processes_answer_from_the_record(
    live: Live, other: Live, upstream: Upstream, read: int
) -> None:
    upstream.says(*WORDS, pause_s=0.001)
    conversation = await start(live.http)
    seen = await read_some(live, conversation, read)
    identity = seen[0].data["response_id"]

    async def done() -> bool:
        return (await live.state.responses.get(identity)).status == "done"

    await until(done)
    _, rest = await resume(other, conversation, seen[-1].id)
    assert text_of(seen) + text_of(rest) == TEXT
    assert [e.name for e in seen + rest].count("start") == 1
    assert (rest[-1].name, rest[-1].data["text"]) == ("done", TEXT)
    status, nothing = await resume(other, conversation, rest[-1].id)
    assert (status, nothing) == (204, [])


@pytest.mark.parametrize("grace_s", [0.3])
async def test_an_answer_goes_on_for_who_waits_in_another_process(
    live: Live, other: Live, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    async def look(identity: str) -> bool:
        looks.append(await live.state.awaited.holds(identity))
        return looks[-1]

    monkeypatch.setattr(live.state.generations, "_is_awaited", look)
    upstream.says(*WORDS, wait_after=3)
    conversation = await start(live.http)
    path = f"{URL}/{conversation}/messages"
    async with live.http.stream("POST", path, json={"content": "x"}) as reply:
        begin = await anext(read_events(reply))
        identity = begin.data["response_id"]
        waiting = asyncio.create_task(resume(other, conversation, begin.id))
        await until(lambda: live.state.awaited.holds(identity))
    await until(lambda: len(looks) >= 3)  # the first reader has left, and time passes
    upstream.go_on.set()
    _, rest = await waiting
    assert (text_of(rest), rest[-1].data["finish_reason"]) == (TEXT, "stop")
    assert all(looks)


async def nobody(identity: str) -> bool:
    return False


async def test_an_ended_answer_is_forgotten_however_often_it_was_read() -> None:
    table = Generations(0.5, nobody)

    async def produce(generation: Generation) -> None:
        generation.begin(b"start")
        generation.end(b"end")

    def known() -> Generation | None:
        return table.get(USER, "resp_1", "conv_1")

    first = await table.open(Generation("resp_1", USER, "conv_1"), produce)
    assert [event async for event in first] == [b"start", b"end"]
    again = known()
    assert again is not None
    assert [event async for event in table.read(again, (0,))] == [b"end"]
    await until(lambda: known() is None)


async def test_reader_who_has_everything_is_told_not_to_come_back(
    live: Live, upstream: Upstream
) -> None:
    conversation = await start(live.http)
    seen = await read_some(live, conversation, 99)
    assert await resume(live, conversation, seen[-1].id) == (204, [])


@pytest.mark.parametrize("grace_s", [0.5])
@pytest.mark.parametrize("server", ["", "srv_dead"])
async def test_answer_lost_with_its_process_ends_in_an_error(live: Live, server: str) -> None:
    live.state.servers._ttl_s = 0  # Redis has been there long enough
    conversation = await start(live.http)
    seen = await read_some(live, conversation, 99)
    known = await live.state.responses.get(seen[0].data["response_id"])
    lost = replace(known, id=new_id("resp"), status="open", message="")
    await Responses(live.state.store, server).start(lost)
    status, events = await resume(live, conversation, f"{lost.id}:4")
    assert status == 200
    assert [e.name for e in events] == ["error"]


@pytest.mark.parametrize(
    ("last", "status"),
    [("", 400), ("x", 400), ("resp_1:2", 400), ("resp_" + "0" * 26 + ":4", 404)],
)
async def test_ids_that_are_none_are_refused(
    live: Live, upstream: Upstream, last: str, status: int
) -> None:
    conversation = await start(live.http)
    reply = await live.http.get(f"{URL}/{conversation}/messages", headers={"Last-Event-ID": last})
    assert reply.status_code == status
    assert (await live.http.get(f"{URL}/{conversation}/messages")).status_code == 400


async def test_record_of_another_conversation_is_not_shown(live: Live, other: Live) -> None:
    first, second = await start(live.http), await start(live.http)
    seen = await read_some(live, first, 99)
    for process in (live, other):
        assert (await resume(process, second, seen[1].id))[0] == 404
        assert (await resume(process, first, seen[1].id))[0] == 200
