"""Puts a version's page together: registry, run, trial and artifact."""

from __future__ import annotations

import asyncio
from typing import Any

from core.errors import NotFound
from core.records import Run
from core.trials import Trial
from server.assistants import watch
from server.state import State
from server.versions import schemas
from server.versions.artifact import make_curves, read_stored
from server.versions.risks import find_risks


async def report(state: State, name: str, version: str) -> schemas.VersionReport:
    """Raises NotFound, and Unavailable when the artifact store does not answer."""
    lineage = await watch.lineage(state, name, version)
    made = await state.registry.version(lineage.assistant, version)
    run, trial = await _run(state, lineage.run), await _trial(state, lineage.assistant, version)
    stored = await asyncio.to_thread(read_stored, state.settings.artifacts, version)
    told = stored.report or {}
    figures: dict[str, Any] = run.verdict.figures if run and run.verdict else {}
    return schemas.VersionReport(
        lineage=lineage,
        method=str(told.get("method") or ""),
        seconds=told.get("seconds") or {},
        rows=made.figures.get("rows") or {},
        verdict=_verdict(run),
        gates=figures.get("gates") or [],
        generation=made.figures.get("generation"),
        trial=trial,
        risks=find_risks(made.figures, figures, told.get("warnings") or []),
        before_after=told.get("before_after") or [],
        curves=make_curves(stored.metrics),
        artifact=stored.report is not None,
    )


def _verdict(run: Run | None) -> schemas.RunVerdict | None:
    if run is None or run.verdict is None:
        return None
    said = run.verdict
    return schemas.RunVerdict(decision=said.decision, reason=said.reason, at=said.at)


async def _run(state: State, run_id: str) -> Run | None:
    try:
        return await state.runs.get(run_id)
    except NotFound:
        return None


async def _trial(state: State, assistant: str, version: str) -> Trial | None:
    try:
        return await state.trials.get(assistant, version)
    except NotFound:
        return None
