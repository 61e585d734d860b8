"""Health: alive is alive, ready means chat can be served, and what is broken has a name."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient

from core.local import RedisServer
from core.records import Replica, Worker
from core.workers import Workers
from server.state import State
from tests.conftest import free_port
from tests.server.conftest import DEADLINE_S
from tests.server.seeds import seed_response


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """One of this test's own, to be killed or set up wrongly."""
    with RedisServer(tmp_path / "redis", free_port()) as server:
        yield server


async def report(state: State, *, ready: bool = True, at: float | None = None) -> None:
    said = Replica("r1", "http://127.0.0.1:1", "base", ready, [], at or time.time(), "warming up")
    await state.replicas.report(said)


async def until(api: AsyncClient, status: int) -> dict[str, Any]:
    """The router looks at the reports twice a second."""
    deadline = time.monotonic() + DEADLINE_S
    while (reply := await api.get("/readyz")).status_code != status:
        assert time.monotonic() < deadline, reply.text
        await asyncio.sleep(0.05)
    parts: dict[str, Any] = reply.json()["parts"]
    assert reply.json()["ready"] is (status == 200)
    return parts


async def test_alive_asks_nobody(api: AsyncClient, redis_server: RedisServer) -> None:
    redis_server.kill()
    reply = await api.get("/healthz")
    assert (reply.status_code, reply.json()) == (200, {"status": "alive"})


async def test_ready_with_a_replica_even_without_workers(api: AsyncClient, state: State) -> None:
    await report(state)
    parts = await until(api, 200)
    assert parts["redis"]["ok"]
    assert parts["models"]["ok"]
    assert not parts["worker"]["ok"]
    assert "nothing is learned" in parts["worker"]["why"]


async def test_worker_is_named_by_the_queue_nobody_takes_from(
    api: AsyncClient, state: State
) -> None:
    workers = Workers(state.store)
    await workers.report(Worker("w1", ["short"], time.time()))
    assert "train" in (await until(api, 503))["worker"]["why"]
    await workers.report(Worker("w2", ["train"], time.time()))
    assert (await until(api, 503))["worker"]["ok"]


async def test_missing_replicas_are_named(api: AsyncClient) -> None:
    parts = await until(api, 503)
    assert "No vLLM replica has reported" in parts["models"]["why"]
    assert parts["redis"]["ok"]


async def test_replica_that_is_not_ready_is_named_with_its_error(
    api: AsyncClient, state: State
) -> None:
    await report(state, ready=False)
    assert "r1: warming up" in (await until(api, 503))["models"]["why"]


async def test_silent_replica_is_named(api: AsyncClient, state: State) -> None:
    await report(state, at=time.time() - 60)
    assert "r1: silent for 6" in (await until(api, 503))["models"]["why"]


async def test_lost_redis_is_named(
    api: AsyncClient, state: State, redis_server: RedisServer
) -> None:
    await report(state)
    await until(api, 200)
    redis_server.kill()
    parts = await until(api, 503)
    assert not parts["redis"]["ok"]
    assert parts["redis"]["why"]


async def test_redis_that_may_drop_votes_is_named(api: AsyncClient, state: State) -> None:
    await report(state)
    await state.store.redis.config_set("maxmemory-policy", "allkeys-lru")
    parts = await until(api, 503)
    assert "noeviction" in parts["redis"]["why"]


async def test_process_that_is_leaving_is_not_ready(api: AsyncClient, state: State) -> None:
    await report(state)
    await until(api, 200)
    state.drain.begin()
    assert not (await until(api, 503))["process"]["ok"]


async def test_metrics_count_opinions(api: AsyncClient, state: State) -> None:
    response = await seed_response(state, assistant="writer")
    body = {"kind": "thumb", "response_id": response.id, "value": "up"}
    line = 'thumbwheel_feedback_total{assistant="writer",kind="thumb"}'
    before = _value((await api.get("/metrics")).text, line)
    for _ in range(3):
        await api.post("/v1/feedback", json=body)
    assert _value((await api.get("/metrics")).text, line) == before + 1


def _value(exposed: str, name: str) -> float:
    return next((float(row.split()[-1]) for row in exposed.splitlines() if row.startswith(name)), 0)
