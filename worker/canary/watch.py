"""Looks at an assistant's trial, and acts: promotes, rolls back, ends it, or goes on."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from core.arms import ARMS, Arm
from core.assistants import Limits
from core.errors import Conflict, NotFound
from core.records import Decision, VersionState
from core.registry import Actor
from core.tallies import Tally
from core.trials import Look, Trial
from worker.canary import guardrails
from worker.canary.case import Action, Case, Ruling, decide, make_plan, stop
from worker.canary.ended import CANARY, how_it_ended
from worker.canary.votes import Ratings, hear
from worker.check import Check
from worker.context import Context
from worker.verdicts import verdict

log = logging.getLogger(__name__)

FREE_LOOK_S: Final = 3.0
"""A look reads all that was said during the trial; one that takes no longer may follow at once."""
REST: Final = 4.0
"""After a longer one nobody looks for this many times as long as it took beyond that."""
DECISIONS: Final[dict[Action, Decision]] = {
    "promote": "promote",
    "rollback": "rollback",
    "ended": "reject",
}
STATES: Final[dict[Decision, VersionState]] = {"rollback": "rolled_back", "reject": "rejected"}
"""Of a version whose trial ended so."""
NOT_RATED: Final[dict[Arm, Ratings]] = {arm: Ratings() for arm in ARMS}


async def look_at_trial(context: Context, assistant: str) -> None:
    """Doing it twice is harmless: a trial has one verdict, and a pointer that moved stays."""
    # The order matters: of a run that is over before the pointer is read, no trial begins later.
    over = [
        trial for trial in await context.trials.open(assistant) if await _is_over(context, trial)
    ]
    pointer = await context.registry.pointer(assistant)
    for trial in over:
        if trial.challenger != pointer.challenger:
            await context.trials.end(trial, await how_it_ended(context, trial))
    if not pointer.challenger:
        return
    try:
        trial = await context.trials.get(assistant, pointer.challenger)
    except NotFound:
        return  # begun by hand
    await _look(context, trial, pointer.held)


async def _is_over(context: Context, trial: Trial) -> bool:
    """Whether the trial's run is: one that is not may still begin it."""
    try:
        return (await context.runs.get(trial.run)).state == "ended"
    except NotFound:
        return True


async def _look(context: Context, trial: Trial, held: bool) -> None:
    tallies = {
        arm: await context.tallies.get(trial.assistant, trial.challenger, arm) for arm in ARMS
    }
    newest = await context.feedback.last_at(trial.assistant)
    answers = [tally.answers for tally in tallies.values()]
    look = Look([newest, *answers, float(held)], time.time())
    if trial.look is not None and _is_enough(trial.look, look, trial.ends):
        return  # the log is long, and nothing in it is new, or it was just read
    ruling = await judge(context, trial, tallies)
    waits = ruling.action == "continue" or (ruling.action == "promote" and held)
    # Of who decides, and dies before that is written down, the figures stay; and it looks again.
    noted = replace(look, took_s=time.time() - look.at) if waits else Look([], look.at)
    await context.trials.note(trial, ruling.figures, noted, ruling.path)
    if not waits:
        await _act(context, trial, ruling)


def _is_enough(last: Look, look: Look, ends: float) -> bool:
    """Whether the last look will do for now. Behind the deadline there is one more in any case."""
    if last.at < ends <= look.at:
        return False
    return last.seen == look.seen or rests(last, look.at)


def rests(look: Look, now: float) -> bool:
    """Whether it is too early for another look than the last. What votes decide does not depend on
    how often somebody looks.
    """
    return 0.0 <= now - look.at < REST * (look.took_s - FREE_LOOK_S)


async def judge(context: Context, trial: Trial, tallies: Mapping[Arm, Tally]) -> Ruling:
    """Where the votes cannot be read, guardrails alone may still stop it; else that is raised."""
    limits = context.assistants.get(trial.assistant).canary.limits
    limit_s = _slow_limit_s(trial, tallies["champion"], limits)
    guard = partial(_guard, tallies, limits, limit_s)
    try:
        heard = await hear(context, trial)
    except Exception as error:
        stopped = stop(guard(NOT_RATED), {**trial.figures, "slow_limit_s": limit_s})
        if stopped is None:
            raise
        about = {"action": CANARY, "assistant": trial.assistant, "error": type(error).__name__}
        log.warning("votes not read", extra=about)
        return replace(stopped, path=await context.trials.path(trial.assistant, trial.challenger))
    case = Case(make_plan(trial.alpha, trial.number, trial.ends, trial.cap))
    for vote in heard.in_order():
        case.add(vote)
    ruling = decide(case, guard(heard.ratings), time.time())
    doubted = len({vote.person for vote in heard.votes if vote.weight < 1})
    figures = {**ruling.figures, "slow_limit_s": limit_s, "doubted": doubted}
    return replace(ruling, figures=figures, path=case.path.points)


async def _act(context: Context, trial: Trial, ruling: Ruling) -> None:
    assistant, version = trial.assistant, trial.challenger
    decision = DECISIONS[ruling.action]
    try:
        if not await _move(context, trial, decision, Actor(CANARY, ruling.reason, machine=True)):
            return
    except Conflict:
        return  # somebody was quicker; the next look sees what they did
    given = verdict(decision, ruling.reason, ruling.figures, version)
    if await context.trials.end(trial, given, ruling.path):
        about = {"assistant": assistant, "version": version, "reason": ruling.reason}
        log.info(decision, extra={"action": CANARY, **about})


async def _move(context: Context, trial: Trial, decision: Decision, actor: Actor) -> bool:
    """False where it is not on trial any more."""
    registry, assistant, version = context.registry, trial.assistant, trial.challenger
    if decision != "promote":
        return await registry.end_trial(assistant, version, actor, STATES[decision])
    await registry.promote(assistant, version, actor, trial.champion, challenger=version)
    return True


def _guard(
    tallies: Mapping[Arm, Tally],
    limits: Limits,
    limit_s: float | None,
    ratings: Mapping[Arm, Ratings],
) -> list[Check]:
    mine, theirs = (_arm(tallies[arm], ratings[arm], limit_s) for arm in ("challenger", "champion"))
    return guardrails.check(mine, theirs, limits)


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
