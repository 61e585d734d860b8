"""Reads one trial: what was planned, what is known, and how the evidence came to be so."""

from __future__ import annotations

from server.state import State
from server.trials import schemas


async def one_trial(state: State, name: str, version: str) -> schemas.TrialView:
    """Of the version that was tried. Raises NotFound."""
    assistant = state.assistants.get(name).name
    trial = await state.trials.get(assistant, version)
    return schemas.TrialView(
        trial=trial,
        promote_at=trial.figures.get("promote_at"),
        rollback_at=trial.figures.get("rollback_at"),
        path=await state.trials.path(assistant, version),
    )
