"""Redis goes away and comes back: a vote is either acknowledged and kept, or refused and safe to
send again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import AsyncClient, Response

from core.local import RedisServer
from server.state import State
from tests.conftest import free_port
from tests.server.seeds import seed_response

URL = "/v1/feedback"


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


async def vote(api: AsyncClient, response_id: str) -> Response:
    body = {"kind": "thumb", "response_id": response_id, "value": "up"}
    return await api.post(URL, json=body, headers={"Idempotency-Key": f"key-{response_id}"})


async def until_acknowledged(api: AsyncClient, response_id: str) -> Response:
    """What a client does with a 503: the same request again."""
    until = time.monotonic() + 20.0
    while (reply := await vote(api, response_id)).status_code == 503:
        assert time.monotonic() < until
    return reply
