"""Client of the public HTTP API. Owns requests, their errors and their streams; knows no terminal.

Every method raises the tree of core.errors: `Unavailable` when the server is away or says 503,
`NotFound`, `Conflict`, `InvalidRequest`, `Unauthenticated`, `Forbidden` and `LimitReached` for what
it refuses, with its own words.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import orjson

from cli.context import load_settings
from cli.sse import Event, read_events
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

CONNECT_TIMEOUT_S: Final = 5.0
SILENCE_TIMEOUT_S: Final = 120.0
"""Longest silence of the server inside one answer."""
CONNECTIONS: Final = 64
FILE_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S)

REFUSALS: Final[dict[int, type[ThumbwheelError]]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
}
USER_HEADER: Final = "X-Thumbwheel-User"
VERSION_HEADER: Final = "x-thumbwheel-version"

Json = dict[str, Any]
Query = Sequence[tuple[str, str]]


class StreamDropped(Unavailable):
    """A stream ended without saying that it is over."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole completion. `response` is what feedback names."""

    text: str
    response: str
    version: str
    finish_reason: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One blind answer of a comparison."""

    response: str
    text: str


@dataclass(frozen=True, slots=True)
class Blind:
    """A comparison before its vote: nobody knows which version said what."""

    id: str
    candidates: list[Candidate]


@dataclass(slots=True)
class Stream:
    """A completion while it is being said; complete once the iteration has ended."""

    version: str
    _events: AsyncIterator[Event]
    response: str = ""
    finish_reason: str = ""
    _parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self._parts)

    async def __aiter__(self) -> AsyncIterator[str]:
        """Pieces of text. Raises StreamDropped when the stream ends without `[DONE]`."""
        try:
            async for event in self._events:
                if event.data == "[DONE]":
                    return
                if piece := self._take(event.json()):
                    self._parts.append(piece)
                    yield piece
        except (aiohttp.ClientError, TimeoutError) as error:
            raise StreamDropped(f"The stream broke: {error or type(error).__name__}") from error
        raise StreamDropped("The stream ended without [DONE]")

    def _take(self, chunk: Json) -> str:
        if "error" in chunk:
            raise StreamDropped(f"The stream ended in an error: {_message(chunk)}")
        self.response = chunk.get("id") or self.response
        piece = ""
        for choice in chunk.get("choices", ()):
            self.finish_reason = choice.get("finish_reason") or self.finish_reason
            piece += choice.get("delta", {}).get("content") or ""
        return piece


class Api:
    """The calls of the public API, as one user or, with `user=`, as several."""

    def __init__(self, session: aiohttp.ClientSession, url: str, user: str = "") -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._user = user

    # -- chatting and voting --

    async def complete(
        self, model: str, messages: list[Json], user: str = "", **options: Any
    ) -> Answer:
        """One whole answer; `options` are OpenAI's (`seed`, `max_tokens`, ...)."""
        body = {"model": model, "messages": messages, "stream": False, **options}
        async with self._request("POST", "/v1/chat/completions", body, user) as reply:
            answer = await _read(reply)
            choice = answer["choices"][0]
            return Answer(
                text=choice["message"]["content"] or "",
                response=answer["id"],
                version=reply.headers.get(VERSION_HEADER, ""),
                finish_reason=choice.get("finish_reason") or "",
            )

    @asynccontextmanager
    async def stream(
        self, model: str, messages: list[Json], user: str = "", **options: Any
    ) -> AsyncIterator[Stream]:
        """An answer piece by piece. Leaving early aborts the generation."""
        body = {"model": model, "messages": messages, "stream": True, **options}
        async with self._request("POST", "/v1/chat/completions", body, user) as reply:
            events = read_events(reply.content.iter_any())
            yield Stream(reply.headers.get(VERSION_HEADER, ""), events)

    async def compare(
        self, model: str, messages: list[Json], candidates: int = 2, user: str = ""
    ) -> Blind:
        """Several blind answers to one prompt. Unavailable when one of them broke off: no vote
        could choose among such.
        """
        body = {"model": model, "messages": messages, "n": candidates, "stream": False}
        found = await self.post("/v1/comparisons", body, user)
        for candidate in found["candidates"]:
            if candidate.get("error"):
                raise Unavailable(f"An answer to compare broke off: {_message(candidate)}")
        answers = [Candidate(c["response_id"], c["text"]) for c in found["candidates"]]
        return Blind(found["id"], answers)

    async def feedback(self, body: Json, key: str, user: str = "") -> Json:
        """One opinion; the same key again counts once, so a retry is safe."""
        return await self.post("/v1/feedback", {**body, "key": key}, user)

    # -- what a person decides --

    async def consent(self, user: str) -> Json:
        """What they let be learned from."""
        async with self._request("GET", f"/v1/users/{user}/consent", user=user) as reply:
            return await _read(reply)

    async def put_consent(self, user: str, body: Json) -> Json:
        """Replaces it."""
        async with self._request("PUT", f"/v1/users/{user}/consent", body, user) as reply:
            return await _read(reply)

    async def erase(self, user: str) -> Json:
        """What was removed, and which versions had learned from them."""
        async with self._request("DELETE", f"/v1/users/{user}", user=user) as reply:
            return await _read(reply)

    # -- feedback as files --

    async def import_feedback(self, query: Query, file: AsyncIterator[bytes]) -> Json:
        """Sends a file while it is read; returns what became of it."""
        path = "/v1/feedback/import"
        async with self._request("POST", path, query=query, file=file) as reply:
            return await _read(reply)

    @asynccontextmanager
    async def export_feedback(self, query: Query) -> AsyncIterator[AsyncIterator[bytes]]:
        """The file piece by piece. Unavailable when it breaks off."""
        async with self._request("GET", "/v1/feedback/export", query=query) as reply:
            yield reply.content.iter_any()

    # -- what the product team watches --

    async def assistants(self) -> list[Json]:
        return _rows(await self.get("/v1/assistants"))

    async def assistant(self, name: str) -> Json:
        return await self.get(f"/v1/assistants/{name}")

    async def leaderboard(self, assistant: str) -> Json:
        return await self.get(f"/v1/assistants/{assistant}/leaderboard")

    async def runs(self, assistant: str) -> list[Json]:
        """Newest first."""
        return _rows(await self.get(f"/v1/assistants/{assistant}/runs"))

    async def trials(self, assistant: str) -> list[Json]:
        """Newest first."""
        return _rows(await self.get(f"/v1/assistants/{assistant}/trials"))

    async def run(self, run_id: str) -> Json:
        return await self.get(f"/v1/runs/{run_id}")

    async def run_events(self, run_id: str, after: str = "") -> AsyncIterator[Event]:
        """Progress of a run behind the event `after`. A cut connection raises StreamDropped."""
        last = {"Last-Event-ID": after} if after else {}
        async with self._request("GET", f"/v1/runs/{run_id}/events", extra=last) as reply:
            try:
                async for event in read_events(reply.content.iter_any()):
                    yield event
            except (aiohttp.ClientError, TimeoutError) as error:
                raise StreamDropped(f"The progress of {run_id} broke off: {error}") from error

    async def operate(self, assistant: str, action: str, body: Json) -> Json:
        """retrain, promote, rollback, hold or resume."""
        return await self.post(f"/v1/assistants/{assistant}/{action}", body)

    async def ready(self) -> Json:
        """What /readyz says, ready or not."""
        async with self._request("GET", "/readyz", accept=(503,)) as reply:
            return await _read(reply)

    # -- plumbing --

    async def get(self, path: str) -> Json:
        async with self._request("GET", path) as reply:
            return await _read(reply)

    async def post(self, path: str, body: Json, user: str = "") -> Json:
        async with self._request("POST", path, body, user) as reply:
            return await _read(reply)

    async def delete(self, path: str) -> Json:
        async with self._request("DELETE", path) as reply:
            return await _read(reply)

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        user: str = "",
        accept: tuple[int, ...] = (),
        extra: Mapping[str, str] | None = None,
        query: Query = (),
        file: AsyncIterator[bytes] | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        speaker = user or self._user
        headers = {**(extra or {}), **({USER_HEADER: speaker} if speaker else {})}
        data: bytes | AsyncIterator[bytes] | None = file
        # A file is answered when it is stored, which takes as long as it takes.
        timeout = FILE_TIMEOUT if file else self._session.timeout
        if body is not None:
            data, headers["Content-Type"] = orjson.dumps(body), "application/json"
        try:
            async with self._session.request(
                method,
                self._url + path,
                data=data,
                headers=headers,
                params=list(query),
                timeout=timeout,
            ) as reply:
                if reply.status >= 400 and reply.status not in accept:
                    raise _refusal(reply.status, reply.headers, await reply.read())
                yield reply
        except aiohttp.ClientConnectorError as error:
            raise Unavailable(
                f"Nothing answers at {self._url}. Start it with `thumbwheel up`, or name another"
                " server with --url"
            ) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            cause = str(error) or type(error).__name__
            raise Unavailable(f"{method} {path} broke off: {cause}") from error


