"""Replies of the API as values, and its refusals as errors of ours.

Anybody who chats chooses some of these texts, and a terminal obeys control characters: `clean`
takes them out where a text is to be shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import orjson

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

CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""C0 but tab and line feed, DEL, and C1, which holds an escape in one character (U+009B)."""
REFUSALS: Final[dict[int, type[ThumbwheelError]]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
}


def clean(value: Any) -> Any:
    """The same JSON with U+FFFD for each control character in its strings."""
    if isinstance(value, str):
        return CONTROLS.sub("\ufffd", value.replace("\r\n", "\n"))
    if isinstance(value, list):
        return [clean(one) for one in value]
    if isinstance(value, dict):
        return {clean(name): clean(one) for name, one in value.items()}
    return value


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
