"""What became of a trial that is over and was never said so: a look that decided it died before it
wrote the verdict, a person ended it, or it never began.
"""

from __future__ import annotations

from typing import Final

from core.records import Decision, Verdict
from core.registry import AuditEntry
from core.trials import Trial
from worker.context import Context
from worker.verdicts import verdict

CANARY: Final = "canary"
"""Who changes the pointer where votes or guardrails do."""
ENDING: Final = ("promote", "rollback", "end_trial")
"""Changes after which nobody is on trial."""
MOST_CHANGES: Final = 10_000
"""That are looked through for the trial, back from the newest."""


async def how_it_ended(context: Context, trial: Trial) -> Verdict:
    """As the audit log has it, with the figures of the last look."""
    change = await _ending(context, trial)
    if change is None:
        return verdict("reject", "it never began", trial.figures, trial.challenger)
    reason = change.reason if change.by == CANARY else "ended by hand"
    decision = await _decision(context, trial, change)
    return verdict(decision, reason, trial.figures, trial.challenger)


async def _ending(context: Context, trial: Trial) -> AuditEntry | None:
    """The first change after the trial began that ended it; None where it never began."""
    ending = None
    for entry in await context.registry.audit(trial.assistant, MOST_CHANGES):
        if entry.action == "trial" and f"challenger={trial.challenger}" in entry.change.split():
            return ending
        if entry.action in ENDING:
            ending = entry
    return None


async def _decision(context: Context, trial: Trial, change: AuditEntry) -> Decision:
    if f"champion={trial.challenger}" in change.change.split():
        return "promote"
    version = await context.registry.version(trial.assistant, trial.challenger)
    return "reject" if version.state == "rejected" else "rollback"
