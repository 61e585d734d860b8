"""Who is let in while Redis is away: who was known before, to what needs no Redis."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from core.api_keys import ApiKeys
from core.errors import StoreUnavailable
from core.local import RedisServer
from core.settings import Settings
from core.store import connect
from server.access.door import Door
from server.app import create_app
from server.state import State
from tests.access.conftest import Made, Make
from tests.access.test_proxies import request
from tests.conftest import free_port

pytestmark = pytest.mark.usefixtures("at_once")


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """One that a test may kill."""
    with RedisServer(tmp_path / "redis", free_port()) as server:
        yield server


@pytest.fixture
async def app(settings: Settings, redis: RedisServer) -> AsyncIterator[FastAPI]:
    app = create_app(settings.model_copy(update={"redis_url": redis.url}))
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def anybody(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """Without a key, and without a door that asks for one."""
    async with AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1") as client:
        yield client


async def status(api: AsyncClient, path: str, key: Made) -> int:
    return (await api.get(path, headers=key.shown)).status_code


async def test_a_key_that_was_seen_opens_what_needs_no_redis(
    api: AsyncClient, make: Make, state: State, redis: RedisServer
) -> None:
    seen, unseen = await make("seen", "view"), await make("unseen", "view")
    brief = await make("brief", "view", expires=time.time() + 60)
    chat = await make("chat", "chat")
    for key in (seen, brief, chat):
        await api.get("/metrics", headers=key.shown)
    redis.kill()
    assert [await status(api, "/metrics", key) for key in (seen, unseen, chat)] == [200, 503, 403]
    assert await status(api, "/v1/assistants", seen) == 503
    with pytest.MonkeyPatch.context() as later:
        later.setattr(time, "time", lambda: brief.key.about.expires)
        assert await status(api, "/metrics", brief) == 401
    redis.start()
    await state.api_keys.revoke("seen")
    assert await status(api, "/metrics", seen) == 401
    assert await status(api, "/metrics", unseen) == 200


async def test_a_server_without_keys_goes_on(anybody: AsyncClient, redis: RedisServer) -> None:
    for _ in range(2):
        assert (await anybody.get("/metrics")).status_code == 200
        redis.kill()


async def test_a_door_that_never_looked_lets_nobody_in(settings: Settings) -> None:
    store = connect(f"redis://127.0.0.1:{free_port()}/0")
    door = Door(settings, ApiKeys(store))
    with pytest.raises(StoreUnavailable):
        await door.find_caller(request("127.0.0.1"))
    await store.close()
