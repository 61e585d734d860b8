"""vLLM, Redis or this process going away in the middle: a clean end, and a record that says so."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import openai
import pytest
from httpx import AsyncClient, TransportError

from core import keys
from core.arms import ARMS, Arm
from core.errors import StoreUnavailable
from core.local import RedisServer
from core.records import BASE, Replica, Version
from core.registry import Actor
from core.servers import Servers
from core.settings import Settings
from core.store import Store
from core.tallies import Tally
from server.generation import record
from tests.conftest import ROOT, free_port
from tests.server.conftest import DEADLINE_S, Event, Live, read_events, run_live, until
from tests.server.upstream import Upstream
from worker.context import make_context
from worker.unfinished import WHY, close_unfinished

URL = "/v1/chat/completions"
V1 = "support-p000001-aaaaaaaa"
OK: dict[str, Any] = {"model": "support", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """One of this file's own, to be killed."""
    with RedisServer(tmp_path / "redis", free_port()) as server:
        yield server


@pytest.mark.parametrize("streaming", [True, False])
async def test_no_vllm_is_a_503_to_be_retried(settings: Settings, streaming: bool) -> None:
    async with run_live(settings) as live:
        reply = await live.http.post(URL, json={**OK, "stream": streaming})
        assert reply.status_code == 503
        assert int(reply.headers["retry-after"]) >= 1
        assert reply.json()["error"]["type"] == "service_unavailable"
        with pytest.raises(openai.InternalServerError):
            await live.openai.chat.completions.create(**OK)


@pytest.mark.parametrize("streaming", [True, False])
async def test_vllm_that_fails_before_the_first_token_is_a_503(
    live: Live, upstream: Upstream, streaming: bool
) -> None:
    upstream.says(refuse=(500, {"message": "EngineDeadError", "code": 500}))
    reply = await live.http.post(URL, json={**OK, "stream": streaming})
    assert reply.status_code == 503
    assert reply.headers["retry-after"]


async def test_a_chat_whose_counting_replica_is_gone_is_counted_by_another(
    half_dead: Live, upstream: Upstream
) -> None:
    long = {**OK, "max_tokens": 100_000}
    for user in map(str, range(8)):  # some of whom the killed one would be asked for first
        reply = await half_dead.http.post(URL, json=long, headers={"X-Thumbwheel-User": user})
        assert reply.status_code == 200
    assert upstream.tokenized == 8


@pytest.mark.parametrize(
    ("streaming", "share", "arm", "status", "failed"),
    [
        (True, 0.999, "challenger", 500, 1),
        (False, 0.999, "challenger", 500, 1),
        (False, 0.001, "champion", 500, 1),
        (True, 0.001, "champion", 400, 0),
    ],
)
async def test_a_trial_is_told_once_of_what_no_replica_answers(
    settings: Settings,
    upstream: Upstream,
    streaming: bool,
    share: float,
    arm: Arm,
    status: int,
    failed: int,
) -> None:
    patient = settings.model_copy(update={"replica_ttl_s": 3600.0})
    upstream.says(refuse=(status, {"message": "no", "code": status}))
    async with run_live(patient) as live:
        await try_out(live, share)
        for replica in ("r1", "r2"):
            report = Replica(replica, upstream.url, "m", True, [V1], time.time())
            await live.state.replicas.report(report)
        reply = await live.http.post(URL, json={**OK, "stream": streaming})
        found = {a: await live.state.tallies.get("support", V1, a) for a in ARMS}
    assert reply.status_code == {500: 503, 400: 400}[status]
    assert len(upstream.asked) == 1 + failed, "both replicas"
    told = Tally(answers=failed, errors=failed)
    assert found == dict.fromkeys(ARMS, Tally()) | {arm: told}


async def try_out(live: Live, share: float) -> None:
    registry, by = live.state.registry, Actor("ann", "a test")
    version = Version(V1, "support", 1, "aaaa", BASE, "run_1", "snap", "base", 0.0)
    await registry.add_version(version)
    await registry.begin_trial("support", V1, share, by, expected=BASE)


async def test_vllm_that_dies_in_the_middle_ends_in_one_error_and_done(
    live: Live, upstream: Upstream
) -> None:
    upstream.says("one", " two", " three", die_after=2)
    async with live.http.stream("POST", URL, json={**OK, "stream": True}) as reply:
        assert reply.status_code == 200
        events = [e async for e in read_events(reply)]
    texts = [e.data["choices"][0]["delta"].get("content", "") for e in events[:-2]]
    assert "".join(texts) == "one two"
    assert events[-2].data["error"]["type"] == "service_unavailable"
    assert events[-1].data == "[DONE]"
    record = await live.state.responses.get(events[0].data["id"])
    assert (record.status, record.output_ids) == ("error", [100, 101])
    assert record.error


async def test_answer_without_an_end_is_recorded_as_an_error(
    live: Live, upstream: Upstream
) -> None:
    upstream.says("one", finish_reason="abort")
    reply = await live.http.post(URL, json={**OK, "stream": True})
    events = [e async for e in read_events(reply)]
    assert (await live.state.responses.get(events[0].data["id"])).status == "error"


async def test_redis_away_is_a_503_and_vllm_is_not_asked(
    live: Live, upstream: Upstream, redis_server: RedisServer
) -> None:
    assert (await live.http.post(URL, json=OK)).status_code == 200
    redis_server.kill()
    for path, body in (
        (URL, OK),
        (URL, {**OK, "stream": True}),
        ("/v1/comparisons", OK),
        ("/v1/conversations", {"model": "support"}),
    ):
        reply = await live.http.post(path, json=body)
        assert reply.status_code == 503, path
        assert reply.headers["retry-after"]
    assert len(upstream.asked) == 1
    redis_server.start()
    await until(lambda: _answers(live.http))


