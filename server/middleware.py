"""What happens to every request, as pure ASGI: an id, a trace, headers, a body limit, metrics, and
an answer when one of ours forgot to catch.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Final

import orjson
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core import spans
from core.ids import new_id
from core.logs import bound
from core.metrics import ERRORS, OVERHEAD, REQUESTS, UNEXPECTED
from server.errors import SERVER, error_body
from server.trace import Trace

logger = logging.getLogger(__name__)

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9_.:-]{1,128}")
DRAINED_BYTES: Final = 8 << 20
"""Of a body that is refused: read on this far, so that the client gets to see the refusal."""
PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds by machines: counted, but neither logged nor traced."""
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
        quiet = scope["path"] in PROBES
        parent = _header(scope, b"traceparent") if spans.on() else ""
        spanned = nullcontext() if quiet else spans.span("request", parent=parent, serves=True)
        with bound(request_id=trace.request_id), spanned:
            status = await self._answer(scope, receive, send, trace)
            if not quiet:
                _tell(scope, trace, status)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, trace: Trace) -> int:
        """Returns the reply's status."""
        status = CLIENT_GONE

        async def send_traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *_headers(trace)]
                if trace.upstream_s:
                    OVERHEAD.observe(trace.overhead_ms / 1000)
            await send(message)

        try:
            await self._app(scope, receive, send_traced)
        except Exception:
            ERRORS.labels(UNEXPECTED).inc()
            logger.exception("request failed", extra={"action": "request", "route": _route(scope)})
            if status != CLIENT_GONE:
                raise  # the reply has begun: only cutting the connection tells the client
            await _send_error(send_traced, 500, "Something went wrong here; it has been logged")
        finally:
            REQUESTS.labels(_route(scope), scope["method"], status).inc()
        return status


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


def _tell(scope: Scope, trace: Trace, status: int) -> None:
    """What became of a request, for logs and traces."""
    method, route = scope["method"], _route(scope)
    ms = (time.perf_counter() - trace.started) * 1000
    logger.info(
        "request",
        extra={
            "action": "request",
            "method": method,
            "route": route,
            "status": status,
            "version": trace.version,
            "ms": round(ms, 2),
        },
    )
    spans.note(
        {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
            "thumbwheel.request": trace.request_id,
        },
        f"{method} {route}",
    )


def _header(scope: Scope, name: bytes) -> str:
    return next((str(v, "latin-1") for n, v in scope["headers"] if n == name), "")


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
