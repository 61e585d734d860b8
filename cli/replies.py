"""Replies of the API as values, and its refusals as errors of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import orjson

from cli.controls import clean
from core.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    LimitReached,
    NotFound,
    ThumbwheelError,
    Unauthenticated,
    Unavailable,
)

Json = dict[str, Any]

REFUSALS: Final[dict[int, type[ThumbwheelError]]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
}


def rows_of(found: Json) -> list[Json]:
    rows: list[Json] = found["data"]
    return rows


async def read_object(reply: aiohttp.ClientResponse, *, as_it_is: bool = False) -> Json:
    """Clean, unless it is wanted `as_it_is`."""
    body = await reply.read()
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ThumbwheelError(
            f"Expected JSON from {reply.url}, got {body[:80]!r}; is that a Thumbwheel server?"
        ) from error
    if not isinstance(value, dict):
        raise ThumbwheelError(f"Expected an object from {reply.url}, got {body[:80]!r}")
    found: Json = value if as_it_is else clean(value)
    return found


def message_of(body: Json) -> str:
    error = body.get("error")
    return str(error.get("message") if isinstance(error, dict) else error)


def refusal(status: int, headers: Mapping[str, str], raw: bytes) -> ThumbwheelError:
    """The server's refusal as an error of ours, in words that can be shown."""
    try:
        body = orjson.loads(raw)
        message, param = message_of(body), body.get("error", {}).get("param")
    except (orjson.JSONDecodeError, AttributeError):
        message, param = f"HTTP {status}: {raw[:200].decode(errors='replace')}", None
    message = clean(message)
    if status in (429, 503):
        after = headers.get("Retry-After", "1")
        kind = LimitReached if status == 429 else Unavailable
        return kind(message, int(after) if after.isdigit() else 1)
    if status in (400, 413, 422):
        return InvalidRequest(message, param)
    return REFUSALS.get(status, ThumbwheelError)(message)
