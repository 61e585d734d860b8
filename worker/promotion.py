"""From a published version to one that answers: staged, loaded everywhere, then on trial for a
share of the people; or the pointer moves at once where the assistant has no trials. Or not, and
why.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

from core.errors import Conflict, NotFound, RunFailed, StaleFence
from core.records import Decision, Pointer, Replica, Verdict, Version
from core.registry import Actor
from core.runs import Lease
from core.trials import Trial
from worker.canary.case import DAY_S
from worker.context import Context
from worker.gate import Judgement
from worker.snapshot import Snapshot
from worker.verdicts import rejected, unsure, verdict

POLL_S: Final = 0.1
_WAS_LIVE: Final = ("trial", "champion", "retired", "rolled_back")
"""States of a version that answered people."""


async def go_live(
    context: Context,
    lease: Lease,
    version: Version,
    champion: str,
    judgement: Judgement,
    snapshot: Snapshot,
) -> Verdict:
    """Puts `version` on trial, or promotes it where there are no trials and the gate's `judgement`
    is sure, if `champion`, which it was compared with, still answers. `snapshot`: what it learned
    from tells how many gave feedback and whose votes weigh less in the trial.

    Raises StaleFence for an outdated owner, RunFailed when a replica cannot load it.
    """
    registry, name, reason = context.registry, version.name, judgement.reason
    known = await went_so_far(context, lease.assistant, name)
    if known is not None:
        # A predecessor of this attempt got so far. What people did since is theirs to decide.
        return verdict(known, reason, version=name)
    if stays := _stays(await registry.pointer(lease.assistant), name):
        return stays
    canary = context.assistants.get(lease.assistant).canary
    enough = snapshot.people >= canary.min_people
    if canary.share and not enough:
        few = f"{snapshot.people} people gave feedback, {canary.min_people} needed"
        reason = f"{reason}; without a trial, because {few}"
    if judgement.unsure and not (canary.share and enough):
        return unsure(reason, name)
    actor = Actor(lease.run, reason, lease.token)
    await registry.stage(lease.assistant, name, actor)
    await wait_loaded(context, name)
    decision: Decision = "promote"
    try:
        if canary.share and enough:
            decision = "trial"
            await _try_out(context, version, champion, snapshot.doubted(), actor)
        else:
            await registry.promote(lease.assistant, name, actor, expected=champion, challenger="")
    except StaleFence:
        raise
    except Conflict as conflict:
        pointer = await registry.pointer(lease.assistant)
        if stays := _stays(pointer, name):
            return stays
        if pointer.champion == champion:
            return _left(conflict.message, name)
        reason = f"{conflict.message}: it was not compared with {pointer.champion!r}"
        return rejected(reason, version=name)
    return verdict(decision, reason, version=name)


async def _try_out(
    context: Context, version: Version, champion: str, weights: dict[str, float], actor: Actor
) -> None:
    """Raises Conflict as Registry.begin_trial does."""
    assistant, name = version.assistant, version.name
    canary, now = context.assistants.get(assistant).canary, time.time()
    # The record first: whoever finds a version on trial finds what the trial is.
    await context.trials.add(
        Trial(
            assistant=assistant,
            challenger=name,
            champion=champion,
            run=version.run,
            number=await context.reigns.count_trial(assistant, champion, name),
            share=canary.share,
            alpha=canary.alpha,
            began=now,
            ends=now + canary.max_days * DAY_S,
            cap=canary.cap,
        ),
        weights,
    )
    await context.registry.begin_trial(assistant, name, canary.share, actor, expected=champion)


async def went_so_far(context: Context, assistant: str, name: str) -> Decision | None:
    """What was done with the version already, whatever came of it; None for nothing."""
    registry = context.registry
    try:
        state = (await registry.version(assistant, name)).state
    except NotFound:
        return None
    if state in _WAS_LIVE:
        return "trial" if await _was_on_trial(context, assistant, name) else "promote"
    return None


async def _was_on_trial(context: Context, assistant: str, name: str) -> bool:
    try:
        await context.trials.get(assistant, name)
    except NotFound:
        return False
    return True


async def let_go(context: Context, lease: Lease, outcome: Verdict) -> None:
    """No candidate of its own stays behind a run that did not promote it; another one's is whom a
    person is promoting just now.
    """
    name = (await context.registry.pointer(lease.assistant)).candidate
    if not name or outcome.decision in ("promote", "trial"):
        return
    if (await context.registry.version(lease.assistant, name)).run != lease.run:
        return
    actor = Actor(lease.run, outcome.reason, lease.token)
    if outcome.decision == "hold":
        await context.registry.unstage(lease.assistant, name, actor)
    else:
        await context.registry.reject(lease.assistant, name, actor)


async def wait_loaded(context: Context, name: str) -> None:
    """Returns when every replica that can answer has loaded and verified `name`."""
    timeout_s = context.settings.load_timeout_s
    until = time.monotonic() + timeout_s
    while True:
        alive = await context.replicas.alive()
        ready = [replica for replica in alive if replica.ready]
        lacking = [replica for replica in ready if name not in replica.versions]
        if ready and not lacking:
            return
        if time.monotonic() > until:
            raise RunFailed(_not_loaded(name, lacking or alive, timeout_s))
        await asyncio.sleep(POLL_S)


def _not_loaded(name: str, lacking: list[Replica], timeout_s: float) -> str:
    if not lacking:
        return f"no replica reported within {timeout_s:g} s, so nobody could load {name}"
    said = "; ".join(f"{r.id}: {r.error or 'no error given'}" for r in lacking)
    return f"not every replica loaded {name} within {timeout_s:g} s ({said})"


def _stays(pointer: Pointer, name: str) -> Verdict | None:
    """A verdict where something else than the gate keeps the version from going live now."""
    if pointer.held:
        return _left(f"the assistant is held ({pointer.hold_reason or 'no reason given'})", name)
    if pointer.challenger:
        return _left(f"{pointer.challenger} is on trial", name)
    return None


def _left(why: str, name: str) -> Verdict:
    said = f"{why}; the new version is good and can be promoted by a person"
    return verdict("hold", said, version=name)
