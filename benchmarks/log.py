"""What a log of many votes costs: bytes, folding all of it, reading what a snapshot does, archiving
it, and a restart of the server that holds it.

Votes go through the Lua call that the API makes, 500 waiting for the disk together. Each reader and
the archiver run in a process of their own, whose peak memory is told; restarts are of the server
alone, until it answers. Where only reading the archive is measured, its own writer wrote the votes:
they never were in Redis. Ten million is on paper.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from socket import socket
from typing import Final

from benchmarks.logs import ASSISTANT, History, Line, Measured, Read, Restarts
from benchmarks.logs.crowd import Drawn, cast, converse, draw_votes, used_bytes
from benchmarks.logs.figures import Figures, write
from benchmarks.tables import describe_machine
from core import keys
from core.local import RedisServer
from core.store import Store, connect, wait_for_store
from worker.archiving import SLICE

RESULTS = Path(__file__).parent / "results"
SIZES: Final = (10_000, 100_000, 1_000_000)
HISTORIES: Final = (2_000, 10_000)
"""Votes with whole conversations behind them."""
SLOTS: Final = 5_000
"""Opinions that hold in a log of replaced ones."""
LIMIT_S: Final = 600.0


class Bench:
    """A server with its artifact store, below one folder."""

    def __init__(self, folder: Path) -> None:
        self.artifacts = folder / "artifacts"
        with socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.server = RedisServer(folder / "redis", probe.getsockname()[1])
        self.store: Store = connect(self.server.url, timeout_s=60.0)

    async def __aenter__(self) -> Bench:
        self.server.start()
        await wait_for_store(self.store, LIMIT_S)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.store.close()
        self.server.stop()

    def work(self, what: str) -> Measured:
        """In a process of its own. Raises RuntimeError when it fails."""
        words = [sys.executable, "-m", "benchmarks.logs", what]
        done = subprocess.run(
            [*words, self.server.url, str(self.artifacts)],
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{what} failed:\n{done.stderr[-3000:]}")
        measured = Measured(**json.loads(done.stdout))
        took = f"{measured.seconds:.1f} s, {measured.cpu_s:.1f} of it CPU"
        say(f"  {what}: {took}, {measured.peak_mib:.0f} MiB")
        return measured

    async def size(self, *names: str) -> int:
        """Bytes of the keys."""
        pipe = self.store.redis.pipeline(transaction=False)
        for name in names:
            pipe.memory_usage(name, samples=0)
        return sum(found or 0 for found in await pipe.execute())

    async def restart(self) -> float:
        """Seconds until it has loaded everything, to a tenth or two."""
        await self.store.close()
        self.server.stop()
        began = time.perf_counter()
        self.server.start()
        self.store = connect(self.server.url, timeout_s=60.0)
        await wait_for_store(self.store, LIMIT_S)
        return time.perf_counter() - began

    async def restarts(self) -> Restarts:
        grown_s = await self.restart()
        await self.store.redis.execute_command("BGREWRITEAOF")
        while True:
            info = await self.store.redis.info("persistence")
            if not info["aof_rewrite_in_progress"] and not info["aof_rewrite_scheduled"]:
                break
            await asyncio.sleep(0.05)
        restarts = Restarts(grown_s, await self.restart())
        say(f"  restart: {restarts.grown_s:.1f} s, rewritten {restarts.rewritten_s:.1f} s")
        return restarts


async def measure_log(votes: int) -> Line:
    with tempfile.TemporaryDirectory() as folder:
        async with Bench(Path(folder)) as bench:
            return await _measure_log(bench, votes)


async def _measure_log(bench: Bench, votes: int) -> Line:
    began = time.perf_counter()
    await cast(bench.store, draw_votes(votes, votes))
    fill_s = time.perf_counter() - began
    say(f"{votes} votes: stored in {fill_s:.1f} s")
    log = keys.feedback(ASSISTANT)
    stream_bytes = await bench.size(log)
    slot_bytes = await bench.size(*[k async for k in bench.store.redis.scan_iter("*opinions*")])
    fold_stream = bench.work("fold")
    restart = await bench.restarts()
    archive = bench.work("archive")
    return Line(
        votes=votes,
        fill_s=fill_s,
        stream_bytes=stream_bytes,
        tail_bytes=await bench.size(log, keys.archive(ASSISTANT)),
        slot_bytes=slot_bytes,
        parquet_bytes=sum(p.stat().st_size for p in bench.artifacts.rglob("*.parquet")),
        fold_stream=fold_stream,
        archive=archive,
        restart=restart,
        restart_archived=await bench.restarts(),
    )


async def measure_reading(votes: int, slots: int) -> Read:
    with tempfile.TemporaryDirectory() as folder:
        async with Bench(Path(folder)) as bench:
            drawn = Drawn(bench.store, str(bench.artifacts), draw_votes(votes, slots))
            while await drawn.move(ASSISTANT, SLICE):
                pass
            say(f"{votes} archived votes, of which {slots} hold")
            return Read(votes, bench.work("fold"), bench.work("newest"))


async def measure_history(votes: int) -> History:
    with tempfile.TemporaryDirectory() as folder:
        async with Bench(Path(folder)) as bench:
            return await _measure_history(bench, votes)


async def _measure_history(bench: Bench, votes: int) -> History:
    drawn = list(draw_votes(votes, votes))
    sizes = await converse(bench.store, drawn)
    before = await used_bytes(bench.store)
    await cast(bench.store, drawn, keyed=True)
    voted = await used_bytes(bench.store) - before
    sizes["log entry"] = await bench.size(keys.feedback(ASSISTANT)) / votes
    slots = [k async for k in bench.store.redis.scan_iter("*opinions*")]
    sizes["opinion slot"] = await bench.size(*slots) / votes
    sizes["idempotency key"] = voted / votes - sizes["log entry"] - sizes["opinion slot"]
    say(f"history of {votes}: { ({name: round(size) for name, size in sizes.items()}) }")
    bench.work("archive")
    return History(votes, sizes, bench.work("snapshot"))


def say(what: str) -> None:
    sys.stderr.write(f"{what}\n")


def parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks log", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the smallest log alone")
    parser.add_argument("--minutes", type=float, default=60.0, help="then no log is begun")
    parser.add_argument("--output", type=Path, help=f"folder; {RESULTS} unless --quick")
    # Run with others, it is given their options too.
    return parser.parse_known_args(words)[0]


def main(words: Sequence[str] = ()) -> None:
    options = parse(words)
    sizes = SIZES[:1] if options.quick else SIZES
    folder = options.output or (Path(tempfile.mkdtemp()) if options.quick else RESULTS)
    until = time.time() + 60 * options.minutes
    machine = describe_machine(os.cpu_count() or 1)
    figures = Figures([], [], [], [])
    for votes in sizes:
        if time.time() > until:
            break
        figures.held.append(asyncio.run(measure_reading(votes, votes)))
        figures.replaced.append(asyncio.run(measure_reading(votes, SLOTS)))
        figures.lines.append(asyncio.run(measure_log(votes)))
        # After every size: what was measured stays, however the run ends.
        write(folder, machine, figures)
        if not figures.histories:
            figures.histories.extend([asyncio.run(measure_history(n)) for n in HISTORIES])
            write(folder, machine, figures)
    sys.stdout.write((folder / "log.md").read_text())
    sys.stdout.write(f"written to {folder}\n")
