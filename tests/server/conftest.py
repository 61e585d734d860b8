"""The application as tests need it: inside this process (`api`), or behind a real uvicorn with a
stand-in for vLLM (`live`).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import uvicorn
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from openai import AsyncOpenAI

from core.records import Replica
from core.settings import Settings
from server.app import create_app
from server.protocol import Protocol
from server.state import State
from tests.conftest import free_port
from tests.server.upstream import Upstream, run_upstream

USER = "ada"
DEADLINE_S = 60.0
"""Longer than a busy machine takes for anything."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A replica that reported once lives until the test has looked."""
    return settings.model_copy(update={"replica_ttl_s": 30.0})


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """Started, without any vLLM."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def state(app: FastAPI) -> State:
    opened: State = app.state.thumbwheel
    return opened


@pytest.fixture
async def api(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """Speaks to the application as `ada`, without a network."""
    headers = {"X-Thumbwheel-User": USER}
    transport = ASGITransport(app)
    async with AsyncClient(
        transport=transport, base_url="http://127.0.0.1", headers=headers
    ) as client:
        yield client


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with run_upstream() as running:
        yield running


@dataclass(frozen=True)
class Live:
    """The application behind uvicorn; `http` and `openai` speak to it as `ada`."""

    url: str
    state: State
    http: AsyncClient
    openai: AsyncOpenAI


@pytest.fixture
async def live(settings: Settings, upstream: Upstream) -> AsyncIterator[Live]:
    served = settings.model_copy(update={"vllm_urls": upstream.url})
    async with run_live(served) as running:
        yield running


async def report(live: Live, name: str, url: str) -> None:
    """A replica without adapters, as its agent would; returns when the router knows it."""
    replica = Replica(name, url, "m", True, [], at=time.time())
    await live.state.replicas.report(replica)
    await until(lambda: name in live.state.router.versions_loaded())


@pytest.fixture
async def half_dead(settings: Settings, upstream: Upstream) -> AsyncIterator[Live]:
    """Two replicas, of which one was killed a moment ago."""
    async with run_live(settings) as running:
        await report(running, "sound", upstream.url)
        await report(running, "killed", f"http://127.0.0.1:{free_port()}")
        yield running


@contextlib.asynccontextmanager
async def run_live(settings: Settings) -> AsyncIterator[Live]:
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        port=settings.port,
        http=Protocol,
        log_config=None,
        ws="none",
        proxy_headers=False,  # as the product runs it
        timeout_graceful_shutdown=5,
    )
    server = _Quiet(config)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started or task.done())
    if task.done():
        task.result()
        raise AssertionError("the server did not start")
    url = f"http://127.0.0.1:{settings.port}"
    headers = {"X-Thumbwheel-User": USER}
    try:
        async with (
            AsyncClient(base_url=url, headers=headers, timeout=DEADLINE_S) as http,
            AsyncOpenAI(
                base_url=f"{url}/v1",
                api_key="none",
                default_headers=headers,
                max_retries=0,
                timeout=DEADLINE_S,
            ) as openai,
        ):
            yield Live(url, app.state.thumbwheel, http, openai)
    finally:
        server.should_exit = True
        await task


class _Quiet(uvicorn.Server):
    """Leaves the test process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def until(
    holds: Callable[[], Any] | Callable[[], Awaitable[Any]], deadline_s: float = DEADLINE_S
) -> Any:
    """Polls until `holds` returns something true, and returns it."""
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline_s
    while True:
        found = holds()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        if loop.time() > end:
            raise AssertionError("it did not come to hold in time")
        await asyncio.sleep(0.01)


@dataclass(frozen=True)
class Event:
    name: str
    data: Any
    id: str = ""


async def read_events(response: Response) -> AsyncIterator[Event]:
    """Server-sent events as they come; comments are skipped."""
    name, identity, data = "message", "", ""
    async for line in response.aiter_lines():
        if not line:
            if data:
                yield Event(name, data if data == "[DONE]" else orjson.loads(data), identity)
            name, data = "message", ""
        elif line.startswith("data: "):
            data = line[6:]
        elif line.startswith("event: "):
            name = line[7:]
        elif line.startswith("id: "):
            identity = line[4:]
