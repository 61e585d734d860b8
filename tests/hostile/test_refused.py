"""What is refused after a look at it, by us or by vLLM, leaves nothing behind either."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hostile.helpers import (
    ASK,
    CHAT,
    check_answers,
    check_refusal,
    count_writes,
    seed_all,
)
from tests.server.conftest import Live
from tests.server.upstream import Upstream

TOO_LONG = "word " * 2000


@pytest.mark.parametrize("streamed", [False, True])
async def test_what_vllm_refuses(live: Live, upstream: Upstream, streamed: bool) -> None:
    upstream.says(refuse=(400, {"message": "Grammar error", "code": 400}))
    before = await count_writes(live.state.store)
    check_refusal(await live.http.post(CHAT, json={**ASK, "stream": streamed}))
    assert await count_writes(live.state.store) == before
    upstream.says()
    await check_answers(live.http)


@pytest.mark.parametrize("place", ["messages", "comparison", "chat", "comparison of a chat"])
async def test_what_is_too_long(live: Live, place: str) -> None:
    conversation = (await seed_all(live))["conversation"]
    path, body = _asking(place, conversation)
    before = await count_writes(live.state.store)
    reply = await live.http.post(path, json=_longer(body))
    check_refusal(reply)
    assert reply.json()["error"]["code"] == "context_length_exceeded"
    assert await count_writes(live.state.store) == before
    assert (await live.http.get(f"/v1/conversations/{conversation}")).json()["messages"] == []
    assert (await live.http.post(path, json=body)).status_code == 200


def _asking(place: str, conversation: str) -> tuple[str, dict[str, Any]]:
    said = f"/v1/conversations/{conversation}/messages"
    return {
        "messages": (said, {"content": "Hello"}),
        "comparison": ("/v1/comparisons", ASK),
        "chat": (CHAT, ASK),
        "comparison of a chat": (
            "/v1/comparisons",
            {"conversation": conversation, "content": "Hello"},
        ),
    }[place]


def _longer(body: dict[str, Any]) -> dict[str, Any]:
    if "messages" in body:
        return {**body, "messages": [{"role": "user", "content": TOO_LONG}]}
    return {**body, "content": TOO_LONG}
