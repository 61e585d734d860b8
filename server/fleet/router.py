"""Which replica answers, and by which version: the pointer decides what, the replicas' reports
where.

Never asks a replica for a version that it does not report. Sends nothing itself: `route` lends a
place, `stream`, `chat` and `ask` try the next place when one fails before it has answered.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, TypeVar

from core.arms import Assignment, assign
from core.errors import ModelUnavailable, StoreUnavailable, VersionMissing
from core.logs import before_quotes
from core.metrics import REPLICAS
from core.records import BASE, BaseFiles, Pointer, Replica
from core.registry import Registry
from core.replicas import Replicas
from core.settings import Settings
from server.fleet.client import VllmClient

T = TypeVar("T")

log = logging.getLogger(__name__)

REFRESH_S: Final = 0.5
"""Between two looks at the replicas' reports."""
POLL_S: Final = 2.0
"""Between two looks at an upstream without an agent."""
AVOID_S: Final = 1.0
"""How long a replica that just failed comes last of those with the version."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where one request goes. `model` is vLLM's name for it, `version` what really answers."""

    url: str
    replica: str
    model: str
    version: str
    assignment: Assignment = field(default_factory=Assignment)
    """Which arm was wanted; of no trial where another version than that arm's answers."""
    base_files: BaseFiles = field(default_factory=BaseFiles)
    """What is served there under every adapter."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """One replica as the router sees it."""

    id: str
    url: str
    base: str
    versions: frozenset[str]
    base_files: BaseFiles = field(default_factory=BaseFiles)

    def model(self, version: str) -> str | None:
        """Its name for a version; None when it does not have it."""
        if version == BASE:
            return self.base
        return version if version in self.versions else None


class Tried:
    """What one request has tried in vain."""

    def __init__(self) -> None:
        self._replicas: set[str] = set()
        self._places: set[tuple[str, str]] = set()
        self._last: ModelUnavailable | None = None

    def add(self, route: Route, error: ModelUnavailable) -> None:
        """A replica without the version may have another; one that failed is left alone."""
        if isinstance(error, VersionMissing):
            self._places.add((route.replica, route.version))
        else:
            self._replicas.add(route.replica)
        self._last = error
        log.warning(
            "no answer from a replica",
            extra={
                "action": "route",
                "replica": route.replica,
                "version": route.version,
                "error": before_quotes(error.message),
            },
        )

    def allows(self, replica: str, version: str) -> bool:
        return replica not in self._replicas and (replica, version) not in self._places

    def raise_if_last(self, error: ModelUnavailable) -> None:
        """Raises unless `error` was just noted, so that another place may be tried."""
        if error is not self._last:  # nothing was left to try: why the tried ones failed says more
            raise self._last or error


class Router:
    """`start` before use, `close` after; in between it keeps its view of the replicas fresh."""

    def __init__(
        self, registry: Registry, replicas: Replicas, settings: Settings, client: VllmClient
    ) -> None:
        self._registry = registry
        self._replicas = replicas
        self._client = client
        self._static_urls = settings.static_urls
        self._reported: list[Upstream] = []
        self._static: dict[str, Upstream] = {}
        self._in_flight: Counter[str] = Counter()
        self._avoid_until: dict[str, float] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Looks once at everything, then keeps looking."""
        await asyncio.gather(self._refresh(), *(self._poll(url) for url in self._static_urls))
        looks = [(self._refresh, REFRESH_S)]
        looks += [(partial(self._poll, url), POLL_S) for url in self._static_urls]
        self._tasks = [asyncio.create_task(self._keep(look, every)) for look, every in looks]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    # -- what callers use --

    @asynccontextmanager
    async def route(
        self,
        assistant: str,
        user: str,
        tried: Tried | None = None,
        side: Assignment | None = None,
        chosen: Route | None = None,
    ) -> AsyncIterator[Route]:
        """Lends the best place for one request; in flight until the block ends. A ModelUnavailable
        that leaves the block is noted in `tried` and makes the replica come last for a moment of
        those with its version.
        `side`: the arm that is to answer, not the person's own. `chosen`: the place, where it was
        found before.

        Raises ModelUnavailable when there is no place that was not tried.
        """
        route = chosen or await self._find(assistant, user, tried or Tried(), side)
        self._in_flight[route.replica] += 1
        try:
            yield route
        except ModelUnavailable as error:
            self._avoid_until[route.replica] = time.monotonic() + AVOID_S
            if tried is not None:
                tried.add(route, error)
            raise
        finally:
            self._in_flight[route.replica] -= 1

    @asynccontextmanager
    async def stream(
        self,
        assistant: str,
        user: str,
        make_body: Callable[[Route], dict[str, Any]],
        side: Assignment | None = None,
        chosen: Route | None = None,
    ) -> AsyncIterator[tuple[Route, AsyncIterator[dict[str, Any]]]]:
        """An answer that has begun: where it comes from, and its chunks from the first one on.

        Replicas are tried, `chosen` first, until one has sent a first chunk; from then on its
        failure is the answer's. Leaving the block aborts what is still being generated.
        """
        tried = Tried()
        began = False
        while True:
            try:
                async with (
                    self.route(assistant, user, tried, side, chosen) as route,
                    aclosing(self._client.stream_chat(route.url, make_body(route))) as chunks,
                ):
                    first = await anext(chunks, None)
                    if first is None:
                        raise ModelUnavailable("The model said nothing; try again")
                    began = True
                    async with aclosing(_chained(first, chunks)) as whole:
                        yield route, whole
                    return
            except ModelUnavailable as error:
                if began:
                    raise
                chosen = None
                tried.raise_if_last(error)

    async def chat(
        self, assistant: str, user: str, make_body: Callable[[Route], dict[str, Any]]
    ) -> tuple[Route, dict[str, Any]]:
        """A whole answer and where it came from."""
        return await self.ask(
            assistant, user, lambda route: self._client.chat(route.url, make_body(route))
        )

    async def ask(
        self, assistant: str, user: str, call: Callable[[Route], Awaitable[T]]
    ) -> tuple[Route, T]:
        """What `call` gets of a place, and of which; the next place is tried when one fails."""
        tried = Tried()
        while True:
            try:
                async with self.route(assistant, user, tried) as route:
                    return route, await call(route)
            except ModelUnavailable as error:
                tried.raise_if_last(error)

    def versions_loaded(self) -> dict[str, list[str]]:
        """Replica -> the adapters it has loaded and verified."""
        return {u.id: sorted(u.versions) for u in self._upstreams()}

    def in_flight(self, replica: str) -> int | None:
        """Requests that this process has there; None for a replica that it sends nothing."""
        known = any(upstream.id == replica for upstream in self._upstreams())
        return self._in_flight[replica] if known else None

    # -- choosing --

    async def _find(
        self, assistant: str, user: str, tried: Tried, side: Assignment | None
    ) -> Route:
        pointer = await self._registry.pointer(assistant)
        side = side or assign(pointer, user)
        if not self._has(side.version(pointer)):
            # Perhaps just loaded: then a promotion acts on the next request, not on the next look.
            await self._refresh()
        return self._choose(pointer, user, tried, side)

    def _choose(self, pointer: Pointer, user: str, tried: Tried, side: Assignment) -> Route:
        versions = (side.version(pointer), pointer.champion, pointer.standby, BASE)
        wanted = dict.fromkeys(v for v in versions if v)
        now = time.monotonic()
        places = [
            (
                self._rank(upstream, now, position, user),
                Route(upstream.url, upstream.id, model, v, side, upstream.base_files),
            )
            for position, v in enumerate(wanted)
            for upstream in self._upstreams()
            if (model := upstream.model(v)) and tried.allows(upstream.id, v)
        ]
        if not places:
            raise ModelUnavailable("No model can answer now; try again")
        best = min(places, key=lambda place: place[0])[1]
        if best.version == versions[0]:
            return best
        return replace(best, assignment=replace(side, trial=""))

    def _rank(
        self, upstream: Upstream, now: float, position: int, user: str
    ) -> tuple[int, bool, int, bytes]:
        """Smaller is better: the right version, sound, idle, the one that knows this person. What
        failed somebody else is tried before people get another version.
        """
        return (
            position,
            self._avoid_until.get(upstream.id, 0.0) > now,
            self._in_flight[upstream.id],
            _affinity(user, upstream.id),
        )

    def _has(self, version: str) -> bool:
        return any(upstream.model(version) for upstream in self._upstreams())

    def _upstreams(self) -> list[Upstream]:
        return [*self._reported, *self._static.values()]

    # -- keeping the view fresh --

    async def _keep(self, look: Callable[[], Awaitable[None]], interval_s: float) -> None:
        while True:
            await asyncio.sleep(interval_s)
            try:
                await look()
            except Exception:
                # A router that no longer looks would go on asking the dead.
                log.exception("replicas not read", extra={"action": "refresh"})

    async def _refresh(self) -> None:
        try:
            reports = await self._replicas.all()
        except StoreUnavailable as error:
            # What was known stays; without Redis no pointer can be read, so nothing is routed.
            log.warning("replicas not read", extra={"action": "refresh", "error": error.message})
            return
        alive = self._replicas.living(reports)
        self._reported = [_upstream(r) for r in alive if r.ready]
        self._show(ready=len(self._reported), alive=len(alive), known=len(reports))

    async def _poll(self, url: str) -> None:
        try:
            models = await self._client.models(url)
        except ModelUnavailable as error:
            if self._static.pop(url, None):
                log.warning("upstream lost", extra={"action": "poll", "error": error.message})
            return
        if models:
            self._static[url] = Upstream(url, url, next(iter(models)), frozenset())

    def _show(self, ready: int, alive: int, known: int) -> None:
        REPLICAS.labels("ready").set(ready)
        REPLICAS.labels("not_ready").set(alive - ready)
        REPLICAS.labels("silent").set(known - alive)
        REPLICAS.labels("static").set(len(self._static))


def _upstream(replica: Replica) -> Upstream:
    loaded = frozenset(replica.versions)
    return Upstream(replica.id, replica.url, BASE, loaded, replica.base_files)


def _affinity(user: str, replica: str) -> bytes:
    """Rendezvous hash: a person stays with a replica, whose prefix cache knows the conversation,
    and moves only when that one goes.
    """
    return hashlib.blake2b(f"{user}\0{replica}".encode(), digest_size=8).digest()


async def _chained(
    first: dict[str, Any], rest: AsyncIterator[dict[str, Any]]
) -> AsyncGenerator[dict[str, Any], None]:
    yield first
    async for chunk in rest:
        yield chunk
