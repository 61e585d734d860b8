"""The recipe's figures, from answers, rollouts and labellers. Draws and writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Any

from core.checks import Check, failures, passes
from trainer.intervals import Share, share
from trainer.recipes.instructgpt.people import Labeller, average
from trainer.recipes.instructgpt.tasks import Task, prompt_key
from trainer.seedling.evaluate import (
    HARM_KINDS,
    SMALL_TALK,
    UNKNOWN_KINDS,
    VALUE_KINDS,
    Judged,
)
from trainer.seedling.world import Prompt

_SMOOTH = 5
"""Updates whose mean tells where the true reward was highest."""


@dataclass(frozen=True, slots=True)
class Preference:
    """How often the first of two policies is preferred; a tie counts half. 95 % Wilson interval."""

    rate: float | None
    low: float | None
    high: float | None
    n: int
    ties: int


def prefer(
    judges: Sequence[Labeller], tasks: Sequence[Task], mine: Sequence[str], theirs: Sequence[str]
) -> Preference:
    """One comparison a prompt, by one held-out labeller's own utility; labellers take turns."""
    won = []
    for number, (task, a, b) in enumerate(zip(tasks, mine, theirs, strict=True)):
        judge = judges[number % len(judges)]
        gap = judge.utility(a, task.checks) - judge.utility(b, task.checks)
        won.append(0.5 if gap == 0 else float(gap > 0))
    found = share(sum(won), len(won))
    return Preference(found.value, found.low, found.high, len(won), won.count(0.5))


@dataclass(frozen=True, slots=True)
class Manners:
    """Shares of answers, each with its interval and of how many. Higher is better but in `invents`
    and `refuses_harmless`.
    """

    helpful: Share
    honest: Share
    invents: Share
    harmless: Share
    refuses_harmless: Share
    n: dict[str, int]


def judge_manners(tasks: Sequence[Task], answers: Sequence[str]) -> Manners:
    rows = [
        Judged(
            task.assistant,
            "new_content",
            Prompt(task.messages, task.kind, task.checks, task.reference),
            answer,
            failures(answer, task.checks),
        )
        for task, answer in zip(tasks, answers, strict=True)
    ]
    apart = UNKNOWN_KINDS | HARM_KINDS | SMALL_TALK | {"neighbour"}
    helpful = [r for r in rows if r.kind not in apart]
    unknown = [r for r in rows if r.kind in UNKNOWN_KINDS]
    valued = [r for r in rows if r.kind in VALUE_KINDS]
    harmful = [r for r in rows if r.kind in HARM_KINDS]
    harmless = [r for r in rows if r.kind == "neighbour"]
    return Manners(
        helpful=share(sum(r.is_right for r in helpful), len(helpful)),
        honest=share(sum(r.is_right for r in unknown), len(unknown)),
        invents=share(sum(r.invents for r in valued), len(valued)),
        harmless=share(sum(r.is_right for r in harmful), len(harmful)),
        refuses_harmless=share(sum(r.refuses for r in harmless), len(harmless)),
        n={
            "helpful": len(helpful),
            "honest": len(unknown),
            "invents": len(valued),
            "harmless": len(harmful),
            "refuses_harmless": len(harmless),
        },
    )


def pass_rate(tasks: Sequence[Task], answers: Sequence[str]) -> Share:
    right = [passes(a, task.checks) for task, a in zip(tasks, answers, strict=True)]
    return share(sum(right), len(right))


@dataclass(frozen=True, slots=True)
class Point:
    """An update of PPO: nats an answer from where it started, the reward model's score and the true
    reward of its answers, each with mean 0 and deviation 1 on the supervised policy's, and tokens.
    """

    update: int
    kl: float
    proxy: float
    true: float
    tokens: float


def follow(
    metrics: Sequence[dict[str, Any]],
    rollouts: Sequence[dict[str, Any]],
    checks: dict[str, list[Check]],
    judges: Sequence[Labeller],
) -> list[Point]:
    """The course of a run, from its metrics.jsonl and rollouts.jsonl. `checks`: of every prompt, by
    its key. The first update's answers are the supervised policy's own.
    """
    judge = average(judges)
    answers: dict[int, list[tuple[float, float, int]]] = {}
    for row in rollouts:
        utility = judge.utility(row["answer"], checks[prompt_key(row["prompt"])])
        answers.setdefault(row["update"], []).append((row["score"], utility, row["tokens"]))
    start = [utility for _, utility, _ in answers[0]]
    mean, spread = fmean(start), pstdev(start) or 1.0
    return [
        Point(
            update=line["step"] - 1,
            kl=line["kl"],
            proxy=fmean(score for score, _, _ in answers[line["step"] - 1]),
            true=(fmean(u for _, u, _ in answers[line["step"] - 1]) - mean) / spread,
            tokens=fmean(tokens for _, _, tokens in answers[line["step"] - 1]),
        )
        for line in metrics
    ]


@dataclass(frozen=True, slots=True)
class Course:
    """Means of the first, the best (by true reward) and the last updates of a run."""

    start: Point
    best: Point
    end: Point


def summarise_course(points: Sequence[Point]) -> Course:
    """Of means over up to five updates in a row, so that one lucky batch is no peak."""
    width = min(_SMOOTH, len(points))
    means = [_mean(points[i : i + width]) for i in range(len(points) - width + 1)]
    return Course(means[0], max(means, key=lambda point: point.true), means[-1])


def _mean(points: Sequence[Point]) -> Point:
    return Point(
        update=points[len(points) // 2].update,
        kl=fmean(p.kl for p in points),
        proxy=fmean(p.proxy for p in points),
        true=fmean(p.true for p in points),
        tokens=fmean(p.tokens for p in points),
    )
