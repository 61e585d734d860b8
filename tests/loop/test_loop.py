"""The loop for real: vLLM, Redis, Celery and the trainer, moved by people through the HTTP API.

In order, because learning takes a while: what one test taught, the next ones use.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest
from transformers import AutoTokenizer

from cli.rehearsal.prompts import draw_prompts
from core.messages import Messages
from core.responses import Responses
from core.store import connect
from tests.conftest import ROOT
from tests.loop.conftest import VOTES, Rehearsals, champion
from tests.stack import START_S, Stack, until
from trainer.render import Renderer

pytestmark = [pytest.mark.loop, pytest.mark.timeout(1500)]


def test_two_assistants_learn_two_tastes_at_once(stack: Stack, rehearsals: Rehearsals) -> None:
    for assistant, rehearsal in rehearsals.items():
        result = rehearsal.result()
        assert result["champion_after"] == champion(stack, assistant)
        assert result["champion_after"] != result["champion_before"] == "base"
        assert result["win_rate"] > 0.5
    versions = {a: champion(stack, a) for a in stack_assistants(stack)}
    assert versions["support"].startswith("support-p")
    assert versions["tutor"].startswith("tutor-p")
    assert versions["writer"] == versions["extractor"] == "base"


def stack_assistants(stack: Stack) -> list[str]:
    return [model["id"] for model in stack.get("/v1/models")["data"]]


async def read_stream(
    session: aiohttp.ClientSession, stack: Stack, user: str, text: str, began: asyncio.Event
) -> tuple[str, list[str]]:
    """(version, data lines) of one streamed answer; `began` is set by its first token."""
    body = {
        "model": "support",
        "messages": [{"role": "user", "content": text}],
        "stream": True,
        "max_tokens": 160,
        "temperature": 1.0,
    }
    async with session.post(
        f"{stack.url}/v1/chat/completions", json=body, headers={"X-Thumbwheel-User": user}
    ) as reply:
        assert reply.status == 200, await reply.text()
        began.set()
        lines = [line async for line in data_lines(reply)]
        return reply.headers["x-thumbwheel-version"], lines


async def data_lines(reply: aiohttp.ClientResponse) -> AsyncIterator[str]:
    async for raw in reply.content:
        line = raw.decode().strip()
        if line.startswith("data: "):
            yield line.removeprefix("data: ")


def keep_champion(stack: Stack, assistant: str) -> str:
    """The champion, from now on alone and whatever is learned: what earlier votes began may still
    be in training, or on trial.
    """
    stack.post(f"/v1/assistants/{assistant}/hold", {"reason": "a swap"})
    if stack.get(f"/v1/assistants/{assistant}")["challenger"]:
        stack.post(f"/v1/assistants/{assistant}/rollback", {"reason": "no trial meanwhile"})
    return champion(stack, assistant)


async def test_twenty_open_streams_survive_a_swap(stack: Stack) -> None:
    before = await asyncio.to_thread(keep_champion, stack, "support")
    ask, began = "Please list all you know", asyncio.Event()
    async with aiohttp.ClientSession() as session:
        early = [
            asyncio.create_task(read_stream(session, stack, f"u{n}", ask, began)) for n in range(20)
        ]
        await began.wait()
        swap = await session.post(
            f"{stack.url}/v1/assistants/support/rollback",
            json={"reason": "a swap", "to": "base"},
        )
        assert swap.status == 200, await swap.text()
        late = await asyncio.gather(
            *(read_stream(session, stack, f"v{n}", ask, began) for n in range(4))
        )
        streams = await asyncio.gather(*early)
    assert all(lines[-1] == "[DONE]" for _, lines in [*streams, *late])
    assert not any("error" in orjson.loads(line) for _, ls in streams for line in ls[:-1])
    after = champion(stack, "support")
    assert after != before
    assert {version for version, _ in streams} <= {before, after}
    assert before in {version for version, _ in streams}
    assert {version for version, _ in late} == {after}
    stack.post("/v1/assistants/support/promote", {"version": before, "reason": "back again"})
    assert champion(stack, "support") == before


async def test_the_trainer_scores_the_tokens_the_server_sampled(stack: Stack) -> None:
    said = [
        {"role": "user", "content": "Hello!"},
        {"role": "assistant", "content": "Hello, how can I help?"},
        {"role": "user", "content": "How long do I have to return an item? \U0001f642"},
    ]
    answer, _ = await asyncio.to_thread(
        stack.post, "/v1/chat/completions", {"model": "support", "messages": said}
    )
    store = connect(stack.settings.redis_url)
    response = await Responses(store).get(answer["id"])
    path = await Messages(store).path(response.prompt)
    await store.close()
    renderer = Renderer(AutoTokenizer.from_pretrained(ROOT / "models" / "seedling"))
    prompt = [{"role": m.role, "content": m.content} for m in path]
    assert prompt[1:] == said
    assert renderer.prompt_ids(prompt) == response.prompt_ids
    assert response.output_ids
    assert renderer.text(response.output_ids) == answer["choices"][0]["message"]["content"]
    assert response.output_ids[-1] == renderer.eos_id


def test_a_killed_vllm_gets_its_versions_back(stack: Stack) -> None:
    before = champion(stack, "support")
    old = stack.pid("vllm")
    os.killpg(old, signal.SIGKILL)
    until(lambda: stack.pid("vllm") not in (0, old), START_S, "vLLM's restart")

    def answered() -> bool:
        try:
            body = {"model": "support", "messages": [{"role": "user", "content": "Hello"}]}
            return bool(
                stack.post("/v1/chat/completions", body)[1]["x-thumbwheel-version"] == before
            )
        except OSError:
            return False

    until(answered, START_S, "an answer by the champion")


def vote(stack: Stack, assistant: str, number: int) -> None:
    """Compares two answers per prompt and prefers the shorter one."""
    for index, prompt in enumerate(draw_prompts(assistant, number, 3, "train")):
        user = f"voter{index % 12}"
        body: dict[str, Any] = {"model": assistant, "messages": prompt.messages, "stream": False}
        shown, _ = stack.post("/v1/comparisons", body, user)
        a, b = (len(candidate["text"]) for candidate in shown["candidates"])
        choice = "tie" if a == b else "a" if a < b else "b"
        ballot = {"kind": "comparison", "comparison_id": shown["id"], "choice": choice}
        stack.post("/v1/feedback", ballot, user)


def test_a_killed_trainer_is_started_again_and_publishes_once(stack: Stack) -> None:
    vote(stack, "writer", VOTES["writer"])
    run = until(lambda: stack.get("/v1/assistants/writer/runs")["data"], START_S, "a run")[0]["id"]

    def half_way() -> bool:
        now = stack.get(f"/v1/runs/{run}")
        assert now["state"] != "ended", now
        return bool(now["fraction"] >= 0.4)

    until(half_way, START_S, "half of the training")
    first = stack.trainer_child()
    assert first is not None
    first.kill()
    until(lambda: stack.get(f"/v1/runs/{run}")["state"] == "ended", START_S, "the verdict")
    verdict = stack.get(f"/v1/runs/{run}")["verdict"]
    assert verdict["decision"] in ("promote", "trial", "reject"), verdict
    assert "died" not in verdict["reason"]
    assert "killed" not in verdict["reason"]
    versions = stack.get("/v1/assistants/writer/versions")["data"]
    assert len(versions) == (0 if verdict["decision"] == "reject" else 1)
    assert len(stack.get("/v1/assistants/writer/runs")["data"]) == 1