@pytest.mark.parametrize("retries", [record.FINISH_RETRIES_S, ()], ids=["soon", "late"])
async def test_record_is_finished_when_redis_comes_back(
    live: Live,
    upstream: Upstream,
    redis_server: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
    retries: tuple[float, ...],
) -> None:
    monkeypatch.setattr(record, "FINISH_RETRIES_S", retries)
    monkeypatch.setattr(record, "FINISH_LATE_S", 0.1)
    upstream.says("one", " two", wait_after=1)
    async with live.http.stream("POST", URL, json={**OK, "stream": True}) as reply:
        events = read_events(reply)
        first = await anext(events)
        redis_server.kill()
        upstream.go_on.set()
        rest = [e async for e in events]
    assert rest[-1].data == "[DONE]"
    redis_server.start()

    async def finished() -> bool:
        try:
            return (await live.state.responses.get(first.data["id"])).status == "done"
        except StoreUnavailable:
            return False

    await until(finished)


async def _answers(http: AsyncClient) -> bool:
    return (await http.post(URL, json=OK)).status_code == 200


@asynccontextmanager
async def server_process(
    settings: Settings, upstream: Upstream, grace_s: int
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith("THUMBWHEEL_")},
        "THUMBWHEEL_REDIS_URL": settings.redis_url,
        "THUMBWHEEL_STATE_DIR": str(settings.state_dir),
        "THUMBWHEEL_PORT": str(settings.port),
        "THUMBWHEEL_VLLM_URLS": upstream.url,
        "THUMBWHEEL_SHUTDOWN_GRACE_S": str(grace_s),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", cwd=ROOT, env=env, stderr=asyncio.subprocess.PIPE
    )
    url = f"http://127.0.0.1:{settings.port}"
    try:
        async with AsyncClient() as client:
            await until(lambda: _healthy(client, url), 2 * DEADLINE_S)
        yield process, url
    finally:
        if process.returncode is None:
            process.kill()
        _, log = await process.communicate()
        assert b"Traceback" not in log, log.decode()


async def _healthy(client: AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/v1/models")).status_code == 200
    except TransportError:
        return False


async def _open_stream(http: AsyncClient, url: str, got: list[Event]) -> None:
    async with http.stream("POST", f"{url}{URL}", json={**OK, "stream": True}) as reply:
        async for event in read_events(reply):
            got.append(event)


async def test_answer_of_a_killed_process_is_ended_by_the_worker(
    settings: Settings, store: Store, upstream: Upstream
) -> None:
    context = replace(make_context(settings, store), servers=Servers(store, ttl_s=0))
    upstream.says("one", " two", wait_after=1)
    got: list[Event] = []
    async with (
        server_process(settings, upstream, grace_s=1) as (process, url),
        AsyncClient(timeout=DEADLINE_S) as http,
    ):
        reader = asyncio.create_task(_open_stream(http, url, got))
        await until(lambda: got)
        process.kill()
        with pytest.raises(TransportError):
            await reader
    [name] = await context.responses.servers()
    await close_unfinished(context)
    assert (await context.responses.get(got[0].data["id"])).status == "open", "it was just heard of"
    await context.servers.forget(name)  # as time does
    await close_unfinished(context)
    ended = await context.responses.get(got[0].data["id"])
    assert (ended.status, ended.error) == ("error", WHY)


async def test_process_that_ends_well_says_so(
    settings: Settings, store: Store, upstream: Upstream
) -> None:
    served = settings.model_copy(update={"vllm_urls": upstream.url})
    async with run_live(served) as live:
        assert (await live.http.post(URL, json=OK)).status_code == 200
        assert len(await store.redis.keys(keys.server("*"))) == 1
    assert await store.redis.keys(keys.server("*")) == []
    assert not await store.redis.exists(keys.open_responses())


async def test_streams_survive_sigterm_and_end_in_done(
    settings: Settings, upstream: Upstream
) -> None:
    words = [f"w{n} " for n in range(30)]
    upstream.says(*words, pause_s=0.1)
    async with (
        server_process(settings, upstream, grace_s=20) as (process, url),
        AsyncClient(timeout=DEADLINE_S) as http,
    ):
        streams: list[list[Event]] = [[], [], []]
        readers = [asyncio.create_task(_open_stream(http, url, got)) for got in streams]
        await until(lambda: all(len(got) > 3 for got in streams))
        process.send_signal(signal.SIGTERM)
        await asyncio.gather(*readers)
        # uvicorn gives the signal back to the system in the end.
        assert await asyncio.wait_for(process.wait(), DEADLINE_S) == -signal.SIGTERM
    for got in streams:
        said = [e.data["choices"][0]["delta"].get("content", "") for e in got[:-1]]
        assert "".join(said) == "".join(words)
        assert got[-1].data == "[DONE]"


async def test_streams_longer_than_the_grace_time_still_end_cleanly(
    settings: Settings, upstream: Upstream
) -> None:
    upstream.says("one", " two", wait_after=1)
    async with (
        server_process(settings, upstream, grace_s=1) as (process, url),
        AsyncClient(timeout=DEADLINE_S) as http,
    ):
        got: list[Event] = []
        reader = asyncio.create_task(_open_stream(http, url, got))
        await until(lambda: len(got) >= 2)
        process.send_signal(signal.SIGTERM)
        await reader
        # uvicorn gives the signal back to the system in the end.
        assert await asyncio.wait_for(process.wait(), DEADLINE_S) == -signal.SIGTERM
    assert got[-2].data["error"]["type"] == "service_unavailable"
    assert got[-1].data == "[DONE]"
