"""Looks at an assistant's trial, and acts: promotes, rolls back, ends it, or goes on."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from core.arms import ARMS, Arm
from core.assistants import Limits
from core.errors import Conflict, NotFound
from core.records import Decision, Verdict
from core.registry import Actor
from core.tallies import Tally
from core.trials import Look, Trial
from worker.canary import guardrails
from worker.canary.case import Case, Ruling, decide, make_plan
from worker.canary.votes import Ratings, hear
from worker.context import Context
from worker.verdicts import verdict

log = logging.getLogger(__name__)

CANARY: Final = "canary"
"""Who changes the pointer."""
FREE_LOOK_S: Final = 3.0
"""A look reads all that was said during the trial; one that takes no longer may follow at once."""
REST: Final = 4.0
"""After a longer one nobody looks for this many times as long as it took beyond that."""


async def look_at_trial(context: Context, assistant: str) -> None:
    """Doing it twice is harmless: a trial has one verdict, and a pointer that moved stays."""
    pointer = await context.registry.pointer(assistant)
    await _close_left_over(context, assistant, pointer.challenger)
    if not pointer.challenger:
        return
    try:
        trial = await context.trials.get(assistant, pointer.challenger)
    except NotFound:
        return  # begun by hand
    tallies = {arm: await context.tallies.get(assistant, trial.challenger, arm) for arm in ARMS}
    newest = await context.feedback.last_at(assistant)
    look = Look([newest, *(tally.answers for tally in tallies.values())], time.time())
    heard = trial.look is not None and (trial.look.seen == look.seen or rests(trial.look, look.at))
    if heard and time.time() < trial.ends:
        return  # the log is long, and nothing in it is new, or it was just read
    ruling = await judge(context, trial, tallies)
    if ruling.action == "continue":
        await context.trials.note(
            trial, ruling.figures, replace(look, took_s=time.time() - look.at), ruling.path
        )
    if ruling.action == "continue" or (ruling.action == "promote" and pointer.held):
        return
    await _act(context, trial, ruling)


def rests(look: Look, now: float) -> bool:
    """Whether it is too early for another look than the last. What votes decide does not depend on
    how often somebody looks.
    """
    return 0.0 <= now - look.at < REST * (look.took_s - FREE_LOOK_S)


async def judge(context: Context, trial: Trial, tallies: Mapping[Arm, Tally]) -> Ruling:
    heard = await hear(context, trial)
    case = Case(make_plan(trial.alpha, trial.number, trial.ends, trial.cap))
    for vote in heard.votes:
        case.add(vote)
    limits = context.assistants.get(trial.assistant).canary.limits
    limit_s = _slow_limit_s(trial, tallies["champion"], limits)
    mine, theirs = (
        _arm(tallies[arm], heard.ratings[arm], limit_s) for arm in ("challenger", "champion")
    )
    ruling = decide(case, guardrails.check(mine, theirs, limits), time.time())
    doubted = len({vote.person for vote in heard.votes if vote.weight < 1})
    figures = {**ruling.figures, "slow_limit_s": limit_s, "doubted": doubted}
    return replace(ruling, figures=figures, path=case.path.points)


async def _act(context: Context, trial: Trial, ruling: Ruling) -> None:
    registry, actor = context.registry, Actor(CANARY, ruling.reason)
    assistant, version = trial.assistant, trial.challenger
    decision: Decision
    if ruling.action == "promote":
        decision = "promote"
        try:
            await registry.promote(assistant, version, actor, expected=trial.champion)
        except Conflict:
            return  # somebody was quicker; the next look sees what they did
    elif ruling.action == "rollback":
        decision = "rollback"
        await registry.end_trial(assistant, version, actor, "rolled_back")
    else:
        decision = "reject"
        await registry.end_trial(assistant, version, actor, "rejected")
    given = verdict(decision, ruling.reason, ruling.figures, version)
    if await context.trials.end(trial, given, ruling.path):
        about = {"assistant": assistant, "version": version, "reason": ruling.reason}
        log.info(decision, extra={"action": CANARY, **about})


async def _close_left_over(context: Context, assistant: str, challenger: str) -> None:
    """A trial that a person ended has no other verdict than that."""
    for trial in await context.trials.of(assistant, limit=1):
        if trial.verdict is None and trial.challenger != challenger:
            await context.trials.end(trial, await _ended_by_hand(context, trial))


async def _ended_by_hand(context: Context, trial: Trial) -> Verdict:
    champion = (await context.registry.pointer(trial.assistant)).champion
    reason = "ended by hand"
    if champion == trial.challenger:
        return verdict("promote", reason, trial.figures, trial.challenger)
    return verdict("rollback", reason, trial.figures, trial.challenger)


def _slow_limit_s(trial: Trial, champion: Tally, limits: Limits) -> float | None:
    """Fixed once, when the champion's arm has answered often enough."""
    known: float | None = trial.figures.get("slow_limit_s")
    if known is not None or sum(champion.waits.values()) < limits.slow_from:
        return known
    usual_s = champion.quantile_s(0.95)
    return limits.slow_ratio * usual_s if usual_s else None


def _arm(tally: Tally, ratings: Ratings, limit_s: float | None) -> guardrails.Arm:
    return guardrails.Arm(
        answers=tally.answers,
        errors=tally.errors,
        slow=tally.slower(limit_s) if limit_s else 0,
        rated=ratings.rated,
        complaints=ratings.complaints,
        log_length=tally.log_length,
        squares=tally.squares,
    )
