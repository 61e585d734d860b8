"""What a thousand simulated trials come to: how often a challenger that is no better is promoted,
how many votes a better one takes, and what voters who cheat can move.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.populations import Crossings, Floats, Population, draw, watch
from core.assistants import Canary
from worker.canary.case import ROLLBACK_ALPHA
from worker.canary.spending import level

RESULTS = Path(__file__).parent / "results"
SEED: Final = 4
ALPHA: Final = Canary().alpha
BOUNDS: Final = (1 / ALPHA, 1 / level(ALPHA, 1), 1 / level(ALPHA, 3), 1 / ROLLBACK_ALPHA)
"""All of alpha, an assistant's first and third trial against one champion, a rollback."""
BY_PERSON, BY_VOTE = "by person", "by vote"
BEFORE: Final = 20.0
"""Votes of a person before the trial, on the average, where they are known."""

EQUAL: Final = (
    Population("equal"),
    Population("equal, everybody has an own taste", tastes=2.0),
    Population("equal, a third are ties", ties=1 / 3),
    Population("equal, 20 % choose what is shown first", liars=0.2, lie="first"),
    Population("equal, one voter casts a quarter of all votes", loud=0.25, lie="challenger"),
    Population(
        "equal, one voter casts a quarter, known", loud=0.25, lie="challenger", before=BEFORE
    ),
    Population("equal, 20 % know the challenger and want it", liars=0.2, lie="challenger"),
    Population("equal, 20 % know and want it, known", liars=0.2, lie="challenger", before=BEFORE),
)
BETTER: Final = tuple(Population(f"wins {rate} %", rate / 100) for rate in (55, 60, 65))
CHEATED: Final = (
    Population("wins 60 %, everybody has an own taste", 0.6, tastes=2.0),
    *(
        replace(population, name=f"wins 60 %, {population.name}{known}", rate=0.6, before=before)
        for population in (
            Population("20 % choose what they like less", liars=0.2, lie="inverted"),
            Population("20 % choose what is shown first", liars=0.2, lie="first"),
            Population("one against it casts a quarter", loud=0.25, lie="champion"),
            Population("20 % know it and are against it", liars=0.2, lie="champion"),
        )
        for known, before in (("", 0.0), (", known", BEFORE))
    ),
)
WORSE: Final = tuple(Population(f"wins {rate} %", rate / 100) for rate in (45, 40, 35))


NOTE: Final = (
    "Promoted, rolled back: share of trials whose evidence ever came there. Bets by person are the "
    "worker's; bets by vote take every vote as somebody new's, for comparison. Known: who cheats "
    "did so before the trial too, and votes weigh what was learned from each person's earlier "
    f"ones, {BEFORE:.0f} on the average. -: in that many trials never."
)


@dataclass(frozen=True, slots=True)
class Line:
    """One population under one rule. `promoted` and `rolled_back`: share of trials whose evidence
    ever reached 1 / ALPHA and 1 / ROLLBACK_ALPHA. Votes: median and 90 % of trials, infinity where
    so many trials never came there.
    """

    population: str
    rule: str
    promoted: float
    rolled_back: float
    votes: tuple[float, float]
    first_trial_votes: tuple[float, float]
    third_trial_votes: tuple[float, float]
    rollback_votes: tuple[float, float]


def simulate(
    populations: Sequence[Population], rules: Sequence[str], trials: int, votes: int
) -> tuple[list[Line], dict[str, Floats]]:
    """The lines, and of each population after how many votes its trials were promoted."""
    lines: list[Line] = []
    promoted_at: dict[str, Floats] = {}
    for place, population in enumerate(populations):
        ballots = draw(population, trials, votes, np.random.default_rng([SEED, place]))
        for rule in rules:
            crossings = watch(ballots, BOUNDS, by_person=rule == BY_PERSON)
            lines.append(summarise(population.name, rule, crossings))
            if rule == BY_PERSON:
                promoted_at[population.name] = crossings.better_BT[0]
    return lines, promoted_at


def summarise(population: str, rule: str, crossings: Crossings) -> Line:
    better, worse = crossings.better_BT, crossings.worse_BT
    return Line(
        population,
        rule,
        float(np.isfinite(better[0]).mean()),
        float(np.isfinite(worse[-1]).mean()),
        votes=_centiles(better[0]),
        first_trial_votes=_centiles(better[1]),
        third_trial_votes=_centiles(better[2]),
        rollback_votes=_centiles(worse[-1]),
    )


def _centiles(votes_T: Floats) -> tuple[float, float]:
    """Of trials, not between them: infinity is one of the values."""
    median, most = np.quantile(votes_T, (0.5, 0.9), method="higher")
    return float(median), float(most)


