"""How much a second our methods and TRL's learn from, and in how much memory.

A Qwen2 of about 100 M random parameters with a LoRA adapter, one pass. TRL is 1.16,
for ppo 1.12, which `make bench-ppo` installs; without it ours is measured alone. The same token ids
in the same steps for everybody; the steps are those that our trainer plans, rows of like length
together, which spares TRL padding too. Every arm starts in a process of its own, arms take turns,
and the median of the turns counts.

Rates are told with the reference (ppo: the sampling) counted, and without where it can be left
out, as in a second pass over the same rows, or where a fleet samples.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.arms import APART, OURS, TRL, Measured, Task
from benchmarks.tables import Line, describe_machine, draw, summarise, table
from benchmarks.workload import (
    MODEL,
    SHAPES,
    TINY,
    Shape,
    Size,
    draw_pairs,
    make_model,
)

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
PPO_PEER = ROOT / "var" / "bench-ppo"
LIMIT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Plan:
    """`until`: no turn begins after this time (of time.time)."""

    methods: list[str]
    shapes: list[Shape]
    model: Size
    repeats: int
    steps: int
    warmup: int
    threads: int
    until: float

    def parts(self) -> list[tuple[Shape, str]]:
        """All methods on the first shape, the first method on the others, then the rest."""
        shape, *others = self.shapes
        rest = [(other, method) for other in others for method in self.methods]
        rest.sort(key=lambda part: part[1] != self.methods[0])
        return [*((shape, method) for method in self.methods), *rest]


def run(plan: Plan) -> Iterator[list[Line]]:
    """All lines so far, after each turn of each part. All parts have their first turn before any
    has its second.
    """
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        make_model(folder / "model", plan.model)
        turns: dict[tuple[Shape, str], list[dict[str, Measured]]] = {}
        for _, (shape, method) in itertools.product(range(plan.repeats), plan.parts()):
            if time.time() < plan.until:
                task = make_task(plan, shape, str(folder / "model"))
                turns.setdefault((shape, method), []).append(take_turn(method, task, folder))
                yield [line for part, taken in turns.items() for line in lines_of(part, taken)]


def make_task(plan: Plan, shape: Shape, model: str) -> Task:
    count = (plan.steps + plan.warmup) * shape.rows
    pairs = draw_pairs(shape, count, plan.model.vocabulary)
    return Task(model, pairs, shape.rows, plan.warmup, plan.threads, shape.chosen)


def lines_of(part: tuple[Shape, str], turns: Sequence[dict[str, Measured]]) -> Iterator[Line]:
    shape, method = part
    for arm in turns[0]:
        yield from summarise(method, shape.name, arm, [turn[arm] for turn in turns])


def arms_of(method: str) -> list[str]:
    """TRL's ppo only where it is installed."""
    return [*OURS, *(() if method == "ppo" and not PPO_PEER.is_dir() else TRL)]


def take_turn(method: str, task: Task, folder: Path) -> dict[str, Measured]:
    """Every arm once. Raises RuntimeError where one fails, or begins with another loss."""
    turn = {arm: measure(method, arm, task, folder) for arm in arms_of(method)}
    losses = {arm: measured.first_loss for arm, measured in turn.items()}
    told = [loss for loss in losses.values() if loss is not None]
    if told and not all(math.isclose(loss, told[0], rel_tol=0.02, abs_tol=0.02) for loss in told):
        raise RuntimeError(f"{method}: the arms do not begin with the same loss: {losses}")
    return turn


