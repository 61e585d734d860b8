"""The LLM judge beside a fake endpoint: both orders, what fails, and that it never takes long."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from core.assistants import Gate
from core.settings import Settings
from tests.worker.test_gate import ALPHA, report
from worker.gate import judge
from worker.llm_judge import PAIRS, ask_judge, summarise

Reply = Callable[[str, str], str]
"""What the fake says to answers a and b."""


def likes(word: str) -> Reply:
    def reply(a: str, b: str) -> str:
        return "Thinking.\n" + ("tie" if (word in a) == (word in b) else "AB"[word in b])

    return reply


@asynccontextmanager
async def endpoint(reply: Reply, status: int = 200, wait_s: float = 0.0) -> AsyncIterator[Any]:
    """Its URL, and the requests it got."""
    seen: list[tuple[str, dict[str, Any]]] = []

    async def complete(request: web.Request) -> web.Response:
        body = await request.json()
        seen.append((request.headers.get("Authorization", ""), body))
        await asyncio.sleep(wait_s)
        shown = body["messages"][-1]["content"]
        a, b = (shown.split(f"<answer_{x}>")[1].split(f"</answer_{x}>")[0] for x in "AB")
        message = {"role": "assistant", "content": reply(a, b)}
        return web.json_response({"choices": [{"message": message}]}, status=status)

    app = web.Application()
    app.router.add_post("/v1/chat/completions", complete)
    runner = web.AppRunner(app, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    try:
        yield f"http://127.0.0.1:{port}/v1", seen
    finally:
        await runner.cleanup()


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """80 conversations, in each fourth of which both say the same."""
    asked = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "How long?"}]
    rows = [
        {"messages": asked, "champion": "plain", "candidate": "plain" if i % 4 == 0 else "new"}
        for i in range(80)
    ]
    lines = (json.dumps(row) + "\n" for row in rows)
    (tmp_path / "samples.jsonl").write_text("".join(lines))
    return tmp_path


def at(settings: Settings, url: str) -> Settings:
    key = SecretStr("secret")
    return settings.model_copy(update={"judge_url": url, "judge_model": "wise", "judge_key": key})


async def test_both_orders_are_asked(settings: Settings, samples: Path) -> None:
    async with endpoint(likes("new")) as (url, seen):
        opinion = await ask_judge(at(settings, url), samples)
        again = await ask_judge(at(settings, url), samples)
    assert opinion == again
    assert (opinion.n, opinion.ties, opinion.disagreed, opinion.failed) == (PAIRS, 16, 0, 0)
    assert opinion.win_rate == (48 + 8) / 64
    assert len(seen) == 2 * 48, "what was said before is not asked again"
    key, body = seen[0]
    assert (key, body["model"], body["temperature"]) == ("Bearer secret", "wise", 0)
    assert "<user>How long?</user>" in body["messages"][-1]["content"]


async def test_a_taste_for_the_first_place_is_a_tie(settings: Settings, samples: Path) -> None:
    async with endpoint(lambda a, b: "A") as (url, _):
        opinion = await ask_judge(at(settings, url), samples)
    assert (opinion.win_rate, opinion.ties, opinion.disagreed) == (0.5, 64, 48)


@pytest.mark.parametrize(
    ("reply", "status", "wait_s", "error"),
    [
        (likes("new"), 500, 0.0, "500"),
        (lambda a, b: "I like both of them", 200, 0.0, "expected A, B or tie"),
        (likes("new"), 200, 60.0, "no reply within 0.3 s"),
    ],
)
async def test_without_replies_the_other_judges_decide(
    reply: Reply, status: int, wait_s: float, error: str, settings: Settings, tmp_path: Path
) -> None:
    row = {"messages": [{"role": "user", "content": "Hi"}], "champion": "a", "candidate": "b"}
    (tmp_path / "samples.jsonl").write_text((json.dumps(row) + "\n") * 40)
    began = time.monotonic()
    async with endpoint(reply, status, wait_s) as (url, _):
        opinion = await ask_judge(at(settings, url), tmp_path, 0.3 if wait_s else 60.0)
    assert time.monotonic() - began < 45
    assert (opinion.n, opinion.failed, opinion.win_rate) == (0, 40, None)
    assert error in opinion.error
    judgement = judge({**report({}), "llm": asdict(opinion)}, Gate(), ALPHA)
    assert judgement.passed
    [check] = [check for check in judgement.checks if check.name == "llm_win_rate"]
    assert "only 0 pairs were judged, 16 needed" in check.why


async def test_nobody_is_asked_without_an_address(settings: Settings, samples: Path) -> None:
    opinion = await ask_judge(settings, samples)
    assert "THUMBWHEEL_JUDGE_URL is empty" in opinion.error


@pytest.mark.parametrize(("won", "passes"), [(12, True), (6, False)])
def test_its_win_rate_is_a_gate(won: int, passes: bool) -> None:
    opinion = summarise("wise", [(1.0, False)] * won + [(0.0, False)] * (20 - won))
    judgement = judge({**report({}), "llm": asdict(opinion)}, Gate(), ALPHA)
    assert judgement.passed is passes
    assert passes or judgement.reason.startswith("the LLM judge has it win 30% of 20 answers")
