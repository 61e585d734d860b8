"""What one replica carries: streams at once through one API process until it adds more than
ADDED_MS to the first token's 99th centile, and of one vLLM on CPU, serving the shipped model,
until its own 95th passes FIRST_MS.

Streams double until one of the limits is passed, then the place between is looked for. Before the
API stands a stand-in for vLLM that says a chunk every PAUSE_MS; the same load straight to it, just
before, is what is taken off. Run it on a machine that does nothing else: load, stand-in and
gateway share it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.gateway import read_load, say, spent, start_load, subfolder
from benchmarks.gateways import Heard, Load
from benchmarks.gateways.arms import Arm, engine, ours, upstream
from benchmarks.tables import describe_machine

ADDED_MS: Final = 50.0
FIRST_MS: Final = 1000.0
SLOWED: Final = 1.1
"""Longer than straight to the stand-in, as a ratio: answers that lag behind what vLLM says."""
PAUSE_MS: Final = 50.0
CHATS: Final = Load(streams=1, chunks=100, pause_ms=PAUSE_MS, rounds=2, ramp_s=5.0)
"""Through the API: answers of 5 s, that begin evenly."""
ANSWERS: Final = Load(streams=1, chunks=64, rounds=4, ramp_s=1.0, exact=False)
"""Of a real vLLM: a pause is a temperature there, and 0 is none."""
HALVINGS: Final = 2
QUICK: Final = 8
"""Most streams of a quick run."""


@dataclass(frozen=True, slots=True)
class Step:
    """`first_ms`: the centile that has a limit. `cores` of the API's process, and how much `slowed`
    its answers are; NaN of vLLM's.
    """

    streams: int
    first_ms: float
    cores: float
    slowed: float
    dropped: int
    holds: bool


def climb(measure: Callable[[int], Step], first: int, most: int) -> list[Step]:
    """Steps in the order of their streams: doubled from `first` while they hold, to `most` at the
    furthest; then HALVINGS between the last that held and the first that did not.
    """
    steps = [measure(first)]
    while steps[-1].holds and steps[-1].streams * 2 <= most:
        steps.append(measure(steps[-1].streams * 2))
    for _ in range(HALVINGS):
        held, failed = best(steps), min((s.streams for s in steps if not s.holds), default=0)
        if held is None or failed - held.streams < 2:
            break
        steps.append(measure((held.streams + failed) // 2))
    return sorted(steps, key=lambda step: step.streams)


def best(steps: Sequence[Step]) -> Step | None:
    return max((s for s in steps if s.holds), key=lambda step: step.streams, default=None)


def centile(values: Sequence[float], number: int) -> float:
    """Infinite where there are too few to tell."""
    if len(values) < 2:
        return math.inf
    return statistics.quantiles(values, n=100, method="inclusive")[number - 1]


def measure_api(arm: Arm, direct: Arm, load: Load) -> Step:
    straight, _ = hear(direct, load)
    heard, cpu_s = hear(arm, load)
    added_ms = centile(heard.first_ms, 99) - centile(straight.first_ms, 99)
    slowed = heard.seconds / straight.seconds
    holds = added_ms <= ADDED_MS and slowed <= SLOWED and not heard.dropped
    cores = cpu_s / heard.seconds
    return Step(load.streams, added_ms, cores, slowed, heard.dropped, holds)


def measure_engine(arm: Arm, load: Load) -> Step:
    heard, _ = hear(arm, load)
    first_ms = centile(heard.first_ms, 95)
    holds = first_ms < FIRST_MS and not heard.dropped
    return Step(load.streams, first_ms, math.nan, math.nan, heard.dropped, holds)


def hear(arm: Arm, load: Load) -> tuple[Heard, float]:
    """What the load heard, and the arm's processor seconds meanwhile."""
    say(f"{arm.name}, {load.streams} streams")
    with spent(arm) as told:
        heard = read_load(start_load(arm, load))
    return heard, told["arm"]


@contextmanager
def api(folder: Path) -> Iterator[Callable[[int], Step]]:
    with upstream(folder) as behind, ours(folder, behind) as arm:
        direct = Arm("direct", behind, "base")
        hear(arm, replace(CHATS, streams=4, chunks=8, ramp_s=0.0))  # warm
        yield lambda streams: measure_api(arm, direct, replace(CHATS, streams=streams))


@contextmanager
def vllm(folder: Path) -> Iterator[Callable[[int], Step]]:
    with engine(folder) as url:
        arm = Arm("vLLM", url, "base")
        hear(arm, replace(ANSWERS, streams=2, ramp_s=0.0))  # warm
        yield lambda streams: measure_engine(arm, replace(ANSWERS, streams=streams))


def table(name: str, steps: Sequence[Step]) -> str:
    head = (
        f"| {name}, streams at once | first token, ms | cores | slower | dropped | holds |\n"
        "|---|---|---|---|---|---|\n"
    )
    return head + "".join(
        f"| {s.streams} | {s.first_ms:.0f} | {figure(s.cores)} | {figure(s.slowed)} | "
        f"{s.dropped} | {'yes' if s.holds else 'no'} |\n"
        for s in steps
    )


def figure(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"


def sentence(through: Sequence[Step], engines: Sequence[Step]) -> str:
    """For docs/operate.md."""
    process, replica = best(through), best(engines)
    return (
        f"One API process carries {told(process, through)} at once, {1000 / PAUSE_MS:.0f} chunks a "
        f"second each, before it adds {ADDED_MS:.0f} ms to the first token's 99th centile"
        + (f" ({process.cores:.1f} cores)" if process else "")
        + f"; one vLLM on CPU with the shipped model {told(replica, engines)} before the first "
        f"token's 95th centile reaches {FIRST_MS / 1000:.0f} s."
    )


def told(found: Step | None, steps: Sequence[Step]) -> str:
    """`at least`, where no step passed a limit."""
    if found is None:
        return f"fewer than {steps[0].streams} streams"
    return f"{'at least ' if steps[-1].holds else ''}{found.streams} streams"


def main(words: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks sizing", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"to {QUICK} streams: does it run")
    parser.add_argument("--most", type=int, default=6400, help="streams to end at")
    options, _ = parser.parse_known_args(words)  # others' too, when run with them
    most = QUICK if options.quick else options.most
    with tempfile.TemporaryDirectory() as place:
        with api(subfolder(place, "api")) as measure:
            through = climb(measure, QUICK if options.quick else 50, most)
        with vllm(subfolder(place, "vllm")) as measure:
            engines = climb(measure, 4, most)
    machine = describe_machine(os.cpu_count() or 1)
    sys.stdout.write(f"{table('API', through)}\n{table('vLLM', engines)}\n")
    sys.stdout.write(f"{json.dumps(machine)}\n\n{sentence(through, engines)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
