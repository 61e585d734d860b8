"""What holds of every answer to bad input, and how to see that nothing was stored."""

from __future__ import annotations

from typing import Any

from httpx import AsyncClient, Response

from core.store import Store
from server.state import State
from tests.server.conftest import USER, Live
from tests.server.seeds import seed_comparison, seed_response

CHAT = "/v1/chat/completions"
ASK = {"model": "support", "messages": [{"role": "user", "content": "Hello"}]}
MOST_CHARS = 5_000
"""No refusal is longer: it must not send a huge body back."""


def check_refusal(reply: Response) -> None:
    """A 4xx in OpenAI's shape."""
    assert 400 <= reply.status_code < 500, (reply.status_code, reply.text[:500])
    check_error(reply.json())
    assert len(reply.content) < MOST_CHARS


def check_error(body: Any) -> None:
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"message", "type", "param", "code"}
    assert body["error"]["message"]


async def count_writes(store: Store) -> int:
    """Changes that Redis has made so far: a refused request adds none."""
    info = await store.redis.info("persistence")
    return int(info["rdb_changes_since_last_save"])


async def check_answers(http: AsyncClient) -> None:
    """An ordinary request is answered."""
    reply = await http.post(CHAT, json=ASK)
    assert reply.status_code == 200, reply.text


async def check_whole(state: State, assistant: str = "support") -> None:
    """Every opinion in the log is about answers that are there, said by somebody to something."""
    async for said in state.feedback.read(assistant):
        targets = [said.target]
        if said.kind in ("comparison", "ranking"):
            targets = (await state.responses.comparison(said.target)).responses
        for response in await state.responses.get_many(targets):
            assert response.status == "done"
            assert await state.messages.path(response.message or response.prompt)


async def seed_all(live: Live) -> dict[str, str]:
    """One of everything an id can name, of the caller's."""
    conversation = await live.state.conversations.create(USER, "support")
    run, _ = await live.state.runs.open("support", "of a test", {})
    return {
        "conversation": conversation.id,
        "response": (await seed_response(live.state)).id,
        "comparison": (await seed_comparison(live.state, ["base", "base"])).id,
        "run": run.id,
    }
