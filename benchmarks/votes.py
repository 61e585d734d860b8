"""How many durable votes one process can acknowledge: each is on disk before it counts. Straight
into the log, by the call that the API makes, and over HTTP through one API process.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchmarks.gateways.arms import ROOT, ours, upstream
from benchmarks.gateways.votes import Voted
from benchmarks.options import RESULTS, parser_of
from benchmarks.tables import describe_machine
from core.feedback import FeedbackLog
from core.local import RedisServer
from core.store import connect, wait_for_store

ROUNDS: Final = 3
VOTES: Final = 1600
VOTERS: Final = (1, 8, 32)
"""At once."""


@dataclass(frozen=True, slots=True)
class Line:
    """Medians over the rounds."""

    way: str
    voters: int
    per_s: float
    p50_ms: float
    p99_ms: float
    lost: int


def into_the_log(folder: Path, voters: int) -> Voted:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with RedisServer(folder, port) as server:
        return asyncio.run(_append(server.url, voters))


async def _append(url: str, voters: int) -> Voted:
    store = connect(url)
    await wait_for_store(store, 10.0)
    log = FeedbackLog(store)
    took: list[float] = []

    async def vote(voter: str) -> None:
        for turn in range(VOTES // voters):
            began = time.perf_counter()
            body = {"value": "up"}
            await log.append("thumb", "support", voter, f"r{turn}", body, f"k{turn}", ["base"])
            took.append((time.perf_counter() - began) * 1e3)

    began = time.perf_counter()
    await asyncio.gather(*(vote(f"u{number}") for number in range(voters)))
    seconds = time.perf_counter() - began
    kept = [said.id async for said in log.read("support")]
    await store.close()
    return Voted(seconds, len(took) - len(kept), took)


def over_http(folder: Path, voters: int) -> Voted:
    with upstream(folder) as behind, ours(folder, behind) as arm:
        where = [arm.url, arm.redis_url, str(voters), str(VOTES // voters)]
        words = [sys.executable, "-m", "benchmarks.gateways.votes", *where]
        told = subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return Voted(**json.loads(told.stdout))


WAYS: Final[dict[str, Callable[[Path, int], Voted]]] = {
    "into the log": into_the_log,
    "over HTTP": over_http,
}


def measure(way: str, voters: int, rounds: int) -> Line:
    found = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as place:
            found.append(WAYS[way](Path(place), voters))
    centiles = [statistics.quantiles(one.took_ms, n=100) for one in found]
    return Line(
        way=way,
        voters=voters,
        per_s=statistics.median(len(one.took_ms) / one.seconds for one in found),
        p50_ms=statistics.median(c[49] for c in centiles),
        p99_ms=statistics.median(c[98] for c in centiles),
        lost=sum(one.lost for one in found),
    )


def table(lines: Sequence[Line]) -> str:
    """Markdown."""
    rows = ["| votes | at once | a second | p50, p99 | lost |", "|---|---|---|---|---|"]
    for line in lines:
        times = f"{line.p50_ms:.1f}, {line.p99_ms:.1f} ms"
        rows.append(f"| {line.way} | {line.voters} | {line.per_s:.0f} | {times} | {line.lost} |")
    return "\n".join(rows) + "\n"


def main(words: Sequence[str] = ()) -> None:
    parser = parser_of("votes", __doc__, "one round")
    options, _ = parser.parse_known_args(words)
    rounds = 1 if options.quick else ROUNDS
    lines = [measure(way, voters, rounds) for way in WAYS for voters in VOTERS]
    sys.stdout.write(table(lines))
    if options.quick and not options.output:
        return
    folder = options.output or RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    machine = describe_machine(os.cpu_count() or 1)
    document = {"machine": machine, "lines": [asdict(line) for line in lines]}
    (folder / "votes.json").write_text(json.dumps(document, indent=2) + "\n")
    (folder / "votes.md").write_text(table(lines))
