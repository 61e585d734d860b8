"""Server-sent events: how a stream of bytes goes out, survives SIGTERM and ends with its reader."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, Any, Final

import orjson
from fastapi import Header
from sse_starlette import EventSourceResponse
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from core.errors import InvalidRequest
from core.settings import Settings

PING_S: Final = 15
"""Silence that proxies tolerate is longer than this."""
SEND_TIMEOUT_S: Final = 60.0
"""A reader that takes nothing for this long is gone."""
CUT_MARGIN_S: Final = 3
"""Our own drain ends streams cleanly; sse-starlette's, which only cuts, comes after it."""

_EVENT: Final = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
    "required": ["data"],
}
EVENT_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Server-sent events",
        "content": {"text/event-stream": {"itemSchema": _EVENT}},
    }
}
"""Of a call that answers so, for its description."""
NOTHING_LEFT: Final[dict[int | str, dict[str, Any]]] = {
    204: {"description": "Nothing is left to read"}
}
SIGN_OF_LIFE: Final = b": \n\n"
"""No event: begins a reply that has nothing to say yet."""
LastEventId = Annotated[str | None, Header(alias="last-event-id")]


def named(last_event_id: str | None) -> str:
    """Raises InvalidRequest for a reader who comes back without one."""
    if last_event_id is None:
        raise InvalidRequest("Last-Event-ID must name the last event seen", "Last-Event-ID")
    return last_event_id


def format_event(event: str, data: dict[str, Any], identity: str = "") -> bytes:
    """One event as it goes over the wire."""
    head = f"id: {identity}\nevent: {event}\ndata: " if identity else f"event: {event}\ndata: "
    return head.encode() + orjson.dumps(data) + b"\n\n"


class Primed:
    """A stream whose first item is here already, so that what fails early fails before the reply
    has a status.
    """

    def __init__(self, first: bytes, rest: AsyncGenerator[bytes, None]) -> None:
        self._first: bytes | None = first
        self._rest = rest

    @classmethod
    async def of(cls, source: AsyncGenerator[bytes, None]) -> Primed:
        """Raises what the source raises before its first item."""
        return cls(await anext(source), source)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return await anext(self._rest)

    async def aclose(self) -> None:
        await self._rest.aclose()


class EventStream(EventSourceResponse):
    """The reply that streams a Primed. Closes it however the reply ends."""

    def __init__(self, stream: Primed, settings: Settings) -> None:
        super().__init__(
            stream,
            ping=PING_S,
            sep="\n",
            send_timeout=SEND_TIMEOUT_S,
            shutdown_grace_period=settings.shutdown_grace_s + CUT_MARGIN_S,
        )
        self._stream = stream

    async def _stream_response(self, send: Send) -> None:
        """Without a timer around every piece: what a dead reader does not take stops the pings too,
        and those have one.
        """
        head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(head)
        async for piece in self._stream:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        async with self._send_lock:
            self.active = False
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._stream.aclose()


async def go_on(events: AsyncGenerator[bytes, None] | None, settings: Settings) -> Response:
    """The reply to a reader who came back; None: there is nothing left to read."""
    if events is None:
        return Response(status_code=204)  # tells an EventSource not to come back
    return EventStream(await Primed.of(events), settings)
