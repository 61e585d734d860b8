"""A delivered run: take the lease, do the work under it, give exactly one verdict."""

from __future__ import annotations

import logging
from dataclasses import replace

from core import spans
from core.errors import RunCancelled, StaleFence, Unavailable
from core.logs import before_quotes, bound
from core.records import Run, Verdict
from core.runs import Lease
from worker.clearing import clear_behind
from worker.context import Context
from worker.lease import under_lease
from worker.pipeline import Pipeline
from worker.promotion import let_go, went_so_far
from worker.verdicts import cancelled, died, verdict

log = logging.getLogger(__name__)


async def do_run(context: Context, run_id: str) -> None:
    """Does nothing when the run is over or somebody else works on it: a message may come twice."""
    run = await context.runs.get(run_id)
    if run.state == "ended" or await context.runs.is_leased(run.assistant):
        return
    if run.attempts >= context.settings.max_attempts:
        await give_up(context, run, died(run.attempts))
        return
    lease = await context.runs.take(run, context.settings.lease_s)
    if lease is None:
        return
    about = {"thumbwheel.run": run.id, "thumbwheel.assistant": run.assistant}
    try:
        with bound(run_id=run.id), spans.span("run", about):
            await _work(context, run, lease)
    except StaleFence as error:
        log.warning(error.message, extra=_about(run, "lost"))
    except Unavailable as error:
        # The lease runs out, and the tick asks for the rest.
        log.warning(error.message, extra=_about(run, "postponed"))


async def give_up(context: Context, run: Run, outcome: Verdict) -> None:
    """Ends a run that nobody works on."""
    await context.runs.end(run, outcome)
    await clear_behind(context, run.id)


async def _work(context: Context, run: Run, lease: Lease) -> None:
    pipeline = Pipeline(context, run, lease)
    try:
        if run.cancelled:
            raise RunCancelled(f"Run {run.id} was cancelled")
        outcome = await under_lease(
            context.runs, lease, context.settings.lease_s, pipeline.verdict()
        )
    except RunCancelled:
        outcome = await _after_cancel(context, run)
    await let_go(context, lease, outcome)
    outcome = replace(outcome, figures={**pipeline.figures, **outcome.figures})
    await context.runs.end(run, outcome, lease.token)
    await clear_behind(context, run.id)
    spans.note({"thumbwheel.decision": outcome.decision, "thumbwheel.version": outcome.version})
    # What failed may quote what people said; the verdict has it all, the log does not.
    judged = "gates" in outcome.figures
    reason = outcome.reason if judged else before_quotes(outcome.reason)
    log.info(reason, extra=_about(run, outcome.decision, outcome))


async def _after_cancel(context: Context, run: Run) -> Verdict:
    name = (await context.runs.get(run.id)).version
    done = await went_so_far(context, run.assistant, name) if name else None
    if done is None:
        return cancelled()
    reached = "on trial" if done == "trial" else "live"
    return verdict(done, f"cancelled too late: it was {reached} already", version=name)


def _about(run: Run, action: str, outcome: Verdict | None = None) -> dict[str, str]:
    version = outcome.version if outcome else ""
    return {"action": action, "assistant": run.assistant, "run_id": run.id, "version": version}
