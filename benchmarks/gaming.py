"""What a fifth of liars, and one voter with 500 votes, move: the win rate fitted to the votes, and
what a reward model learns from them; with and without caps and learned weights.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.liars import CROWDS as TAUGHT
from benchmarks.liars import QUICK, WHOLE, Lesson, Sizes, teach
from benchmarks.options import RESULTS, parser_of
from benchmarks.world import EQUAL, World, honest
from worker.reliability import cap_people, learn_reliability

SEEDS: Final = 8
HONEST: Final = 32
LIARS: Final = 8
VOTES: Final = 20
LOUD: Final = 500
NOTE: Final = (
    f"{HONEST} honest people cast {VOTES} votes each on a new version that wins 69 % of them at "
    f"equal style. {LIARS} more, a fifth of all, lie as often; or one more person casts {LOUD} "
    "votes. A lie is for the old version whatever was said, or for the answer that an honest "
    f"person likes less. Means of {SEEDS} worlds: the win rate of the new version that "
    "core/leaderboard.py fits, and in brackets how far it is from what the honest people alone "
    "say."
)
LEARNED: Final = (
    "What is learned: a reward adapter on the shipped model, from votes on a right answer beside "
    "one that has a vice (too long, flattering, refusing, babbling). {right:.0%} of honest votes "
    "are for the right one; liars choose the other. Accuracy on {heldout} held-out pairs (too "
    "long ones left out) without any wrong vote: with every vote alike, and weighed as a snapshot "
    "weighs them."
)
CROWDS: Final[dict[str, tuple[int, int, str]]] = {
    "honest people alone": (0, 0, ""),
    "20 % liars, for the old version": (LIARS, 0, "base"),
    "20 % liars, the less liked": (LIARS, 0, "other"),
    "one voter with 500 votes, for the old version": (0, LOUD, "base"),
    "one voter with 500 votes, the less liked": (0, LOUD, "other"),
    "both, for the old version": (LIARS, LOUD, "base"),
    "both, the less liked": (LIARS, LOUD, "other"),
}
"""Liars, votes of the loud one, and how they lie."""
WEIGHINGS: Final = ("every vote alike", "caps", "weights", "caps and weights")


@dataclass(frozen=True, slots=True)
class Moved:
    """`rates`: the mean win rate by weighing; `off`: mean distance from the truth."""

    crowd: str
    rates: dict[str, float]
    off: dict[str, float]


def weigh_votes(world: World) -> dict[str, Mapping[str, float]]:
    """By how: what one vote of each person weighs."""
    known = learn_reliability(world.ballots)
    numbers = Counter(ballot.person for ballot in world.ballots)
    caps = cap_people({name: float(number) for name, number in numbers.items()})
    fair = {name: one.agreement * one.attention for name, one in known.items()}
    both = {name: one.weight for name, one in known.items()}
    return dict(zip(WEIGHINGS, (EQUAL, caps, fair, both), strict=True))


def move(crowd: str, seeds: int) -> Moved:
    liars, loud, lie = CROWDS[crowd]
    rates: dict[str, list[float]] = {how: [] for how in WEIGHINGS}
    off: dict[str, list[float]] = {how: [] for how in WEIGHINGS}
    for seed in range(seeds):
        world = honest(seed, HONEST, VOTES)
        truth = world.win_rate()
        for number in range(liars):
            world.judge(f"liar{number}", VOTES, lie)
        if loud:
            world.judge("loud", loud, lie)
        for how, weights in weigh_votes(world).items():
            rates[how].append(world.win_rate(weights))
            off[how].append(abs(rates[how][-1] - truth))
    return Moved(
        crowd,
        {how: float(np.mean(found)) for how, found in rates.items()},
        {how: float(np.mean(found)) for how, found in off.items()},
    )


def table(moved: Sequence[Moved]) -> str:
    lines = [f"| who votes | {' | '.join(WEIGHINGS)} |", "|---" * (1 + len(WEIGHINGS)) + "|"]
    for one in moved:
        told = (f"{one.rates[how]:.3f} ({one.off[how]:.3f})" for how in WEIGHINGS)
        lines.append(f"| {one.crowd} | {' | '.join(told)} |")
    return "\n".join(lines)


def lesson_table(lessons: Sequence[Lesson]) -> str:
    lines = ["| learned from | votes, wrong | every vote alike | weighed |", "|---" * 4 + "|"]
    for one in lessons:
        lines.append(
            f"| {one.crowd} | {one.votes}, {one.wrong:.0%} | {one.alike:.3f} | {one.weighed:.3f} |"
        )
    return "\n".join(lines)


def describe(moved: Sequence[Moved], lessons: Sequence[Lesson], sizes: Sizes) -> str:
    learned = LEARNED.format(right=sizes.right, heldout=sizes.heldout)
    return f"{NOTE}\n\n{table(moved)}\n\n{learned}\n\n{lesson_table(lessons)}\n"


def main(words: Sequence[str] = ()) -> None:
    parser = parser_of("gaming", __doc__, "learns next to nothing; a rough idea")
    options, _ = parser.parse_known_args(words)
    sizes = QUICK if options.quick else WHOLE
    moved = [move(crowd, 1 if options.quick else SEEDS) for crowd in CROWDS]
    sys.stderr.write(f"{table(moved)}\n")
    with tempfile.TemporaryDirectory() as scratch:
        lessons = [teach(crowd, sizes, Path(scratch)) for crowd in TAUGHT]
    told = describe(moved, lessons, sizes)
    sys.stdout.write(told)
    if options.quick and not options.output:
        return
    folder = options.output or RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    document = {"moved": [asdict(m) for m in moved], "learned": [asdict(one) for one in lessons]}
    (folder / "gaming.json").write_text(f"{json.dumps(document, indent=2)}\n")
    (folder / "gaming.md").write_text(told)
