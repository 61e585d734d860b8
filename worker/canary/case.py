"""A trial of a challenger: its plan, its votes so far, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from core.trials import Left, Wealth
from worker.canary.evidence import Evidence, Vote
from worker.canary.interval import win_rate
from worker.canary.path import Path
from worker.canary.spending import level
from worker.check import Check

Action = Literal["promote", "rollback", "continue", "ended"]

ROLLBACK_ALPHA: Final = 0.1
"""Chance, in each trial, that votes roll back a version that is not worse. Larger than what may be
promoted wrongly: a wrong rollback costs an improvement, a wrong promotion everybody's answers.
"""
DAY_S: Final = 86400.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Fixed when the trial starts."""

    level: float
    """This trial's share of the assistant's alpha: promoted at evidence of 1 / level."""
    rollback_alpha: float
    ends: float
    """Unix time, seconds."""
    cap: int
    """Votes of one person that count."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What to do now, why in plain words, and the figures."""

    action: Action
    reason: str
    figures: dict[str, Any]
    path: Sequence[Wealth] = ()
    """How the evidence came to be what it is."""


def make_plan(alpha: float, number: int, ends: float, cap: int) -> Plan:
    """Of the `number`-th trial (from 1) against the same champion; `ends` in Unix seconds."""
    return Plan(level(alpha, number), ROLLBACK_ALPHA, ends, cap)


class Case:
    """A fold over votes that settles at the first crossing of a bound and counts nothing after it:
    what comes of it depends on the votes alone, not on how often somebody looks.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.evidence = Evidence(plan.cap)
        self.path = Path()
        self.settled: Literal["", "promote", "rollback"] = ""

    def add(self, vote: Vote | Left) -> None:
        """A vote, or where one who was erased began to vote."""
        if self.settled:
            return
        if isinstance(vote, Left):
            self.evidence.lose(vote.votes)
            return
        self.evidence.add(vote)
        better, worse = self.evidence.better, self.evidence.worse
        self.path.add(vote.at, better, worse)
        if better >= 1 / self.plan.level:
            self.settled = "promote"
        elif worse >= 1 / self.plan.rollback_alpha:
            self.settled = "rollback"


def decide(case: Case, checks: Sequence[Check], now: float) -> Ruling:
    """`checks` are the guardrails' and come before everything; `now` is Unix time, seconds."""
    figures = _figures(case, checks)
    told = _tell(figures)
    if stopped := stop(checks, figures):
        return stopped
    if case.settled == "promote":
        return Ruling("promote", f"people prefer it: {told}", figures)
    if case.settled == "rollback":
        return Ruling("rollback", f"people prefer the version before: {told}", figures)
    left_s = case.plan.ends - now
    if left_s <= 0:
        return Ruling("ended", f"the deadline passed without evidence: {told}", figures)
    return Ruling("continue", f"{left_s / DAY_S:.1f} days left: {told}", figures)


def stop(checks: Sequence[Check], figures: Mapping[str, Any]) -> Ruling | None:
    """What follows from guardrails alone; None where every one holds."""
    guards = {**figures, "guardrails": [asdict(check) for check in checks]}
    for breached in (check for check in checks if not check.passed):
        reason = f"{breached.name}: {breached.why}"
        return Ruling("rollback", reason, {**guards, "guardrail": breached.name})
    return None


def _figures(case: Case, checks: Sequence[Check]) -> dict[str, Any]:
    evidence, plan = case.evidence, case.plan
    return {
        "better": evidence.better,
        "level": plan.level,
        "promote_at": 1 / plan.level,
        "worse": evidence.worse,
        "rollback_at": 1 / plan.rollback_alpha,
        "votes": evidence.votes,
        "counted": evidence.counted,
        "people": len(evidence.people),
        "erased": evidence.erased,
        "win_rate": asdict(win_rate(evidence, plan.level, plan.rollback_alpha)),
        "guardrails": [asdict(check) for check in checks],
    }


def _tell(figures: Mapping[str, Any]) -> str:
    if not figures["counted"]:
        return "nobody has voted yet"
    erased = "; votes of {erased} erased people count against both" if figures["erased"] else ""
    return (
        "it won {win_rate[rate]:.0%} (between {win_rate[low]:.0%} and {win_rate[high]:.0%}) of "
        "{counted} counted votes by {people} people; evidence that it is better {better:.3g} to 1 "
        "of {promote_at:.3g} needed, worse {worse:.3g} to 1 of {rollback_at:.3g}" + erased
    ).format_map(figures)
