"""One assistant in a scrape: who answers, what waits to be learned, its run, gates and trial."""

from __future__ import annotations

import time
from typing import Any, Final

from core.alarm import find_warnings
from core.backlog import Backlog
from core.records import Pointer, Run
from core.trials import Trial
from server.sight.families import Scrape
from server.state import State

RUNS_READ: Final = 10
"""Among so many newest runs there is one that was judged, or lag is counted from the first vote."""


async def add_assistant(state: State, scrape: Scrape, assistant: str, pointer: Pointer) -> None:
    scrape.add("champion_info", 1, assistant, pointer.champion)
    scrape.add("held", pointer.held, assistant)
    runs = await state.runs.of(assistant, limit=RUNS_READ)
    judged = next((run for run in runs if _gates(run)), None)
    await _add_log(state, scrape, assistant)
    await _add_waiting(state, scrape, assistant, judged)
    await _add_open_run(state, scrape, assistant)
    _add_ended(scrape, assistant, next((run for run in runs if run.verdict), None))
    _add_gates(scrape, assistant, judged)
    astray = await find_warnings(state.registry, state.trials, assistant)
    scrape.add("judge_astray", bool(astray), assistant)
    for trial in await state.trials.of(assistant, limit=1):
        if trial.challenger == pointer.challenger:
            _add_trial(scrape, assistant, trial)


async def _add_log(state: State, scrape: Scrape, assistant: str) -> None:
    for kind, number in (await state.feedback.counts(assistant)).items():
        scrape.add("opinions", number, assistant, kind)
    archived = await Backlog(state.store).archived(assistant)
    scrape.add("log_entries", await state.feedback.length(assistant), assistant, "redis")
    scrape.add("log_entries", archived.entries, assistant, "archive")
    scrape.add("archive_watermark_timestamp_seconds", archived.until or None, assistant)


async def _add_waiting(state: State, scrape: Scrape, assistant: str, judged: Run | None) -> None:
    data = judged.verdict.figures.get("data") if judged and judged.verdict else None
    watermark = (data or {}).get("watermark") or ""
    oldest = await Backlog(state.store).first_after(assistant, watermark)
    scrape.add("feedback_lag_seconds", max(0.0, time.time() - oldest) if oldest else 0, assistant)
    if trigger := await state.runs.trigger_state(assistant):
        scrape.add("last_look_timestamp_seconds", trigger.at, assistant)
        for name, number in trigger.waiting.items():
            scrape.add("feedback_waiting", number, assistant, name)
        for name, number in trigger.needed.items():
            scrape.add("feedback_needed", number, assistant, name)


async def _add_open_run(state: State, scrape: Scrape, assistant: str) -> None:
    scrape.add("lease_held", await state.runs.is_leased(assistant), assistant)
    run = await state.runs.active(assistant)
    for name in ("queued", "running"):
        scrape.add("run_open", run is not None and run.state == name, assistant, name)
    if run:
        scrape.add("run_progress_ratio", run.fraction, assistant, run.phase)
        scrape.add("run_opened_timestamp_seconds", run.created, assistant)
        scrape.add("run_attempts", run.attempts, assistant)


def _add_ended(scrape: Scrape, assistant: str, run: Run | None) -> None:
    if run and (verdict := run.verdict):
        scrape.add("last_verdict_timestamp_seconds", verdict.at, assistant, verdict.decision)
        for phase, seconds in (verdict.figures.get("seconds") or {}).items():
            scrape.add("last_run_seconds", seconds, assistant, phase)


def _add_gates(scrape: Scrape, assistant: str, run: Run | None) -> None:
    for gate in _gates(run) if run else ():
        scrape.add("gate_value", gate["value"], assistant, gate["name"])
        scrape.add("gate_limit", gate["limit"], assistant, gate["name"])
        scrape.add("gate_passed", gate["passed"], assistant, gate["name"])


def _add_trial(scrape: Scrape, assistant: str, trial: Trial) -> None:
    scrape.add("canary_ends_timestamp_seconds", trial.ends, assistant)
    figures = trial.figures  # empty until the first look
    scrape.add("canary_votes", figures.get("counted"), assistant)
    for side, bound in (("better", "promote_at"), ("worse", "rollback_at")):
        scrape.add("canary_evidence", figures.get(side), assistant, side)
        scrape.add("canary_bound", figures.get(bound), assistant, side)


def _gates(run: Run) -> list[dict[str, Any]]:
    return (run.verdict.figures.get("gates") if run.verdict else None) or []
