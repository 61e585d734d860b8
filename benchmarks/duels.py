"""What choosing pairs by preference costs and finds: regret per duel as votes come in, against
drawing every pair alike.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from core.assistants import Canary
from worker.explore.dueling import Floats, Ints, chances

RESULTS = Path(__file__).parent / "results"
SEED: Final = 7
FLOOR: Final = Canary().explore_floor
EVERY: Final = 25
"""Duels between two counts of the votes."""
DRAWS: Final = 512


@dataclass(frozen=True, slots=True)
class World:
    """`beats`: how often each version wins against each of the others, one half against itself."""

    name: str
    beats: tuple[tuple[float, ...], ...]


WORLDS: Final = (
    World("three, the best wins 65 %", ((0.5, 0.65, 0.65), (0.35, 0.5, 0.5), (0.35, 0.5, 0.5))),
    World("three, the best wins 55 %", ((0.5, 0.55, 0.55), (0.45, 0.5, 0.5), (0.45, 0.5, 0.5))),
    World(
        "four, the best wins 60 %, the others in a circle",
        (
            (0.5, 0.6, 0.6, 0.6),
            (0.4, 0.5, 0.7, 0.3),
            (0.4, 0.3, 0.5, 0.7),
            (0.4, 0.7, 0.3, 0.5),
        ),
    ),
)
"""The first version beats all others."""
RULES: Final = {"by preference": FLOOR, "by preference, no floor": 0.0, "all alike": 1.0}
"""The floor of each; where it is 1, nothing else is left."""


@dataclass(frozen=True, slots=True)
class Line:
    """`regret`: of each fifth of the duels, the mean of how much less than the best its two
    versions win against it, in percentage points. `least_shown`: share of the last fifth of the
    pair that came least often.
    """

    world: str
    rule: str
    regret: list[float]
    least_shown: float


def simulate(worlds: Sequence[World], runs: int, duels: int) -> list[Line]:
    return [_line(world, rule, runs, duels) for world in worlds for rule in RULES]


def _line(world: World, rule: str, runs: int, duels: int) -> Line:
    beats_KK = np.array(world.beats)
    rng = np.random.default_rng(SEED)
    shown = [play(beats_KK, RULES[rule], duels, rng) for _ in range(runs)]
    pairs_RD2 = np.stack(shown)
    regret_RD = (beats_KK[0][pairs_RD2] - 0.5).mean(axis=2)
    fifths = np.array_split(regret_RD.mean(axis=0), 5)
    last_ND2 = pairs_RD2[:, -duels // 5 :].reshape(-1, 2)
    every = [*zip(*np.triu_indices(len(beats_KK), 1), strict=True)]
    share = [float((last_ND2 == pair).all(axis=1).mean()) for pair in every]
    return Line(world.name, rule, [100 * float(f.mean()) for f in fifths], min(share))


def play(beats_KK: Floats, floor: float, duels: int, rng: np.random.Generator) -> Ints:
    """The two versions of each duel, the smaller number first; (duels, 2). One with itself is shown
    and says nothing.
    """
    wins_KK = np.zeros_like(beats_KK)
    rows, columns = np.triu_indices(len(beats_KK))
    shown: list[tuple[int, int]] = []
    for start in range(0, duels, EVERY):
        often = chances(wins_KK, floor, rng, DRAWS)[rows, columns]
        for place in rng.choice(len(rows), min(EVERY, duels - start), p=often / often.sum()):
            i, j = int(rows[place]), int(columns[place])
            shown.append((i, j))
            if i != j:
                won = rng.random() < beats_KK[i, j]
                wins_KK[(i, j) if won else (j, i)] += 1
    return np.array(shown)


def table(lines: Sequence[Line]) -> str:
    rows = [
        "| versions | pairs drawn | regret in points, by fifths of the duels | rarest pair, last |",
        "|---|---|---|---|",
    ]
    for line in lines:
        told = " / ".join(f"{regret:.1f}" for regret in line.regret)
        rows.append(f"| {line.world} | {line.rule} | {told} | {line.least_shown:.1%} |")
    return "\n".join(rows)


def main(words: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks duels", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few short runs; a rough idea")
    parser.add_argument("--output", type=Path, help=f"folder; {RESULTS} unless --quick")
    # Run with others, it is given their options too.
    options = parser.parse_known_args(words)[0]
    runs, duels = (10, 500) if options.quick else (50, 2000)
    folder = options.output or (Path(tempfile.mkdtemp()) if options.quick else RESULTS)
    started = time.process_time()
    lines = simulate(WORLDS, runs, duels)
    figures = {"runs": runs, "duels": duels, "floor": FLOOR, "seed": SEED}
    document = {**figures, "lines": [asdict(line) for line in lines]}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "duels.json").write_text(f"{json.dumps(document, indent=2)}\n")
    (folder / "duels.md").write_text(f"{table(lines)}\n")
    spent = f"{runs} runs of {duels} duels each, {time.process_time() - started:.0f} s"
    sys.stdout.write(f"{spent}.\n\n{table(lines)}\n\nwritten to {folder}\n")
