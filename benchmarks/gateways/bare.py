"""`python -m benchmarks.gateways.bare PORT UPSTREAM`: passes bytes on, and does nothing else.

What a gateway in Python on aiohttp cannot do with less than.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import aiohttp
import uvloop
from aiohttp import web


def make_app(upstream: str) -> web.Application:
    app = web.Application(client_max_size=1 << 26)
    session = web.AppKey("session", aiohttp.ClientSession)

    async def own_session(app: web.Application) -> AsyncIterator[None]:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as app[session]:
            yield

    async def pass_on(request: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": "application/json"}
        said = await request.read()
        asked = app[session].post(f"{upstream}{request.path}", data=said, headers=headers)
        async with asked as answer:
            reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await reply.prepare(request)
            async for data in answer.content.iter_any():
                await reply.write(data)
            return reply

    app.cleanup_ctx.append(own_session)
    app.router.add_post("/v1/chat/completions", pass_on)
    return app


def main(port: str, upstream: str) -> None:
    uvloop.install()
    web.run_app(make_app(upstream), host="127.0.0.1", port=int(port), print=None, access_log=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
