"""What stands in front of a vLLM: what passes, what does not, and how it closes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import aiohttp
import pytest

from core.errors import ModelUnavailable
from core.replicas import Replicas
from core.settings import Settings
from core.store import Store
from server.fleet.client import VllmClient, open_session
from server.fleet.front import Front, open_front
from tests.conftest import ROOT, answers, free_port
from tests.fleet.conftest import Publisher, running, until
from tests.fleet.fake import FakeVllm

V1, V2 = (f"support-p00000{i}-aaaaaaaa" for i in (1, 2))
CHAT: dict[str, Any] = {"model": "base", "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


@pytest.fixture
async def url(fake: FakeVllm, session: aiohttp.ClientSession) -> AsyncIterator[str]:
    """Of an open front; the fake is behind it."""
    port = free_port()
    checks = {"/readyz": lambda: "" if fake.loaded else "not loaded yet: x"}
    async with open_front(Front(session, fake.url, checks), "127.0.0.1", port, 1.0, 0.0):
        yield f"http://127.0.0.1:{port}"


async def test_answers_pass_in_the_chunks_they_come_in(
    url: str, fake: FakeVllm, client: VllmClient
) -> None:
    fake.mode, fake.chunks = "slow", 4
    said = [
        chunk["choices"][0]["delta"]["content"] async for chunk in client.stream_chat(url, CHAT)
    ]
    assert said == ["0 ", "1 ", "2 ", "3 "]
    assert await client.tokenize(url, "base", CHAT["messages"]) == list(b"Hi")
    assert list(await client.models(url)) == ["base"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/load_lora_adapter"),
        ("POST", "/v1/unload_lora_adapter"),
        ("POST", "/v1/completions"),
        ("POST", "/sleep"),
        ("POST", "/collective_rpc"),
        ("GET", "/v1/chat/completions/../load_lora_adapter"),
        ("POST", "//v1/load_lora_adapter"),
        ("POST", "/v1/chat/completions%2f..%2fload_lora_adapter"),
        ("POST", "/v1/models"),
    ],
)
async def test_what_administers_does_not_pass(
    url: str, fake: FakeVllm, session: aiohttp.ClientSession, method: str, path: str
) -> None:
    async with session.request(method, url + path, json={"lora_name": V1}) as answer:
        assert answer.status in (404, 405)
    assert fake.calls == []


async def test_who_leaves_ends_the_generation(url: str, fake: FakeVllm, client: VllmClient) -> None:
    fake.mode, fake.chunks = "slow", 1000
    chunks = client.stream_chat(url, CHAT)
    await anext(chunks)
    await chunks.aclose()
    await until(lambda: fake.aborted == 1)


@pytest.mark.parametrize("mode", ["die", "cut", "503"])
async def test_a_vllm_that_fails_is_told_as_itself(
    url: str, fake: FakeVllm, client: VllmClient, mode: str
) -> None:
    fake.mode = mode
    with pytest.raises(ModelUnavailable):
        async for _ in client.stream_chat(url, CHAT):
            pass


async def test_a_vllm_that_is_gone_is_a_502(url: str, fake: FakeVllm, client: VllmClient) -> None:
    await fake.stop()
    with pytest.raises(ModelUnavailable, match="502"):
        await client.chat(url, CHAT)


async def test_it_waits_for_open_answers_and_takes_new_ones_for_a_moment(
    fake: FakeVllm, client: VllmClient, session: aiohttp.ClientSession
) -> None:
    fake.mode, fake.chunks = "slow", 80
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with open_front(Front(session, fake.url, {}), "127.0.0.1", port, 60.0):
        open_answer = client.stream_chat(url, CHAT)
        await anext(open_answer)
        late = asyncio.create_task(_whole(client, url))
        # Here the agent has just said goodbye: leaving the block closes the front.
    assert (await late, [c async for c in open_answer])[0] == 80
    with pytest.raises(ModelUnavailable):
        await client.chat(url, CHAT)


async def _whole(client: VllmClient, url: str) -> int:
    return len([chunk async for chunk in client.stream_chat(url, CHAT)])


async def test_a_replica_counts_once_it_answers_by_every_champion(
    quick: Settings, store: Store, client: VllmClient, fake: FakeVllm, publisher: Publisher
) -> None:
    await publisher.publish(V1)
    await publisher.promote(V1)
    await publisher.publish(V2, weights=b"wrong", expected=b"right")
    await publisher.stage(V2)
    fake.stuck = True
    async with running(quick, store, client) as agent:
        await until(lambda: "EngineCore" in agent.trouble())
        assert agent.engine_trouble()
        fake.stuck = False
        # The candidate fails its probe for ever; the fleet is ready all the same.
        await until(lambda: agent.trouble() == "", instead=agent.trouble)
        await until(lambda: V2 in agent.replica().error, instead=lambda: agent.replica().error)
        assert agent.trouble() == ""


async def test_the_agent_leaves_the_list_before_its_front_closes(
    quick: Settings, store: Store, fake: FakeVllm, client: VllmClient
) -> None:
    port = free_port()
    named = {
        "FRONT_PORT": str(port),
        "VLLM_PORT": str(fake.port),
        "REDIS_URL": quick.redis_url,
        "STATE_DIR": str(quick.state_dir),
        "ASSISTANTS_FILE": str(quick.assistants_file),
        "REPLICA": "pod-0",
        "REPLICA_URL": f"http://127.0.0.1:{port}",
    }
    env = {**os.environ, **{f"THUMBWHEEL_{name}": value for name, value in named.items()}}
    replicas = Replicas(store, 5.0)
    fake.mode, fake.chunks = "slow", 60
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server.fleet.agent"), env=env, cwd=ROOT
    )
    try:
        url = f"http://127.0.0.1:{port}"
        await until(lambda: asyncio.to_thread(answers, f"{url}/readyz"))
        assert (await replicas.all())[0].url == url
        chunks = client.stream_chat(url, CHAT)
        await anext(chunks)
        process.send_signal(signal.SIGTERM)
        await until(lambda: _is_empty(replicas))
        assert len([chunk async for chunk in chunks]) == 59
        assert await asyncio.wait_for(process.wait(), 60) == 0
    finally:
        with suppress(ProcessLookupError):
            process.kill()


async def _is_empty(replicas: Replicas) -> bool:
    return await replicas.all() == []
