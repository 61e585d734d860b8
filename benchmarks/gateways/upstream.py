"""`python -m benchmarks.gateways.upstream PORT`: speaks as vLLM does, with as many chunks as asked.

`max_tokens` of a request is how many chunks it gets; `temperature` is the pause between two of
them, in tenths of a second, because every gateway passes these two on unchanged.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import orjson
import uvloop
from aiohttp import web

WORD = " word"


def line(body: dict[str, Any], choice: dict[str, Any], **more: Any) -> bytes:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1}
    chunk = {**head, "model": body["model"], "choices": [{"index": 0, **choice}], **more}
    return b"data: " + orjson.dumps(chunk) + b"\n\n"


async def chat(request: web.Request) -> web.StreamResponse:
    body = await request.json()
    ids = bool(body.get("return_token_ids"))
    told: dict[str, Any] = {"token_ids": [7]} if ids else {}
    middle = line(body, {"delta": {"content": WORD}, "logprobs": None, **told})
    reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await reply.prepare(request)
    opening = {"delta": {"role": "assistant", "content": ""}, "logprobs": None}
    await reply.write(line(body, opening, **({"prompt_token_ids": [1, 5]} if ids else {})))
    pause_s = (body.get("temperature") or 0.0) / 10
    for _ in range(body["max_tokens"]):
        await reply.write(middle)
        await asyncio.sleep(pause_s)
    ending: dict[str, Any] = {
        "delta": {},
        "logprobs": None,
        "finish_reason": "stop",
        "stop_reason": None,
    }
    await reply.write(line(body, {**ending, **({"token_ids": [2]} if ids else {})}))
    await reply.write(b"data: [DONE]\n\n")
    return reply


async def models(_: web.Request) -> web.Response:
    return web.json_response({"data": [{"id": "base", "root": "base", "object": "model"}]})


async def tokenize(_: web.Request) -> web.Response:
    return web.json_response({"count": 2, "max_model_len": 100_000, "tokens": [1, 5]})


def main(port: int) -> None:
    app = web.Application(client_max_size=1 << 26)
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_get("/v1/models", models)
    app.router.add_post("/tokenize", tokenize)
    uvloop.install()
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None, backlog=4096)


if __name__ == "__main__":
    main(int(sys.argv[1]))
