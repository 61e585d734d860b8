"""A stand-in for vLLM's HTTP side: keeps a set of loaded adapters, answers by counting, and fails
on demand. An adapter's greedy tokens are the bytes of its weights file, so wrong files show.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.conftest import free_port

WEIGHTS = "adapter_model.safetensors"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def error(status: int, message: str, param: str | None = None) -> web.Response:
    body = {"error": {"message": message, "type": "x", "param": param, "code": status}}
    return web.json_response(body, status=status)


@dataclass
class FakeVllm:
    """`mode` decides how the next chats go; `loaded` is name -> path."""

    mode: str = "fine"
    chunks: int = 3
    base: str = "base"
    loaded: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    aborted: int = 0
    stuck: bool = False
    """The API answers, the engine does not: what /health cannot see."""
    port: int = field(default_factory=free_port)
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Comes up with nothing loaded, each time on the same port."""
        self.loaded.clear()
        app = web.Application()
        app.add_routes(
            [
                web.get("/v1/models", self._models),
                web.post("/v1/chat/completions", self._noted(self._chat)),
                web.post("/v1/completions", self._noted(self._completions)),
                web.post("/tokenize", self._noted(self._tokenize)),
                web.post("/v1/load_lora_adapter", self._noted(self._load)),
                web.post("/v1/unload_lora_adapter", self._noted(self._unload)),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def called(self, path: str) -> list[Any]:
        return [body for where, body in self.calls if where == path]

    def _noted(self, handler: Callable[[Any], Awaitable[web.StreamResponse]]) -> Handler:
        async def noted(request: web.Request) -> web.StreamResponse:
            body = await request.json()
            self.calls.append((request.path, body))
            return await handler(request)

        return noted

    async def _models(self, request: web.Request) -> web.StreamResponse:
        cards = [{"id": self.base, "root": "/models/base"}]
        cards += [{"id": name, "root": path} for name, path in self.loaded.items()]
        return web.json_response({"object": "list", "data": cards})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if self.mode.isdecimal():
            return error(int(self.mode), f"refused with {self.mode}", "temperature")
        if body["model"] != self.base and body["model"] not in self.loaded:
            return error(404, f"The model `{body['model']}` does not exist.")
        if self.mode == "hang up":
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        return await self._stream(request)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            await self._write_chunks(request, response)
        except (asyncio.CancelledError, ConnectionError):
            self.aborted += 1
            raise
        return response

    async def _write_chunks(self, request: web.Request, response: web.StreamResponse) -> None:
        body = await request.json()
        count = 0 if self.mode == "empty" else self.chunks
        for i in range(count):
            choice = {"index": 0, "delta": {"content": f"{i} "}}
            chunk = {"id": body["model"], "choices": [choice]}
            data = b"data: " + json.dumps(chunk).encode() + b"\n\n"
            if self.mode == "in pieces":
                for at in range(len(data)):
                    await response.write(data[at : at + 1])
            else:
                await response.write(data)
            if self.mode == "slow":
                await asyncio.sleep(0.05)
        if self.mode == "stall":
            await asyncio.sleep(60)
        if self.mode == "die":
            assert request.transport is not None
            request.transport.close()
        elif self.mode == "fail":
            failed = {"error": {"message": "engine died", "code": 500}}
            await response.write(b"data: " + json.dumps(failed).encode() + b"\n\n")
        elif self.mode != "cut":
            await response.write(b"data: [DONE]\n\n")

    async def _completions(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if self.stuck:
            return error(500, "EngineCore encountered an issue")
        if body["model"] == self.base:
            tokens = list(range(body["max_tokens"]))
        elif body["model"] in self.loaded:
            weights = (Path(self.loaded[body["model"]]) / WEIGHTS).read_bytes()
            tokens = list(weights[: body["max_tokens"]])
        else:
            return error(404, f"The model `{body['model']}` does not exist.")
        return web.json_response({"choices": [{"text": "", "token_ids": tokens}]})

    async def _tokenize(self, request: web.Request) -> web.StreamResponse:
        text = "".join(m["content"] for m in (await request.json())["messages"])
        return web.json_response({"count": len(text), "tokens": list(text.encode())})

    async def _load(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        name, path = body["lora_name"], body["lora_path"]
        if name in self.loaded:
            return error(400, f"The lora adapter '{name}' has already been loaded.")
        if not (Path(path) / WEIGHTS).is_file():
            return error(404, f"Loading lora {name} failed: No adapter found for {path}")
        self.loaded[name] = path
        return web.Response(text="Success")

    async def _unload(self, request: web.Request) -> web.StreamResponse:
        if self.loaded.pop((await request.json())["lora_name"], None) is None:
            return error(404, "The lora adapter cannot be found.")
        return web.Response(text="Success")


@asynccontextmanager
async def fake_vllm(**changes: Any) -> AsyncIterator[FakeVllm]:
    fake = FakeVllm(**changes)
    await fake.start()
    try:
        yield fake
    finally:
        await fake.stop()
