"""What stands between a reader and vLLM costs: processor time a chunk and a request, time to the
first token, streams a second, memory of open streams; ours beside LiteLLM's proxy, a bare
pass-through, and no gateway at all.

Ours keeps its records on a real server that syncs to disk; LiteLLM's keeps none. One process each.
Arms take turns in every round and the median of the rounds counts; the upstream is a stand-in that
speaks as vLLM does, and then a real one on the shipped model, of which only times are told.
`make bench-gateway` installs LiteLLM; without it the others are measured alone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from benchmarks.gateways import Heard, Load
from benchmarks.gateways.arms import ROOT, Arm, engine, every_arm, ours, upstream
from benchmarks.gateways.figures import Line, describe_swaps, draw, table
from benchmarks.gateways.swaps import Swaps, swap
from benchmarks.tables import describe_machine
from core.assistants import load_assistants

RESULTS: Final = Path(__file__).parent / "results"
LIMIT_S: Final = 300.0
MANY: Final = 1000
"""Streams that are open at once when memory is read."""
FIRST: Final = Load(streams=32, chunks=16, pause_ms=30)
"""All asked for in the same moment."""
SPREAD: Final = Load(streams=32, chunks=32, pause_ms=30, rounds=4, ramp_s=1.0)
"""As many are open, asked for one after the other."""
LONG: Final = Load(streams=16, chunks=256, pause_ms=20)
SHORT: Final = Load(streams=16, chunks=2, pause_ms=20, rounds=16)
FAST: Final = Load(streams=64, chunks=64, rounds=4)
OPEN: Final = Load(streams=MANY, chunks=120, pause_ms=200, ramp_s=12.0)
REAL: Final = Load(streams=8, chunks=32, rounds=4, exact=False)
"""Of a real vLLM: a pause is a temperature there, and 0 is none."""
REAL_SPREAD: Final = Load(streams=8, chunks=32, rounds=4, ramp_s=1.0, exact=False)
STAND_IN: Final = "stand-in"
VLLM: Final = "vLLM, seedling"
OURS: Final = "support"
"""The assistant that is asked."""


@dataclass(slots=True)
class Turns:
    """What an arm's rounds came to."""

    chunk_us: list[float] = field(default_factory=list)
    request_us: list[float] = field(default_factory=list)
    store_us: list[float] = field(default_factory=list)
    """Of the store's processor time, a request."""
    first_p50_ms: list[float] = field(default_factory=list)
    first_p99_ms: list[float] = field(default_factory=list)
    spread_p50_ms: list[float] = field(default_factory=list)
    spread_p99_ms: list[float] = field(default_factory=list)
    streams_per_s: list[float] = field(default_factory=list)
    open_mib: list[float] = field(default_factory=list)
    dropped: int = 0
    dropped_open: int = 0
    """Of the MANY."""


