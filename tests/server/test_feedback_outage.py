"""Redis goes away, or is full, and comes back: a vote is either acknowledged and kept, or refused
and safe to send again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import AsyncClient, Response
from redis.asyncio import Redis

from core import keys
from core.errors import StoreUnavailable
from core.local import RedisServer
from server.state import State
from tests.conftest import free_port
from tests.server.conftest import Live
from tests.server.seeds import seed_response

URL = "/v1/feedback"
CHAT = "/v1/chat/completions"


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """One of this test's own, to be killed."""
    with RedisServer(tmp_path / "redis", free_port()) as server:
        yield server


async def test_votes_are_refused_while_redis_is_away_and_count_once_after(
    api: AsyncClient, state: State, redis_server: RedisServer
) -> None:
    kept, late = await seed_response(state), await seed_response(state)
    acknowledged = await vote(api, kept.id)
    assert acknowledged.status_code == 201

    redis_server.kill()
    refused = await vote(api, late.id)
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["error"]["code"] == "unavailable"
    assert (await api.get(URL)).status_code == 503

    redis_server.start()
    replies = [await until_acknowledged(api, late.id) for _ in range(3)]
    assert [r.status_code for r in replies] == [201, 200, 200]
    assert (await vote(api, kept.id)).json()["id"] == acknowledged.json()["id"]
    targets = [entry.target async for entry in state.feedback.read("support")]
    assert targets == [kept.id, late.id]


@pytest.mark.parametrize("streaming", [True, False])
async def test_full_redis_takes_nothing_and_keeps_everything(live: Live, streaming: bool) -> None:
    kept, late = await seed_response(live.state), await seed_response(live.state)
    acknowledged = await vote(live.http, kept.id)
    assert acknowledged.status_code == 201
    chat = {"model": "support", "messages": [{"role": "user", "content": "Hello?"}]}
    redis = live.state.store.redis
    before = await stored(live.state)

    await redis.config_set("maxmemory", 1)
    for refused in (
        await vote(live.http, late.id),
        await live.http.post(CHAT, json={**chat, "stream": streaming}),
    ):
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) >= 1
    assert (await vote(live.http, kept.id)).status_code == 200, "it is on disk"
    assert await stored(live.state) == before

    await redis.config_set("maxmemory", 0)
    replies = [await vote(live.http, late.id) for _ in range(2)]
    assert [r.status_code for r in replies] == [201, 200]
    again = await vote(live.http, kept.id)
    assert (again.status_code, again.json()["id"]) == (200, acknowledged.json()["id"])
    targets = [entry.target async for entry in live.state.feedback.read("support")]
    assert targets == [kept.id, late.id]
    assert (await live.http.post(CHAT, json=chat)).status_code == 200


async def test_an_answer_that_ends_while_redis_is_full_stays_known_as_open(state: State) -> None:
    said = await seed_response(state, status="open")
    [server] = await state.responses.servers()
    redis = state.store.redis
    await redis.config_set("maxmemory", 1)
    for end in (state.responses.finish(said), state.responses.give_up(server, [said.id], "gone")):
        with pytest.raises(StoreUnavailable):
            await end
    assert await state.responses.open_of(server, 9) == [said.id]
    await redis.config_set("maxmemory", 0)
    assert [r.status for r in await state.responses.give_up(server, [said.id], "gone")] == ["error"]
    assert await state.responses.servers() == []


async def stored(state: State) -> dict[str, bytes]:
    """Everything but who lives."""
    async with Redis.from_url(state.settings.redis_url) as redis:
        names = [name.decode() for name in await redis.keys()]
        lasting = [name for name in names if not name.startswith(keys.server(""))]
        return {name: await redis.dump(name) for name in lasting}


async def vote(api: AsyncClient, response_id: str) -> Response:
    body = {"kind": "thumb", "response_id": response_id, "value": "up"}
    return await api.post(URL, json=body, headers={"Idempotency-Key": f"key-{response_id}"})


async def until_acknowledged(api: AsyncClient, response_id: str) -> Response:
    """What a client does with a 503: the same request again."""
    until = time.monotonic() + 20.0
    while (reply := await vote(api, response_id)).status_code == 503:
        assert time.monotonic() < until
    return reply
