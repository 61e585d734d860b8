"""How many durable votes a process can acknowledge: each is on disk before it counts."""

from __future__ import annotations

import asyncio
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

from core.feedback import FeedbackLog
from core.local import RedisServer
from core.store import connect, wait_for_store

VOTES = 1600


async def _measure(url: str, voters: int) -> list[float]:
    """Seconds from giving a vote to its acknowledgement, for each of VOTES votes."""
    store = connect(url)
    await wait_for_store(store, 10.0)
    log = FeedbackLog(store)
    took: list[float] = []

    async def voter(number: int) -> None:
        for turn in range(VOTES // voters):
            started = time.perf_counter()
            await log.append(
                "thumb", "support", f"u{number}", f"r{turn}", {"value": "up"}, f"k{turn}", ["base"]
            )
            took.append(time.perf_counter() - started)

    await asyncio.gather(*(voter(n) for n in range(voters)))
    await store.redis.flushall()
    await store.close()
    return took


def main() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as directory, RedisServer(Path(directory), port) as server:
        for voters in (1, 8, 32):
            started = time.perf_counter()
            took = asyncio.run(_measure(server.url, voters))
            seconds = time.perf_counter() - started
            centiles = statistics.quantiles(took, n=100)
            sys.stdout.write(
                f"durable votes, {voters:2d} at once: {len(took) / seconds:6.0f}/s, "
                f"p50 {centiles[49] * 1e3:.1f} ms, p99 {centiles[98] * 1e3:.1f} ms\n"
            )
