"""The wire of a version's page."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from core.golden import BeforeAfter
from core.records import Decision
from core.trials import Trial
from server.assistants.schemas import Lineage


class GateFigure(BaseModel):
    """One gate. `value` is null where nothing was measured, `limit` where the gate has none."""

    name: str
    value: float | None
    limit: float | None
    passed: bool
    why: str


class RunVerdict(BaseModel):
    """How the version's run ended."""

    decision: Decision
    reason: str
    at: float


class Curves(BaseModel):
    """Training figures by step; each series is as long as `steps`, null where there was none."""

    steps: list[int]
    series: dict[str, list[float | None]]


class VersionReport(BaseModel):
    object: Literal["version.report"] = "version.report"
    lineage: Lineage
    method: str
    """How it was trained; empty where its report is gone."""
    seconds: dict[str, float]
    """What took how long."""
    rows: dict[str, int]
    """What it was trained and tested on."""
    verdict: RunVerdict | None
    gates: list[GateFigure]
    generation: dict[str, Any] | None
    """Its answers beside the champion's, judged by the gate's judge."""
    trial: Trial | None
    risks: list[str]
    """What is known to be risky about it."""
    before_after: list[BeforeAfter]
    """To golden prompts; what was lost and gained comes first."""
    curves: Curves
    artifact: bool
    """False where the artifact store has no report of it: then answers and curves are unknown."""
