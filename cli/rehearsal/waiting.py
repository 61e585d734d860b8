"""Waits for what the loop makes of the votes: a new champion, a refusal, or nothing and why."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from cli.api import Api
from cli.overview import Overview, get_overview, get_runs, get_trials
from cli.replies import Json
from core.errors import ThumbwheelError, Unavailable
from core.records import Run

POLL_S: Final = 0.5
ASK_POLL_S: Final = 0.1
PROBE_TOKENS: Final = 16
"""Length of the answers asked for to see who answers."""
REFUSALS: Final = ("reject", "rollback", "hold")

Say = Callable[[str, float], None]
"""Told what is going on (a line, and how far the run is: 0 to 1)."""


class NoNewVersion(ThumbwheelError):
    """The loop ended its work, or did none, without a new champion that answers."""

    def __init__(self, message: str, run: Run | None = None) -> None:
        super().__init__(message)
        self.run = run


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds from the last vote."""

    nudge_s: float = 6.0
    """For a run to start by itself: longer than the quiet that a worker waits for after a vote."""
    start_s: float = 30.0
    """For a run to start at all."""
    total_s: float = 900.0
    """For a new champion."""


async def wait_until_idle(api: Api, assistant: str, say: Say) -> Overview:
    """The assistant's state once no run is under way: one that began before is not ours."""
    while True:
        now = await get_overview(api, assistant)
        if now.active_run is None:
            return now
        say(f"an earlier run is in {now.active_run.phase}", now.active_run.fraction)
        await asyncio.sleep(POLL_S)


async def wait_for_champion(
    api: Api,
    before: Overview,
    known: set[str],
    patience: Patience,
    say: Say,
    try_out: Callable[[], Awaitable[object]],
    nudge: Callable[[], Awaitable[object]] | None = None,
) -> tuple[str, Run | None]:
    """The new champion, and the run that made it (None when somebody promoted by hand).

    `known` are the runs from before. When no run starts by itself, `nudge` is called once; while a
    version is on trial, `try_out` again and again. Raises NoNewVersion when a run or a trial ends
    without a new champion, when none starts, or when time is up.
    """
    began = time.monotonic()
    while True:
        now = await get_overview(api, before.id)
        new = [run for run in await get_runs(api, before.id) if run.id not in known]
        if now.champion != before.champion:
            return now.champion, next((r for r in new if r.version == now.champion), None)
        waited_s = time.monotonic() - began
        _raise_if_refused(new)
        await _raise_if_tried_in_vain(api, now, new)
        _raise_if_too_late(now, new, waited_s, patience)
        if now.challenger:
            say(*_describe(now))
            await try_out()
            continue
        if nudge and not new and waited_s > patience.nudge_s:
            await nudge()
            nudge = None
        say(*_describe(now))
        await asyncio.sleep(POLL_S)


def _raise_if_refused(new: list[Run]) -> None:
    for run in new:
        if run.verdict is not None and run.verdict.decision in REFUSALS:
            raise NoNewVersion(f"{run.verdict.decision}: {run.verdict.reason}", run)


async def _raise_if_tried_in_vain(api: Api, now: Overview, new: list[Run]) -> None:
    tried = {run.version: run for run in new if run.verdict and run.verdict.decision == "trial"}
    if now.challenger or not tried:
        return
    for trial in await get_trials(api, now.id):
        if trial.challenger in tried and trial.verdict and trial.verdict.decision in REFUSALS:
            said = f"{trial.verdict.decision} after its trial: {trial.verdict.reason}"
            raise NoNewVersion(said, tried[trial.challenger])


def _raise_if_too_late(now: Overview, new: list[Run], waited_s: float, patience: Patience) -> None:
    if not new and waited_s > patience.start_s:
        raise NoNewVersion(f"no run started within {patience.start_s:.0f} s: {now.why_not.reason}")
    if waited_s > patience.total_s:
        raise NoNewVersion(
            f"no new version within {patience.total_s:.0f} s", new[0] if new else None
        )


def _describe(now: Overview) -> tuple[str, float]:
    run = now.active_run
    if now.challenger:
        return f"{now.challenger} is on trial", 1.0
    if run is None:
        return now.why_not.reason, 0.0
    return f"{run.phase} {run.message}".strip(), run.fraction


async def wait_for_answer(
    api: Api, assistant: str, version: str, messages: list[Json], timeout_s: float
) -> float:
    """Asks until this version answers; when the whole answer was here, in monotonic seconds.

    Raises NoNewVersion when others still answer in the end.
    """
    until = time.monotonic() + timeout_s
    said = "nothing answered"
    while time.monotonic() < until:
        try:
            answer = await api.complete(assistant, messages, max_tokens=PROBE_TOKENS)
        except Unavailable as error:
            said = error.message
        else:
            if answer.version == version:
                return time.monotonic()
            said = f"{answer.version} answered"
        await asyncio.sleep(ASK_POLL_S)
    raise NoNewVersion(f"{version} did not answer within {timeout_s:.0f} s: {said}")
