"""One look at what is to be forgotten, at answers that nobody finishes, and at every assistant: at
its trial and its lineup; why there is or is not a run; opens what is due, asks again for runs that
nobody works on, and does a slice of the log's upkeep. Doing it twice is harmless.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable
from typing import TypeVar

from core.assistants import Assistant
from core.errors import StoreUnavailable, ThumbwheelError
from core.records import Run, TriggerState
from worker.archiving import archive_slice, count_old_slice
from worker.canary.watch import look_at_trial
from worker.context import Context
from worker.explore.lineup import look_at_lineup
from worker.forgetting import finish_erasures, remove_old
from worker.run import give_up
from worker.triggers import Facts, decide
from worker.unfinished import close_unfinished
from worker.verdicts import cancelled, died

log = logging.getLogger(__name__)

T = TypeVar("T")


async def tick(context: Context) -> list[str]:
    """The runs a message must be sent for. What fails for one assistant stops no other; without
    Redis nothing goes on: StoreUnavailable.
    """
    await _apart("upkeep", "", finish_erasures(context))
    await _apart("upkeep", "", remove_old(context))
    await _apart("upkeep", "", close_unfinished(context))
    wanted = [await _apart("look", a.name, look_at(context, a)) for a in context.assistants]
    return [run_id for run_id in wanted if run_id]


async def _apart(action: str, assistant: str, part: Awaitable[T]) -> T | None:
    """None where it failed: the next tick tries again."""
    about = {"action": action, "assistant": assistant}
    try:
        return await part
    except StoreUnavailable:
        raise
    except ThumbwheelError as error:
        log.warning(error.message, extra=about)
    except Exception:
        log.exception("failed", extra=about)
    return None


async def look_at(context: Context, assistant: Assistant) -> str | None:
    """The assistant's run if nobody works on it and no message for it is on its way."""
    await _apart("trial", assistant.name, look_at_trial(context, assistant.name))
    await _apart("lineup", assistant.name, look_at_lineup(context, assistant))
    facts = await gather(context, assistant.name)
    state = decide(assistant.retrain, facts, assistant.learns_from_thumbs)
    run = facts.active
    if state.due:
        run = await _open(context, assistant.name, state, facts)
    await context.runs.set_trigger_state(assistant.name, state)
    await archive_slice(context, assistant.name)
    await count_old_slice(context, assistant.name)
    return await _ask_for(context, run) if run else None


async def gather(context: Context, assistant: str) -> Facts:
    runs, feedback = context.runs, context.feedback
    pointer = await context.registry.pointer(assistant)
    before = await runs.trigger_state(assistant)
    recent = await runs.of(assistant, limit=1)
    return Facts(
        now=time.time(),
        counts=await feedback.counts(assistant),
        pointer=pointer,
        held_by=await _held_by(context, assistant) if pointer.held else "",
        active=await runs.active(assistant),
        last=recent[0] if recent else None,
        request=await runs.retrain_request(assistant),
        first_vote_at=await feedback.first_at(assistant),
        last_vote_at=await feedback.last_at(assistant),
        settling_since=before.settling_since if before else None,
        gone=await feedback.gone(assistant),
    )


async def _held_by(context: Context, assistant: str) -> str:
    changes = await context.registry.audit(assistant)
    return next((entry.by for entry in changes if entry.action == "hold"), "")


async def _open(context: Context, assistant: str, state: TriggerState, facts: Facts) -> Run:
    run, new = await context.runs.open(assistant, state.reason, facts.counts)
    if new:
        await context.runs.take_retrain_request(assistant)
        log.info("opened", extra={"action": "open", "assistant": assistant, "run_id": run.id})
    return run


async def _ask_for(context: Context, run: Run) -> str | None:
    runs, settings = context.runs, context.settings
    if await runs.is_leased(run.assistant):
        return None
    if run.cancelled:
        await give_up(context, run, cancelled())
        return None
    if run.attempts >= settings.max_attempts:
        await give_up(context, run, died(run.attempts))
        return None
    # One message a lease is enough: it waits in the queue while another assistant is trained.
    return run.id if await runs.claim_enqueue(run.id, settings.lease_s) else None
