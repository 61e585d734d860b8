"""A stand-in for vLLM on a free port: says what a test wants, the way vLLM would, and remembers
what it was asked and what was aborted. For tests only.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

END_TOKEN = 2


@dataclass(frozen=True)
class Script:
    """How one request is answered. `words` are sent one a chunk, each as one token."""

    words: tuple[str, ...] = ("Yes", ", within", " 30", " days", ".")
    pause_s: float = 0.0
    """Between two words."""
    first_after_s: float = 0.0
    die_after: int | None = None
    """Cut the connection after so many words."""
    wait_after: int | None = None
    """Say no more after so many words until `Upstream.go_on` is set."""
    refuse: tuple[int, dict[str, Any]] | None = None
    extra_deltas: tuple[dict[str, Any], ...] = ()
    """Sent before the end: tool calls and the like."""
    finish_reason: str | None = "stop"


@dataclass
class Upstream:
    url: str = ""
    script: Callable[[dict[str, Any]], Script] = field(default=lambda body: Script())
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    tokenized: int = 0
    aborted: int = 0
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    def says(self, *words: str, **how: Any) -> None:
        """The same answer for every request from now on."""
        script = Script(words=words or Script.words, **how)
        self.script = lambda body: script

    async def models(self, request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "base", "root": "/models/base"}]})

    async def tokenize(self, request: web.Request) -> web.Response:
        """One token a word, and four around each message."""
        self.tokenized += 1
        body = await request.json()
        tokens = [t for m in body["messages"] for t in range(4 + len(m["content"].split()))]
        return web.json_response({"count": len(tokens), "max_model_len": 0, "tokens": tokens})

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(body)
        self.headers.append(dict(request.headers))
        script = self.script(body)
        if script.refuse is not None:
            status, error = script.refuse
            return web.json_response({"error": error}, status=status)
        try:
            return await self._stream(request, body, script)
        except (asyncio.CancelledError, ConnectionResetError):
            self.aborted += 1
            raise

    async def _stream(
        self, request: web.Request, body: dict[str, Any], script: Script
    ) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await asyncio.sleep(script.first_after_s)
        await reply.prepare(request)
        for chunk in _chunks(body, script):
            if chunk is None:
                await asyncio.sleep(0.05)  # what was written gets out
                assert request.transport is not None
                request.transport.abort()
                return reply
            await reply.write(b"data: " + orjson.dumps(chunk) + b"\n\n")
            await self._pause(script, chunk)
        await reply.write(b"data: [DONE]\n\n")
        await reply.write_eof()
        return reply

    async def _pause(self, script: Script, chunk: dict[str, Any]) -> None:
        if script.wait_after is not None and _said(chunk) == script.wait_after:
            await self.go_on.wait()
        await asyncio.sleep(script.pause_s)


def _said(chunk: dict[str, Any]) -> int | None:
    ids = [i for c in chunk["choices"] for i in c.get("token_ids") or []]
    return ids[-1] - 99 if ids else 0


def _head(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "chatcmpl-upstream",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": body["model"],
        "system_fingerprint": "vllm-secret",
    }


def _chunks(body: dict[str, Any], script: Script) -> list[dict[str, Any] | None]:
    """What vLLM 0.32 sends with return_token_ids; None: the connection breaks."""
    head = _head(body)
    n = range(body.get("n") or 1)
    chunks: list[dict[str, Any] | None] = []
    for i in n:
        first = {"index": i, "delta": {"role": "assistant", "content": ""}, "logprobs": None}
        chunks.append({**head, "choices": [first], "prompt_token_ids": [1, 5, 9]})
    for number, word in enumerate(script.words):
        if script.die_after == number:
            return [*chunks, None]
        for i in n:
            choice = {"index": i, "delta": {"content": word}, "logprobs": _logprobs(body, word)}
            chunks.append({**head, "choices": [{**choice, "token_ids": [100 + number]}]})
    for delta in script.extra_deltas:
        chunks.append({**head, "choices": [{"index": 0, "delta": delta, "token_ids": [50]}]})
    for i in n:
        last = {"index": i, "delta": {}, "logprobs": None, "finish_reason": script.finish_reason}
        last |= {"stop_reason": None, "token_ids": [END_TOKEN]}
        chunks.append({**head, "choices": [last]})
    if (body.get("stream_options") or {}).get("include_usage"):
        chunks.append({**head, "choices": [], "usage": _usage(body, script)})
    return chunks


def _usage(body: dict[str, Any], script: Script) -> dict[str, int]:
    said = (len(script.words) + 1) * (body.get("n") or 1)
    return {"prompt_tokens": 3, "completion_tokens": said, "total_tokens": 3 + said}


def _logprobs(body: dict[str, Any], word: str) -> dict[str, Any] | None:
    if not body.get("logprobs"):
        return None
    entry = {"token": word, "logprob": -0.5, "bytes": list(word.encode()), "top_logprobs": []}
    return {"content": [entry]}


@contextlib.asynccontextmanager
async def run_upstream() -> AsyncIterator[Upstream]:
    upstream = Upstream()
    app = web.Application(client_max_size=1 << 26)
    app.router.add_get("/v1/models", upstream.models)
    app.router.add_post("/v1/chat/completions", upstream.chat)
    app.router.add_post("/tokenize", upstream.tokenize)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    upstream.url = f"http://127.0.0.1:{port}"
    yield upstream
    upstream.go_on.set()
    await runner.cleanup()
