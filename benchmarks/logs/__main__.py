"""`python -m benchmarks.logs WORK REDIS_URL ARTIFACTS`: one measurement, as JSON on stdout."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from benchmarks.logs import ASSISTANT, Measured
from core.fold import FoldBack
from core.settings import Settings
from core.store import connect
from worker.archiving import archive_slice
from worker.context import Context, make_context
from worker.newest import read_newest
from worker.snapshot import take_snapshot

ROOT: Final = Path(__file__).parent.parent.parent


async def fold_log(context: Context) -> int:
    """All of the log; how many opinions hold."""
    folding, holding = FoldBack(), 0
    async for _, log in context.feedback.back(ASSISTANT):
        holding += sum(map(folding.holds, log))
    return holding


async def read_end(context: Context) -> int:
    """What a snapshot reads of the log; how many opinions those are."""
    return len((await read_newest(context, ASSISTANT)).opinions)


async def archive_log(context: Context) -> int:
    """As many ticks as it takes; how many entries were moved."""
    moved = 0
    while some := await archive_slice(context, ASSISTANT):
        moved += some
    return moved


async def snapshot(context: Context) -> int:
    """How many pairs it holds."""
    with tempfile.TemporaryDirectory() as folder:
        taken = await take_snapshot(context, ASSISTANT, Path(folder) / "snapshot")
    counts = taken.manifest["counts"]
    return int(counts["train"]["rows"]) + int(counts["heldout"]["rows"])


WORK: Final[dict[str, Callable[[Context], Awaitable[int]]]] = {
    "fold": fold_log,
    "newest": read_end,
    "archive": archive_log,
    "snapshot": snapshot,
}


async def measure(work: str, redis_url: str, artifacts: str) -> Measured:
    settings = Settings(
        _env_file=None,
        redis_url=redis_url,
        artifacts_url=artifacts,
        assistants_file=ROOT / "assistants.toml",
        archive_from=6_000,  # the smallest log is archived too
    )
    store = connect(redis_url, timeout_s=60.0)
    context = make_context(settings, store)
    start, began, spent = peak_mib(), time.perf_counter(), time.process_time()
    number = await WORK[work](context)
    took_s, cpu_s = time.perf_counter() - began, time.process_time() - spent
    measured = Measured(took_s, cpu_s, start, peak_mib(), number)
    await store.close()
    return measured


def peak_mib() -> float:
    """The most this process ever held. Linux hands `ru_maxrss` down from who started it."""
    status = Path("/proc/self/status")
    if status.is_file():
        (line,) = (row for row in status.read_text().splitlines() if row.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def main(words: Sequence[str]) -> None:
    work, redis_url, artifacts = words
    sys.stdout.write(json.dumps(asdict(asyncio.run(measure(work, redis_url, artifacts)))))


main(sys.argv[1:])