def table(lines: Sequence[Line]) -> str:
    rows = [
        f"| the challenger | bets | promoted, {BOUNDS[0]:.0f} to 1 | rolled back, {BOUNDS[3]:.0f} "
        f"to 1 | votes to promote, median and 90 % | first trial, {BOUNDS[1]:.0f} to 1 "
        f"| third, {BOUNDS[2]:.0f} to 1 | votes to roll back |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for line in lines:
        spans = (
            line.votes,
            line.first_trial_votes,
            line.third_trial_votes,
            line.rollback_votes,
        )
        told = " | ".join(" / ".join(_say(votes) for votes in span) for span in spans)
        rows.append(
            f"| {line.population} | {line.rule} | {line.promoted:.1%} | {line.rolled_back:.1%} "
            f"| {told} |"
        )
    return "\n".join(rows)


def _say(votes: float) -> str:
    return f"{votes:.0f}" if np.isfinite(votes) else "-"


def draw_plot(
    lines: Sequence[Line], promoted_at: dict[str, Floats], votes: int, path: Path
) -> None:
    """Trials promoted by then; and false promotions, bets by person beside bets by vote."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(13, 4.5))
    _draw_growth(left, promoted_at, votes)
    _draw_bars(right, [line for line in lines if line.population in {p.name for p in EQUAL[:-2]}])
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def _draw_growth(axis: Any, promoted_at: dict[str, Floats], votes: int) -> None:
    for population in (*BETTER[::-1], EQUAL[0]):
        when = np.sort(promoted_at[population.name])
        shares = np.arange(1, len(when) + 1) / len(when)
        seen = np.isfinite(when)
        axis.step([0, *when[seen], votes], [0, *shares[seen], seen.mean()], label=population.name)
    axis.axhline(ALPHA, color="#b0b7bd", linestyle="--", label=f"alpha {ALPHA:g}")
    axis.set_xscale("symlog", linthresh=20)
    axis.set_xlim(10, votes)
    axis.set_xlabel("votes cast")
    axis.set_ylabel("share of trials promoted")
    axis.legend(fontsize=8)
    axis.spines[["top", "right"]].set_visible(False)


def _draw_bars(axis: Any, lines: Sequence[Line]) -> None:
    names = list(dict.fromkeys(line.population for line in lines))
    for place, (rule, colour) in enumerate(((BY_PERSON, "#2a6f97"), (BY_VOTE, "#b0b7bd"))):
        found = [line.promoted for line in lines if line.rule == rule]
        heights = np.arange(len(names)) + 0.38 * place
        axis.barh(heights, found, height=0.38, color=colour, label=f"bets {rule}")
    axis.axvline(ALPHA, color="black", linestyle="--", linewidth=1, label=f"alpha {ALPHA:g}")
    axis.set_yticks(np.arange(len(names)) + 0.19, names, fontsize=8)
    axis.invert_yaxis()
    axis.set_xlabel("share of trials ever promoted, none better")
    axis.legend(fontsize=8)
    axis.spines[["top", "right"]].set_visible(False)


def write(
    folder: Path, lines: Sequence[Line], promoted_at: dict[str, Floats], figures: dict[str, float]
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    told = [{key: _finite(value) for key, value in asdict(line).items()} for line in lines]
    document = json.dumps({**figures, "lines": told}, indent=2, allow_nan=False)
    (folder / "trials.json").write_text(f"{document}\n")
    (folder / "trials.md").write_text(f"{NOTE}\n\n{table(lines)}\n")
    draw_plot(lines, promoted_at, int(figures["votes"]), folder / "trials.png")


def _finite(value: Any) -> Any:
    """JSON knows no infinity: null where trials never came there."""
    if isinstance(value, tuple):
        return [votes if np.isfinite(votes) else None for votes in value]
    return value


def parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks trials", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few short trials; a rough idea")
    parser.add_argument("--output", type=Path, help=f"folder; {RESULTS} unless --quick")
    # Run with others, it is given their options too.
    return parser.parse_known_args(words)[0]


def main(words: Sequence[str] = ()) -> None:
    options = parse(words)
    trials, votes = (200, 500) if options.quick else (1000, 2000)
    folder = options.output or (Path(tempfile.mkdtemp()) if options.quick else RESULTS)
    started = time.process_time()
    lines, promoted_at = simulate(
        (*EQUAL, *BETTER, *CHEATED, *WORSE), (BY_PERSON, BY_VOTE), trials, votes
    )
    spent = time.process_time() - started
    figures = {"alpha": ALPHA, "rollback_alpha": ROLLBACK_ALPHA, "seed": SEED, "cpu_s": spent}
    write(folder, lines, promoted_at, {**figures, "trials": trials, "votes": votes})
    told = f"{trials} trials of {votes} votes each, {spent:.0f} s"
    sys.stdout.write(f"{told}. {NOTE}\n\n{table(lines)}\n\nwritten to {folder}\n")
