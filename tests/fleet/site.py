"""Several replicas on one machine: engines that answer at once, each with its real agent, and a
real gateway before them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from core.settings import Settings
from core.store import connect
from server.fleet.agent import Agent
from server.fleet.client import VllmClient, open_session
from tests.conftest import free_port
from tests.fleet import conftest
from tests.fleet.fake import FakeVllm, error
from tests.server.conftest import Live, read_events
from tests.server.upstream import END_TOKEN

CHAT = "/v1/chat/completions"
DEADLINE_S = 60.0


@dataclass
class Engine(FakeVllm):
    """Streams its model's name `words` times, as vLLM streams tokens."""

    words: int = 5
    pause_s: float = 0.0
    """Before each word."""
    lies: bool = False
    """Lists adapters, and has none of them when asked."""
    loads: asyncio.Event = field(default_factory=asyncio.Event)
    """Until it is set, an adapter is being loaded."""
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    """Until it is set, nothing follows an answer's first word."""
    open: set[asyncio.Transport] = field(default_factory=set)
    """Of chats."""

    def asked_for(self) -> list[str]:
        """The model of every chat."""
        return [body["model"] for body in self.called(CHAT)]

    async def kill(self) -> None:
        """As a process that is no more: every connection breaks, nobody listens."""
        for transport in list(self.open):
            transport.abort()
        await self.stop()

    async def _load(self, request: web.Request) -> web.StreamResponse:
        await self.loads.wait()
        return await super()._load(request)

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        model = (await request.json())["model"]
        if model != self.base and (self.lies or model not in self.loaded):
            return error(404, f"The model `{model}` does not exist.")
        assert isinstance(request.transport, asyncio.Transport)
        transport = request.transport
        self.open.add(transport)
        try:
            return await self._stream(request)
        finally:
            self.open.discard(transport)

    async def _write_chunks(self, request: web.Request, response: web.StreamResponse) -> None:
        model = (await request.json())["model"]
        for number in range(self.words):
            if number:
                await self.goes_on.wait()
            await asyncio.sleep(self.pause_s)
            delta = {"content": f" {model}"}
            await response.write(_chunk({"delta": delta, "token_ids": [100 + number]}))
        last = {"delta": {}, "finish_reason": "stop", "token_ids": [END_TOKEN]}
        await response.write(_chunk(last) + b"data: [DONE]\n\n")


def _chunk(choice: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps({"choices": [{"index": 0, **choice}]}) + b"\n\n"


class Gate:
    """A way to Redis that can be closed, as a partition closes it."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = free_port()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward, beyond = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers |= {writer, beyond}
        await asyncio.gather(_pump(reader, beyond), _pump(onward, writer))
        self._writers -= {writer, beyond}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
    writer.transport.abort()


@dataclass(frozen=True)
class Node:
    name: str
    engine: Engine
    gate: Gate


@asynccontextmanager
async def node(settings: Settings, name: str, **engine: Any) -> AsyncIterator[Node]:
    """A replica and its agent, until the block ends. Events are set unless they are given."""
    async with AsyncExitStack() as stack:
        served = Engine(**engine)
        for event in {"loads", "goes_on"} - engine.keys():
            getattr(served, event).set()
        await served.start()
        stack.push_async_callback(served.stop)
        gate = Gate(int(settings.redis_url.rsplit(":", 1)[1].split("/")[0]))
        await gate.open()
        stack.push_async_callback(gate.close)
        own = settings.model_copy(
            update={
                "replica": name,
                "vllm_port": served.port,
                "redis_url": f"redis://127.0.0.1:{gate.port}/0",
            }
        )
        store = connect(own.redis_url, max_connections=8)
        stack.push_async_callback(store.close)
        session = await stack.enter_async_context(open_session())
        agent = Agent(own, store, VllmClient(session, own), ["support", "tutor"])
        stack.push_async_callback(_end, asyncio.create_task(agent.run()))
        yield Node(name, served, gate)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@dataclass
class Heard:
    """One streamed answer as its reader saw it."""

    user: str
    asked: float = field(default_factory=time.monotonic)
    status: int = 0
    response: str = ""
    version: str = ""
    words: list[str] = field(default_factory=list)
    error: dict[str, Any] | None = None
    done: bool = False

    @property
    def whole(self) -> bool:
        return self.done and self.error is None and self.status == 200


async def ask(live: Live, user: str, heard: Heard | None = None, **more: Any) -> Heard:
    """Streams one answer to `user`; `heard` fills as it comes. `more`: of the request's body."""
    heard = heard or Heard(user)
    said = [{"role": "user", "content": "Hi"}]
    body = {"model": "support", "stream": True, "messages": said, **more}
    headers = {"X-Thumbwheel-User": user}
    async with live.http.stream("POST", CHAT, json=body, headers=headers) as reply:
        heard.status = reply.status_code
        heard.version = reply.headers.get("x-thumbwheel-version", "")
        if reply.status_code != 200:
            heard.error = orjson.loads(await reply.aread())["error"]
            return heard
        async for event in read_events(reply):
            if event.data == "[DONE]":
                heard.done = True
            elif "error" in event.data:
                heard.error = event.data["error"]
            else:
                heard.response = event.data["id"]
                text = event.data["choices"][0]["delta"].get("content") or ""
                heard.words += text.split()
    return heard


async def until(
    holds: Callable[[], bool | Awaitable[bool]], instead: Callable[[], object] = lambda: ""
) -> None:
    await conftest.until(holds, DEADLINE_S, instead)


class Fleet:
    """The gateway, and its replicas by name."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.nodes: dict[str, Node] = {}

    def routed(self) -> dict[str, list[str]]:
        """What the gateway's router knows now."""
        return self.live.state.router.versions_loaded()

    async def has(self, version: str, *names: str) -> None:
        """Returns when the router knows `version` on each of `names`."""
        await until(
            lambda: all(version in self.routed().get(name, ()) for name in names),
            instead=self.routed,
        )

    async def ask(self, count: int) -> list[Heard]:
        """So many people at once, each a whole answer or its failure."""
        return await asyncio.gather(*(ask(self.live, f"user{n}") for n in range(count)))

    async def where(self, heard: Heard) -> str:
        """The replica that answered."""
        return (await self.live.state.responses.get(heard.response)).replica


@asynccontextmanager
async def keep_asking(fleet: Fleet, people: int, **more: Any) -> AsyncIterator[list[Heard]]:
    """People who ask again as soon as they were answered, until the block ends; what they heard."""
    heard: list[Heard] = []
    going = True

    async def person(name: str) -> None:
        while going:
            heard.append(await ask(fleet.live, name, **more))

    tasks = [asyncio.create_task(person(f"user{n}")) for n in range(people)]
    try:
        yield heard
    finally:
        going = False
        await asyncio.gather(*tasks)
