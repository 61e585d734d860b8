"""The one way to a vLLM from outside its pod: what answers passes, what administers does not.

vLLM serves loading and unloading of adapters on the port it answers on, and its key is no boundary,
so it listens on loopback and the agent opens this in front of it. It also answers the pod's probes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
from aiohttp import web

log = logging.getLogger(__name__)

Check = Callable[[], str]
"""What is wrong now; empty when nothing is."""

PASSED: Final = (
    ("POST", "/v1/chat/completions"),
    ("POST", "/tokenize"),
    ("GET", "/v1/models"),
    ("GET", "/health"),
    ("GET", "/metrics"),
)
"""All that the API and Prometheus ask for. Everything else is 404."""
HEADERS: Final = ("Content-Type", "X-Request-Id", "traceparent", "tracestate")
"""Of a request. Others may change what vLLM does, as X-Vllm-Priority does."""
MAX_BODY_BYTES: Final = 64 << 20
"""A rendered conversation with everything in it; the API has the limit that people meet."""
NOTICE_S: Final = 2.0
"""How long it stays open for new requests once the replica said goodbye: servers look twice a
second.
"""


class Front:
    """Passes requests on to the vLLM at `url`, and chunks back as they come."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, checks: Mapping[str, Check]
    ) -> None:
        self._session = session
        self._url = url
        self.app = web.Application(client_max_size=MAX_BODY_BYTES)
        for method, path in PASSED:
            self.app.router.add_route(method, path, self._pass)
        for path, check in checks.items():
            self.app.router.add_get(path, _probe(check))

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        body = await request.read() if request.method == "POST" else None
        headers = {name: request.headers[name] for name in HEADERS if name in request.headers}
        try:
            async with self._session.request(
                request.method,
                self._url + request.path,
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=None),  # the API gives up, not the front
            ) as answer:
                return await _copy(request, answer)
        except (aiohttp.ClientError, OSError) as error:
            log.warning(
                "vLLM gave no answer",
                extra={"action": "pass", "path": request.path, "error": type(error).__name__},
            )
            return web.json_response({"error": {"message": "vLLM does not answer"}}, status=502)


async def _copy(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    """Once it has begun, a failure can only be told by breaking off."""
    kind = answer.headers.get("Content-Type", "application/octet-stream")
    reply = web.StreamResponse(status=answer.status, headers={"Content-Type": kind})
    await reply.prepare(request)
    try:
        async for chunk in answer.content.iter_any():
            await reply.write(chunk)
    except aiohttp.ClientPayloadError:
        if request.transport is not None:
            request.transport.abort()
        return reply
    await reply.write_eof()
    return reply


def _probe(check: Check) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(_: web.Request) -> web.StreamResponse:
        trouble = check()
        return web.json_response({"trouble": trouble}, status=503 if trouble else 200)

    return answer


@asynccontextmanager
async def open_front(
    front: Front, host: str, port: int, grace_s: float, notice_s: float = NOTICE_S
) -> AsyncIterator[None]:
    """Open while the block runs; then for `notice_s` longer, and until what it passes on has ended,
    at most `grace_s` more.
    """
    runner = web.AppRunner(
        front.app, access_log=None, handler_cancellation=True, shutdown_timeout=grace_s
    )
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    try:
        yield
        await asyncio.sleep(notice_s)
    finally:
        await runner.cleanup()
