"""A thousand champions, one after the other, while people read streams.

Two versions that the upstream is said to have take turns; the pointer is moved through the API, as
an operator does. After each move one more request asks who answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from benchmarks.gateways import Heard, Load
from benchmarks.gateways.arms import Arm
from core.records import Replica, Version
from core.registry import Registry
from core.replicas import Replicas
from core.store import Store, connect

VERSIONS: Final = ("support-p000001-aaaaaaaa", "support-p000002-bbbbbbbb")
EVERY_S: Final = 0.05
"""Between two swaps."""
READERS: Final = Load(streams=32, chunks=64, pause_ms=20)
WARM_ROUNDS: Final = 2
ALONE_ROUNDS: Final = 12
BRIEF: Final[dict[str, Any]] = {
    "model": "support",
    "stream": True,
    "max_tokens": 1,
    "messages": [{"role": "user", "content": "Hello"}],
}


@dataclass(frozen=True, slots=True)
class Swaps:
    count: int
    seconds: float
    streams: int
    heard: int
    """Answers read while swaps went on."""
    dropped: int
    before_p50_ms: float
    before_p99_ms: float
    during_p50_ms: float
    during_p99_ms: float
    swap_p50_ms: float
    swap_p99_ms: float
    """From asking for a swap to its acknowledgement, on disk."""
    stale: int


async def swap(
    arm: Arm, redis_url: str, upstream: str, count: int, hear: Callable[[Load], Awaitable[Heard]]
) -> Swaps:
    """`hear` runs a load against the arm."""
    store = connect(redis_url)
    try:
        async with reported(store, upstream), aiohttp.ClientSession(arm.url) as session:
            await _move(session, VERSIONS[0])
            await hear(_rounds(WARM_ROUNDS))
            before = await hear(_rounds(ALONE_ROUNDS))
            lasts = count * EVERY_S / (READERS.chunks * READERS.pause_ms / 1e3)
            began = time.perf_counter()
            reading = asyncio.create_task(_hear(hear, _rounds(max(1, round(lasts)))))
            took, stale = await _swap_often(session, count)
            seconds = time.perf_counter() - began
            during = await reading
    finally:
        await store.close()
    old, new, move = (_centiles(ms) for ms in (before.first_ms, during.first_ms, took))
    return Swaps(
        count=count,
        seconds=seconds,
        streams=READERS.streams,
        heard=len(during.first_ms),
        dropped=before.dropped + during.dropped,
        before_p50_ms=old[49],
        before_p99_ms=old[98],
        during_p50_ms=new[49],
        during_p99_ms=new[98],
        swap_p50_ms=move[49],
        swap_p99_ms=move[98],
        stale=stale,
    )


async def _hear(hear: Callable[[Load], Awaitable[Heard]], load: Load) -> Heard:
    return await hear(load)


def _rounds(rounds: int) -> Load:
    return Load(READERS.streams, READERS.chunks, READERS.pause_ms, rounds)


async def _swap_often(session: aiohttp.ClientSession, count: int) -> tuple[list[float], int]:
    took_ms: list[float] = []
    stale = 0
    for number in range(1, count + 1):
        version = VERSIONS[number % 2]
        began = time.perf_counter()
        await _move(session, version)
        took_ms.append((time.perf_counter() - began) * 1e3)
        async with session.post("/v1/chat/completions", json=BRIEF) as reply:
            stale += reply.headers["x-thumbwheel-version"] != version
            await reply.read()
        await asyncio.sleep(max(0.0, EVERY_S - (time.perf_counter() - began)))
    return took_ms, stale


async def _move(session: aiohttp.ClientSession, version: str) -> None:
    body = {"version": version, "reason": "benchmark"}
    async with session.post("/v1/assistants/support/promote", json=body) as reply:
        if reply.status != 200:
            raise RuntimeError(await reply.text())


def _centiles(values: list[float]) -> list[float]:
    return statistics.quantiles(values, n=100, method="inclusive")


@contextlib.asynccontextmanager
async def reported(store: Store, upstream: str) -> AsyncIterator[None]:
    """The upstream as a replica with both versions, as its agent would report it."""
    registry, replicas = Registry(store), Replicas(store, ttl_s=5.0)
    for sequence, name in enumerate(VERSIONS, 1):
        digest = name.rpartition("-")[2]
        await registry.add_version(
            Version(name, "support", sequence, digest, "base", "", "", "", time.time())
        )

    async def report() -> None:
        while True:
            replica = Replica("bench", upstream, "base", True, list(VERSIONS), time.time())
            await replicas.report(replica)
            await asyncio.sleep(1.0)

    reporting = asyncio.create_task(report())
    try:
        yield
    finally:
        reporting.cancel()