def start_load(arm: Arm, load: Load) -> subprocess.Popen[str]:
    if not arm.store:
        load = replace(
            load, system=load_assistants(ROOT / "assistants.toml").get(OURS).system_prompt
        )
    words = [sys.executable, "-m", "benchmarks.gateways.load", arm.url, arm.model]
    return subprocess.Popen(
        [*words, json.dumps(asdict(load))], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def read_load(child: subprocess.Popen[str]) -> Heard:
    """Raises RuntimeError when it heard nothing."""
    told, _ = child.communicate(timeout=LIMIT_S)
    if child.returncode != 0:
        raise RuntimeError(f"the load failed with {child.returncode}")
    return Heard(**json.loads(told.splitlines()[-1]))


@contextmanager
def spent(arm: Arm) -> Iterator[dict[str, float]]:
    """Processor seconds of the arm and of its store within the block."""
    before, store = arm.cpu_s(), arm.store_cpu_s()
    told: dict[str, float] = {}
    yield told
    told |= {"arm": arm.cpu_s() - before, "store": arm.store_cpu_s() - store}


def take_turn(arm: Arm, turns: Turns) -> None:
    time_first(arm, turns, FIRST, SPREAD)
    fast = read_load(start_load(arm, FAST))
    turns.streams_per_s.append(FAST.streams * FAST.rounds / fast.seconds)
    turns.dropped += fast.dropped
    if arm.pids:
        _split_costs(arm, turns)


def time_first(arm: Arm, turns: Turns, burst: Load, spread: Load) -> None:
    for load, p50_ms, p99_ms in (
        (burst, turns.first_p50_ms, turns.first_p99_ms),
        (spread, turns.spread_p50_ms, turns.spread_p99_ms),
    ):
        heard = read_load(start_load(arm, load))
        centiles = statistics.quantiles(heard.first_ms, n=100, method="inclusive")
        p50_ms.append(centiles[49])
        p99_ms.append(centiles[98])
        turns.dropped += heard.dropped


def _split_costs(arm: Arm, turns: Turns) -> None:
    """Two loads, few long answers and many short ones, tell the price of a chunk from that of a
    request: cpu = requests * a + chunks * c, twice.
    """
    with spent(arm) as long:
        turns.dropped += read_load(start_load(arm, LONG)).dropped
    with spent(arm) as short:
        turns.dropped += read_load(start_load(arm, SHORT)).dropped
    asked, brief = LONG.streams * LONG.rounds, SHORT.streams * SHORT.rounds
    chunks, few = asked * LONG.chunks, brief * SHORT.chunks
    chunk_s = (long["arm"] * brief - short["arm"] * asked) / (chunks * brief - few * asked)
    turns.chunk_us.append(1e6 * chunk_s)
    turns.request_us.append(1e6 * (short["arm"] - few * chunk_s) / brief)
    turns.store_us.append(1e6 * short["store"] / brief)


def hold_open(arm: Arm, turns: Turns) -> None:
    """Memory that MANY open streams take, in MiB; nothing where they do not all open."""
    before = arm.memory_mib()
    child = start_load(arm, OPEN)
    assert child.stdout is not None
    told = child.stdout.readline()
    if told.strip() == "open":
        turns.open_mib.append(arm.memory_mib() - before)
        told = child.stdout.readline()
    turns.dropped_open += Heard(**json.loads(told)).dropped
    child.wait(timeout=LIMIT_S)


def measure(rounds: int, folder: Path) -> Iterator[list[Line]]:
    """All lines of the stand-in so far, after each round."""
    with upstream(folder) as behind, every_arm(folder, behind) as arms:
        found = {arm.name: Turns() for arm in arms}
        for arm in arms:
            read_load(start_load(arm, Load(streams=8, chunks=8, rounds=4)))  # warm
        for number in range(rounds):
            for arm in arms:
                say(f"round {number + 1}, {arm.name}")
                take_turn(arm, found[arm.name])
            yield lines_of(STAND_IN, found)
        for arm in arms:
            if arm.pids:
                say(f"{MANY} open streams, {arm.name}")
                hold_open(arm, found[arm.name])
        yield lines_of(STAND_IN, found)


def measure_real(rounds: int, folder: Path) -> list[Line]:
    """A reader's time to the first token, of a real vLLM."""
    with engine(folder) as behind, every_arm(folder, behind) as arms:
        found = {arm.name: Turns() for arm in arms}
        for number in range(rounds + 1):
            for arm in arms:
                say(f"vLLM, round {number}, {arm.name}")
                # The first round warms.
                time_first(arm, found[arm.name] if number else Turns(), REAL, REAL_SPREAD)
        return lines_of(VLLM, found)


def measure_swaps(count: int, folder: Path) -> Swaps:
    async def hear(load: Load) -> Heard:
        return await asyncio.to_thread(lambda: read_load(start_load(arm, load)))

    with upstream(folder) as behind, ours(folder, behind) as arm:
        say(f"{count} swaps")
        return asyncio.run(swap(arm, arm.redis_url, behind, count, hear))


def say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


def lines_of(behind: str, found: Mapping[str, Turns]) -> list[Line]:
    direct = found["direct"]
    return [
        Line(
            arm=name,
            upstream=behind,
            rounds=len(turns.first_p50_ms),
            chunk_us=median(turns.chunk_us),
            request_us=median(turns.request_us),
            store_us=median(turns.store_us),
            first_p50_ms=statistics.median(turns.first_p50_ms),
            first_p99_ms=statistics.median(turns.first_p99_ms),
            added_p50_ms=_added(turns.first_p50_ms, direct.first_p50_ms),
            added_p99_ms=_added(turns.first_p99_ms, direct.first_p99_ms),
            spread_p50_ms=_added(turns.spread_p50_ms, direct.spread_p50_ms),
            spread_p99_ms=_added(turns.spread_p99_ms, direct.spread_p99_ms),
            streams_per_s=median(turns.streams_per_s),
            open_mib=median(turns.open_mib),
            dropped=turns.dropped,
            dropped_open=turns.dropped_open,
        )
        for name, turns in found.items()
    ]


def _added(mine: Sequence[float], direct: Sequence[float]) -> float:
    """Median over the rounds, each beside the direct one of its round."""
    return statistics.median(a - b for a, b in zip(mine, direct, strict=False))


def median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None


def parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks gateway", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each arm")
    parser.add_argument("--swaps", type=int, default=1000, help="champions, one after the other")
    parser.add_argument("--output", type=Path, help=f"folder; {RESULTS} unless --quick")
    return parser.parse_args(words)


def main(words: Sequence[str] = ()) -> None:
    options = parse(words)
    folder = options.output or (Path(tempfile.mkdtemp()) if options.quick else RESULTS)
    folder.mkdir(parents=True, exist_ok=True)
    machine = describe_machine(os.cpu_count() or 1)
    rounds, count = (1, 20) if options.quick else (options.rounds, options.swaps)
    lines: list[Line] = []
    with tempfile.TemporaryDirectory() as place:
        for lines in measure(rounds, subfolder(place, "stand-in")):
            write(folder, machine, lines)
        swaps = measure_swaps(count, subfolder(place, "swaps"))
        write(folder, machine, lines, swaps)
        lines += measure_real(rounds, subfolder(place, "vllm"))
        write(folder, machine, lines, swaps)
    draw([line for line in lines if line.upstream == STAND_IN], machine, folder / "gateway.png")
    sys.stdout.write((folder / "gateway.md").read_text() + f"written to {folder}\n")


def subfolder(place: str, name: str) -> Path:
    (folder := Path(place) / name).mkdir()
    return folder


def write(
    folder: Path, machine: Mapping[str, Any], lines: Sequence[Line], swaps: Swaps | None = None
) -> None:
    document = {
        "machine": machine,
        "lines": [asdict(line) for line in lines],
        "swaps": asdict(swaps) if swaps else None,
    }
    (folder / "gateway.json").write_text(json.dumps(document, indent=2) + "\n")
    told = f"{table(lines)}\n" + (f"\n{describe_swaps(swaps)}.\n" if swaps else "")
    (folder / "gateway.md").write_text(told)


if __name__ == "__main__":
    main(sys.argv[1:])
