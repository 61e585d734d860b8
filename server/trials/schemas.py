"""The wire of trials."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from core.trials import Trial, Wealth


class TrialView(BaseModel):
    object: Literal["trial"] = "trial"
    trial: Trial
    promote_at: float | None
    """Evidence at which the challenger is promoted; null before the first look."""
    rollback_at: float | None
    """The mirror at which it is rolled back; null before the first look."""
    path: list[Wealth]
    """Evidence by vote, oldest first; thinned out where there were many."""
