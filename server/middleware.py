"""What happens to every request, as pure ASGI: an id, a trace, headers, a body limit, metrics, and
an answer when one of ours forgot to catch.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Final

import orjson
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.ids import new_id
from core.metrics import REQUESTS
from server.errors import SERVER, error_body
from server.trace import Trace

logger = logging.getLogger(__name__)

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9_.:-]{1,128}")
DRAINED_BYTES: Final = 8 << 20
"""Of a body that is refused: read on this far, so that the client gets to see the refusal."""
CLIENT_GONE: Final = 499
"""What metrics call a request whose client left before a status was sent."""


class Tracing:
    """Gives each request a Trace and its reply the headers that come from it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = scope["thumbwheel"] = Trace(_request_id(scope))
        status = CLIENT_GONE

        async def send_traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *_headers(trace)]
            await send(message)

        try:
            await self._app(scope, receive, send_traced)
        except Exception:
            logger.exception(
                "request failed",
                extra={"action": "request", "request_id": trace.request_id, "path": scope["path"]},
            )
            if status != CLIENT_GONE:
                raise  # the reply has begun: only cutting the connection tells the client
            await _send_error(send_traced, 500, "Something went wrong here; it has been logged")
        finally:
            REQUESTS.labels(_route(scope), scope["method"], status).inc()


class BodyLimit:
    """Refuses bodies above `max_bytes` with 413, announced or not; `larger` has paths with a limit
    of their own.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, larger: Mapping[str, int]) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._larger.get(scope["path"], self._max_bytes)
        if (announced := _content_length(scope)) > most:
            await _drain(receive, announced)
            await _send_error(send, 413, _too_large(most))
            return
        taken = 0

        async def receive_limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                if message.get("more_body"):
                    await _drain(receive, DRAINED_BYTES)
                raise HTTPException(413, _too_large(most))
            return message

        await self._app(scope, receive_limited, send)


def _too_large(most: int) -> str:
    return f"The body may have at most {most} bytes"


def _request_id(scope: Scope) -> str:
    """The caller's own, where it is a sensible one, so that both sides' logs meet."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return str(value, "ascii")
    return new_id("req")


def _headers(trace: Trace) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"x-request-id", trace.request_id.encode()),
        (b"x-thumbwheel-overhead-ms", f"{trace.overhead_ms:.2f}".encode()),
    ]
    if trace.version:
        headers.append((b"x-thumbwheel-version", trace.version.encode()))
    if trace.meter:
        headers += trace.meter.headers()
    return headers


def _route(scope: Scope) -> str:
    """The route's template: the paths themselves would be without number."""
    return getattr(scope.get("route"), "path", "unknown")


def _content_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


async def _drain(receive: Receive, announced: int) -> None:
    left = min(announced, DRAINED_BYTES)
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if not message.get("more_body"):
            return


async def _send_error(send: Send, status: int, message: str) -> None:
    body = orjson.dumps(error_body(message, SERVER) if status >= 500 else error_body(message))
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
