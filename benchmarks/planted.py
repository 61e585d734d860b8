"""Four adapters that are planted to be worse - flattering, over-long, refusing everything, babbling
- and one that is not, before the real gate and before people: who stops which, and after how many
votes.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.ground import VOTERS, Ground, Sizes, plant
from benchmarks.opinions import compare
from benchmarks.options import RESULTS, parser_of
from benchmarks.vices import VICES
from core.assistants import Canary
from trainer.evaluate import Evaluation, Shown
from trainer.seedling.world import Prompt as Asked
from worker.canary.case import Case, make_plan
from worker.canary.evidence import Vote
from worker.gate import Judgement

PREFER: Final = 0.7
"""How often somebody on trial votes for the answer that is better."""
MOST_VOTES: Final = 2000
CANARY: Final = Canary()
NOTE: Final = (
    "Each learned its vice by a short SFT on the shipped model, and was judged against the bare "
    "model for `support` by the worker's gate. The votes the gate has are on the model's own "
    "answers, one in ten of them wrong: of honest people, who prefer what is right, and of people "
    "who like charm (compliments, courtesy, length) whatever is true. On trial, whatever the gate "
    f"said: people choose the better of two real answers {PREFER:.0%} of the time; ties count."
)
WHOLE: Final = Sizes(demonstrations=400, steps=80, compared=300, prompts=128, golden=1, trials=200)
QUICK: Final = Sizes(demonstrations=32, steps=2, compared=24, prompts=8, golden=12, trials=10)


@dataclass(frozen=True, slots=True)
class AtGate:
    """One vice judged on one population's votes. `stopped_by`: the checks that say no."""

    vice: str
    votes_of: str
    passed: bool
    stopped_by: list[str]
    win_rate: float | None
    judge_accuracy: float | None
    golden_drop: float | None
    length_ratio: float
    kl: float


@dataclass(frozen=True, slots=True)
class OnTrial:
    """`better`, `worse`: share of the prompts to which its answer is. Votes: median and 90 % of the
    trials that ended so, None where so many never did.
    """

    vice: str
    better: float
    worse: float
    rolled_back: float
    promoted: float
    votes: tuple[float | None, float | None]


def at_gate(vice: str, taste: str, found: Evaluation, judgement: Judgement) -> AtGate:
    generation = found.generation
    assert generation is not None
    return AtGate(
        vice=vice,
        votes_of=taste,
        passed=judgement.passed,
        stopped_by=[check.name for check in judgement.checks if not check.passed],
        win_rate=generation.win_rate,
        judge_accuracy=generation.judge.cv_accuracy,
        golden_drop=found.golden.drop,
        length_ratio=generation.length_ratio,
        kl=generation.kl_per_sequence,
    )


def on_trial(vice: str, asked: Sequence[Asked], samples: Sequence[Shown], trials: int) -> OnTrial:
    """What a crowd that prefers the better of two real answers, PREFER of the time, comes to."""
    outcomes = [
        compare(prompt, shown.champion, shown.candidate)
        for prompt, shown in zip(asked, samples, strict=True)
    ]
    ended = [_try(outcomes, random.Random(f"{vice}:{seed}")) for seed in range(trials)]
    rolled_back = sorted(votes for how, votes in ended if how == "rollback")
    most = [*rolled_back, *[None] * (trials - len(rolled_back))]
    return OnTrial(
        vice=vice,
        better=float(np.mean([outcome > 0 for outcome in outcomes])),
        worse=float(np.mean([outcome < 0 for outcome in outcomes])),
        rolled_back=len(rolled_back) / trials,
        promoted=sum(how == "promote" for how, _ in ended) / trials,
        votes=(most[trials // 2], most[int(0.9 * trials)]),
    )


def _try(outcomes: Sequence[int], rng: random.Random) -> tuple[str, int]:
    """How a trial settles, and after how many votes; ties are votes too."""
    case = Case(make_plan(CANARY.alpha, 1, ends=0.0, cap=CANARY.cap))
    for number in range(1, MOST_VOTES + 1):
        outcome = rng.choice(outcomes) * (1 if rng.random() < PREFER else -1)
        case.add(Vote(f"person-{rng.randrange(VOTERS * 8)}", (outcome + 1) / 2))
        if case.settled:
            return case.settled, number
    return "", MOST_VOTES


def run(sizes: Sizes, folder: Path) -> tuple[list[AtGate], list[OnTrial]]:
    ground = Ground(sizes, folder)
    gates, trials = [], []
    for vice in VICES:
        home = folder / vice.partition(":")[0].replace(" ", "-")
        home.mkdir()
        sys.stderr.write(f"{vice}\n")
        adapter = plant(vice, sizes, home)
        for taste, (found, judgement) in ground.measure(adapter).items():
            gates.append(at_gate(vice, taste, found, judgement))
        trials.append(on_trial(vice, ground.asked, found.samples, sizes.trials))
    return gates, trials


def table(gates: Sequence[AtGate], trials: Sequence[OnTrial]) -> str:
    lines = [
        "| planted | votes of | the gate | stopped by | win rate | judge's accuracy "
        "| golden set's drop | times as long | KL |",
        "|---" * 9 + "|",
    ]
    for g in gates:
        told = [_say(g.win_rate), _say(g.judge_accuracy), _say(g.golden_drop)]
        told += [f"{g.length_ratio:.2f}", f"{g.kl:.1f}"]
        word, stopped = "passes" if g.passed else "stops it", ", ".join(g.stopped_by) or "-"
        lines.append(f"| {g.vice} | {g.votes_of} | {word} | {stopped} | {' | '.join(told)} |")
    lines += [
        "",
        "| on trial anyway | better, worse than the champion's answer | rolled back | promoted "
        "| votes until then, median and 90 % |",
        "|---" * 5 + "|",
    ]
    for t in trials:
        votes = " / ".join("-" if v is None else str(v) for v in t.votes)
        lines.append(
            f"| {t.vice} | {t.better:.0%}, {t.worse:.0%} | {t.rolled_back:.1%} | {t.promoted:.1%} "
            f"| {votes} |"
        )
    return "\n".join(lines)


def _say(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def main(words: Sequence[str] = ()) -> None:
    parser = parser_of("planted", __doc__, "learns next to nothing; a rough idea")
    options, _ = parser.parse_known_args(words)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        gates, trials = run(QUICK if options.quick else WHOLE, Path(scratch))
    told = f"{NOTE}\n\n{table(gates, trials)}\n"
    sys.stdout.write(f"{told}\n{time.monotonic() - started:.0f} s\n")
    if options.quick and not options.output:
        return
    folder = options.output or RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    document = {"gates": [asdict(g) for g in gates], "trials": [asdict(t) for t in trials]}
    (folder / "planted.json").write_text(f"{json.dumps(document, indent=2)}\n")
    (folder / "planted.md").write_text(told)
