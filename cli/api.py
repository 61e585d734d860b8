"""Client of the public HTTP API. Owns requests, their errors and their streams; knows no terminal.

Every method raises the tree of core.errors: `Unavailable` when the server is away or says 503,
`NotFound`, `Conflict`, `InvalidRequest`, `Unauthenticated`, `Forbidden` and `LimitReached` for what
it refuses, with its own words. Texts come clean, so that they can be shown (cli.controls).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp

from cli.answers import Answer, Blind, BlindStream, Candidate, Stream, StreamDropped
from cli.context import load_settings
from cli.replies import Json, message_of, read_object, refusal, rows_of
from cli.sse import Event, read_events
from cli.wire import check_name, encode, path_to
from core.errors import Unavailable

CONNECT_TIMEOUT_S: Final = 5.0
SILENCE_TIMEOUT_S: Final = 120.0
"""Longest silence of the server inside one answer."""
CONNECTIONS: Final = 64
FILE_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S)

USER_HEADER: Final = "X-Thumbwheel-User"
VERSION_HEADER: Final = "x-thumbwheel-version"

Query = Sequence[tuple[str, str]]


class Api:
    """The calls of the public API, as one user or, with `user=`, as several."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, user: str = "", *, as_it_is: bool = False
    ) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._user = user
        self._as_it_is = as_it_is

    # -- chatting and voting --

    async def complete(
        self, model: str, messages: list[Json], user: str = "", **options: Any
    ) -> Answer:
        """One whole answer; `options` are OpenAI's (`seed`, `max_tokens`, ...)."""
        body = {"model": model, "messages": messages, "stream": False, **options}
        async with self._request("POST", "/v1/chat/completions", body, user) as reply:
            answer = await read_object(reply, as_it_is=self._as_it_is)
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
            yield Stream(reply.headers.get(VERSION_HEADER, ""), self._events(reply))

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
                raise Unavailable(f"An answer to compare broke off: {message_of(candidate)}")
        answers = [Candidate(c["response_id"], c["text"]) for c in found["candidates"]]
        return Blind(found["id"], answers)

    @asynccontextmanager
    async def stream_comparison(
        self, model: str, messages: list[Json], candidates: int = 2
    ) -> AsyncIterator[BlindStream]:
        """As `compare`, while it is being said. Leaving early aborts it."""
        body = {"model": model, "messages": messages, "n": candidates, "stream": True}
        async with self._request("POST", "/v1/comparisons", body) as reply:
            yield BlindStream(self._events(reply))

    async def feedback(self, body: Json, key: str, user: str = "") -> Json:
        """One opinion; the same key again counts once, so a retry is safe."""
        return await self.post("/v1/feedback", {**body, "key": key}, user)

    # -- what a person decides --

    async def consent(self, user: str) -> Json:
        """What they let be learned from."""
        return await self._ask("GET", path_to("users", user, "consent"), user=user)

    async def put_consent(self, user: str, body: Json) -> Json:
        """Replaces it."""
        return await self._ask("PUT", path_to("users", user, "consent"), body, user)

    async def erase(self, user: str) -> Json:
        """What was removed, and which versions had learned from them."""
        return await self._ask("DELETE", path_to("users", user), user=user)

    # -- feedback as files --

    async def import_feedback(self, query: Query, file: AsyncIterator[bytes]) -> Json:
        """Sends a file while it is read; returns what became of it."""
        return await self._ask("POST", "/v1/feedback/import", query=query, file=file)

    @asynccontextmanager
    async def export_feedback(self, query: Query) -> AsyncIterator[AsyncIterator[bytes]]:
        """The file piece by piece. Unavailable when it breaks off."""
        async with self._request("GET", "/v1/feedback/export", query=query) as reply:
            yield reply.content.iter_any()

    # -- what the product team watches --

    async def assistants(self) -> list[Json]:
        return rows_of(await self.get("/v1/assistants"))

    async def assistant(self, name: str) -> Json:
        return await self.get(path_to("assistants", name))

    async def leaderboard(self, assistant: str) -> Json:
        return await self.get(path_to("assistants", assistant, "leaderboard"))

    async def opinions(self, assistant: str, query: Query) -> Json:
        """A page of opinions that hold, the newest first, and the cursor of the `next`."""
        return await self._ask("GET", path_to("assistants", assistant, "feedback"), query=query)

    async def runs(self, assistant: str) -> list[Json]:
        """Newest first."""
        return rows_of(await self.get(path_to("assistants", assistant, "runs")))

    async def trials(self, assistant: str) -> list[Json]:
        """Newest first."""
        return rows_of(await self.get(path_to("assistants", assistant, "trials")))

    async def run(self, run_id: str) -> Json:
        return await self.get(path_to("runs", run_id))

    async def run_events(self, run_id: str, after: str = "") -> AsyncIterator[Event]:
        """Progress of a run behind the event `after`. A cut connection raises StreamDropped."""
        last = {"Last-Event-ID": after} if after else {}
        async with self._request("GET", path_to("runs", run_id, "events"), extra=last) as reply:
            try:
                async for event in self._events(reply):
                    yield event
            except (aiohttp.ClientError, TimeoutError) as error:
                raise StreamDropped(f"The progress of {run_id} broke off: {error}") from error

    async def operate(self, assistant: str, action: str, body: Json) -> Json:
        """retrain, promote, rollback, hold or resume."""
        return await self.post(path_to("assistants", assistant, action), body)

    async def ready(self) -> Json:
        """What /readyz says, ready or not."""
        return await self._ask("GET", "/readyz", accept=(503,))

    # -- plumbing --

    async def get(self, path: str) -> Json:
        return await self._ask("GET", path)

    async def post(self, path: str, body: Json, user: str = "") -> Json:
        return await self._ask("POST", path, body, user)

    async def delete(self, path: str) -> Json:
        return await self._ask("DELETE", path)

    async def _ask(
        self, method: str, path: str, body: Json | None = None, user: str = "", **more: Any
    ) -> Json:
        async with self._request(method, path, body, user, **more) as reply:
            return await read_object(reply, as_it_is=self._as_it_is)

    def _events(self, reply: aiohttp.ClientResponse) -> AsyncIterator[Event]:
        return read_events(reply.content.iter_any(), as_it_is=self._as_it_is)

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
        headers = {**(extra or {}), **({USER_HEADER: check_name(speaker)} if speaker else {})}
        data: bytes | AsyncIterator[bytes] | None = file
        # A file is answered when it is stored, which takes as long as it takes.
        timeout = FILE_TIMEOUT if file else self._session.timeout
        if body is not None:
            data, headers["Content-Type"] = encode(body), "application/json"
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
                    raise refusal(reply.status, reply.headers, await reply.read())
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
async def connect(url: str, user: str = "", *, as_it_is: bool = False) -> AsyncIterator[Api]:
    """A client for as long as it is needed, with THUMBWHEEL_API_KEY where that is set. Texts come
    `as_it_is` only for JSON, where whoever prints them escapes them.
    """
    key = load_settings().api_key.get_secret_value()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=CONNECT_TIMEOUT_S, sock_read=SILENCE_TIMEOUT_S
    )
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(
        timeout=timeout, connector=connector, headers=headers
    ) as session:
        yield Api(session, url, user, as_it_is=as_it_is)