@asynccontextmanager
async def connect(url: str, user: str = "") -> AsyncIterator[Api]:
    """A client for as long as it is needed, with THUMBWHEEL_API_KEY where that is set."""
    key = load_settings().api_key.get_secret_value()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=CONNECT_TIMEOUT_S, sock_read=SILENCE_TIMEOUT_S
    )
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(
        timeout=timeout, connector=connector, headers=headers
    ) as session:
        yield Api(session, url, user)


def _rows(found: Json) -> list[Json]:
    rows: list[Json] = found["data"]
    return rows


async def _read(reply: aiohttp.ClientResponse) -> Json:
    raw = await reply.read()
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ThumbwheelError(
            f"Expected JSON from {reply.url}, got {raw[:80]!r}; is that a Thumbwheel server?"
        ) from error
    if not isinstance(value, dict):
        raise ThumbwheelError(f"Expected an object from {reply.url}, got {raw[:80]!r}")
    return value


def _message(body: Json) -> str:
    error = body.get("error")
    return str(error.get("message") if isinstance(error, dict) else error)


def _refusal(status: int, headers: Mapping[str, str], raw: bytes) -> ThumbwheelError:
    """The server's refusal as an error of ours."""
    try:
        body = orjson.loads(raw)
        message, param = _message(body), body.get("error", {}).get("param")
    except (orjson.JSONDecodeError, AttributeError):
        message, param = f"HTTP {status}: {raw[:200].decode(errors='replace')}", None
    if status in (429, 503):
        after = headers.get("Retry-After", "1")
        kind = LimitReached if status == 429 else Unavailable
        return kind(message, int(after) if after.isdigit() else 1)
    if status in (400, 413, 422):
        return InvalidRequest(message, param)
    return REFUSALS.get(status, ThumbwheelError)(message)
