"""The client against an upstream that answers, stalls, dies, refuses and talks nonsense."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from core.errors import InvalidRequest, ModelSilent, ModelUnavailable, VersionMissing
from server.fleet.client import VllmClient
from tests.conftest import free_port
from tests.fleet.conftest import until
from tests.fleet.fake import FakeVllm

BODY: dict[str, Any] = {"model": "base", "messages": [{"role": "user", "content": "hello"}]}


async def collect(client: VllmClient, url: str, body: dict[str, Any] = BODY) -> list[str]:
    return [c["choices"][0]["delta"]["content"] async for c in client.stream_chat(url, body)]


@pytest.mark.parametrize("mode", ["fine", "in pieces", "slow"])
async def test_chunks_come_whole_however_they_were_cut(
    client: VllmClient, fake: FakeVllm, mode: str
) -> None:
    fake.mode = mode
    assert await collect(client, fake.url) == ["0 ", "1 ", "2 "]
    assert fake.called("/v1/chat/completions") == [{**BODY, "stream": True}]


async def test_a_chunk_larger_than_any_buffer_comes_whole(
    client: VllmClient, fake: FakeVllm
) -> None:
    name = "support-" + "x" * 300_000
    fake.loaded[name] = "/somewhere"
    chunks = [c async for c in client.stream_chat(fake.url, {**BODY, "model": name})]
    assert [c["id"] for c in chunks] == [name] * 3


@pytest.mark.parametrize(
    ("mode", "error", "before"),
    [
        ("die", ModelUnavailable, 3),
        ("cut", ModelUnavailable, 3),
        ("fail", ModelUnavailable, 3),
        ("hang up", ModelUnavailable, 0),
        ("400", InvalidRequest, 0),
        ("413", InvalidRequest, 0),
        ("422", InvalidRequest, 0),
        ("501", InvalidRequest, 0),
        ("401", ModelUnavailable, 0),
        ("404", VersionMissing, 0),
        ("429", ModelUnavailable, 0),
        ("500", ModelUnavailable, 0),
        ("503", ModelUnavailable, 0),
    ],
)
async def test_what_an_upstreams_failure_means(
    client: VllmClient, fake: FakeVllm, mode: str, error: type[Exception], before: int
) -> None:
    fake.mode = mode
    got = []

    async def read() -> None:
        async for chunk in client.stream_chat(fake.url, BODY):
            got.append(chunk)

    with pytest.raises(error) as raised:
        await read()
    assert raised.type is error
    assert len(got) == before
    assert str(fake.port) not in str(raised.value)


@pytest.mark.parametrize("stall_s", [1.0])
async def test_one_that_falls_silent_is_given_up(client: VllmClient, fake: FakeVllm) -> None:
    fake.mode = "stall"
    chunks = client.stream_chat(fake.url, BODY)
    assert [(await anext(chunks))["id"] for _ in range(3)] == ["base"] * 3
    with pytest.raises(ModelSilent):
        await anext(chunks)


async def test_refusals_keep_the_upstreams_words(client: VllmClient, fake: FakeVllm) -> None:
    fake.mode = "400"
    with pytest.raises(InvalidRequest) as raised:
        await client.chat(fake.url, BODY)
    assert raised.value.message == "refused with 400"
    assert raised.value.param == "temperature"


async def test_nobody_listening_is_unavailable(client: VllmClient) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        await client.chat(url, BODY)
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        await client.models(url)


async def test_leaving_a_stream_aborts_it_upstream(client: VllmClient, fake: FakeVllm) -> None:
    fake.mode, fake.chunks = "slow", 1000
    async with aclosing(client.stream_chat(fake.url, BODY)) as chunks:
        await anext(chunks)
    await until(lambda: fake.aborted == 1)


async def test_a_cancelled_reader_aborts_upstream(client: VllmClient, fake: FakeVllm) -> None:
    fake.mode, fake.chunks = "slow", 1000
    got = []

    async def read() -> None:
        async for chunk in client.stream_chat(fake.url, BODY):
            got.append(chunk)

    reader = asyncio.create_task(read())
    await until(lambda: bool(got))
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    await until(lambda: fake.aborted == 1)


async def test_finished_streams_leave_their_connection_for_the_next(
    client: VllmClient, fake: FakeVllm
) -> None:
    for _ in range(3):
        await collect(client, fake.url)
    connector = client._session.connector
    assert connector is not None
    assert sum(len(pool) for pool in connector._conns.values()) == 1


async def test_a_restarted_upstream_is_reached_on_a_fresh_connection(
    client: VllmClient, fake: FakeVllm
) -> None:
    await client.chat(fake.url, BODY)
    await fake.stop()
    await fake.start()
    assert (await client.chat(fake.url, BODY))["choices"]


async def test_adapters_load_once_and_unload_once(
    client: VllmClient, fake: FakeVllm, tmp_path: Any
) -> None:
    (tmp_path / "adapter_model.safetensors").write_bytes(b"abc")
    for _ in range(2):
        await client.load_adapter(fake.url, "support-p1", str(tmp_path))
        assert await client.models(fake.url) == {
            "base": "/models/base",
            "support-p1": str(tmp_path),
        }
    assert await client.greedy_tokens(fake.url, "support-p1", [1], 2) == [97, 98]
    for _ in range(2):
        await client.unload_adapter(fake.url, "support-p1")
        assert await client.models(fake.url) == {"base": "/models/base"}
    assert all("load_inplace" not in body for body in fake.called("/v1/load_lora_adapter"))


async def test_an_adapter_that_is_not_there_is_refused(client: VllmClient, fake: FakeVllm) -> None:
    with pytest.raises(ModelUnavailable, match="No adapter found"):
        await client.load_adapter(fake.url, "support-p1", "/nowhere")


async def test_prompts_are_tokenised_as_vllm_will(client: VllmClient, fake: FakeVllm) -> None:
    messages = [{"role": "user", "content": "ab"}]
    assert await client.tokenize(fake.url, "base", messages) == [97, 98]
    assert fake.called("/tokenize")[0]["add_generation_prompt"] is True


async def test_after_the_session_closed_the_model_is_unavailable(
    client: VllmClient, fake: FakeVllm
) -> None:
    await client._session.close()
    with pytest.raises(ModelUnavailable, match="ending"):
        await client.chat(fake.url, BODY)