def measure(method: str, arm: str, task: Task, folder: Path) -> Measured:
    """Raises RuntimeError when the arm fails."""
    asked, answer = folder / "task.json", folder / "result.json"
    asked.write_text(json.dumps(asdict(task)))
    with tempfile.TemporaryDirectory() as cache:
        # An own cache: TRL would find a reference's results of the turn before.
        env = {**os.environ, "HF_HOME": cache, "HF_HUB_OFFLINE": "1"}
        env |= {"OMP_NUM_THREADS": str(task.threads), "TOKENIZERS_PARALLELISM": "false"}
        if method == "ppo" and arm in TRL:
            found = env.get("PYTHONPATH", "")
            env |= {"PYTHONPATH": f"{PPO_PEER}:{found}", "TRL_EXPERIMENTAL_SILENCE": "1"}
        words = [method, arm, str(asked), str(answer), str(time.time())]
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.arms", *words],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )
    if done.returncode != 0:
        raise RuntimeError(f"{method}, {arm} failed:\n{done.stderr[-3000:]}")
    measured = Measured(**json.loads(answer.read_text()))
    took = f"{measured.step_s + measured.apart_s:.2f} s for {measured.rows} rows"
    sys.stderr.write(f"{method}, {arm}: {took}, started in {measured.start_s:.0f} s\n")
    return measured


def parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks trainer", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tiny model; figures mean nothing")
    parser.add_argument("--methods", default=",".join(APART), help="which, and in which order")
    parser.add_argument("--repeats", type=int, default=3, help="turns of each arm")
    parser.add_argument("--steps", type=int, default=3, help="timed steps of a turn")
    parser.add_argument("--warmup", type=int, default=1, help="untimed steps before them")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="CPU threads")
    parser.add_argument("--shapes", default="1,2,3", help="which of the three, in which order")
    parser.add_argument("--minutes", type=float, default=math.inf, help="then no turn begins")
    parser.add_argument("--output", type=Path, help=f"folder; {RESULTS} unless --quick")
    options = parser.parse_args(words)
    if min(options.repeats, options.steps, options.warmup) < 1:
        parser.error("repeats, steps and warmup are at least 1")
    if not set(options.shapes.split(",")) <= {"1", "2", "3"}:
        parser.error(f"no shapes {options.shapes}; there are 1, 2 and 3")
    unknown = sorted(set(options.methods.split(",")) - set(APART))
    if unknown:
        parser.error(f"no method {unknown}; there is {list(APART)}")
    return options


def plan_of(options: argparse.Namespace) -> Plan:
    shapes = [SHAPES[int(number) - 1] for number in options.shapes.split(",")]
    if options.quick:
        shapes = [
            Shape(s.name, s.prompt // 8, s.chosen // 8, s.rejected // 8, s.rows) for s in shapes[:1]
        ]
    return Plan(
        methods=options.methods.split(","),
        shapes=shapes,
        model=TINY if options.quick else MODEL,
        repeats=1 if options.quick else options.repeats,
        steps=2 if options.quick else options.steps,
        warmup=1 if options.quick else options.warmup,
        threads=options.threads,
        until=time.time() + 60 * options.minutes,
    )


def main(words: Sequence[str] = ()) -> None:
    options = parse(words)
    plan = plan_of(options)
    machine = describe_machine(options.threads)
    folder = options.output or (Path(tempfile.mkdtemp()) if options.quick else RESULTS)
    folder.mkdir(parents=True, exist_ok=True)
    if "ppo" in plan.methods and not PPO_PEER.is_dir():
        sys.stderr.write("TRL's ppo is left out; `make bench-ppo` installs it\n")
    lines: list[Line] = []
    for lines in run(plan):
        # After every turn: what was measured stays, however the run ends.
        write(folder, plan, machine, lines)
    threads = f"{options.threads} threads on {machine['cores']} cores"
    sys.stdout.write(f"{machine['processor']}, {threads}\n{table(lines)}\nwritten to {folder}\n")


def write(folder: Path, plan: Plan, machine: dict[str, Any], lines: Sequence[Line]) -> None:
    document = {
        "machine": machine,
        "model": asdict(plan.model),
        "shapes": [asdict(shape) for shape in plan.shapes],
        "steps": plan.steps,
        "lines": [asdict(line) for line in lines],
    }
    (folder / "trainer.json").write_text(json.dumps(document, indent=2) + "\n")
    (folder / "trainer.md").write_text(f"{table(lines)}\n")
    draw(lines, machine, folder / "trainer.png")


if __name__ == "__main__":
    main(sys.argv[1:])
