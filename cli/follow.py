"""Follows one run by its events until its verdict."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from cli.answers import StreamDropped
from cli.api import Api
from cli.layout import lasting
from cli.overview import get_overview, get_run, get_runs
from cli.replies import Json
from cli.stages import Say
from core.errors import Unavailable
from core.records import Run

RECONNECT_S: Final = 1.0
POLL_S: Final = 0.5


async def follow_run(
    api: Api, run_id: str, say: Say, tell: Callable[[Json], None] | None = None
) -> Run:
    """Says how far the run is, as its events tell, and returns it once it has ended. `tell` gets
    each of them.

    A stream that breaks is opened again behind what was heard. Raises NotFound, and Unavailable
    when the server is away.
    """
    heard = ""
    while True:
        try:
            async for event in api.run_events(run_id, heard):
                heard = event.id or heard
                if event.name == "progress":
                    now = event.json()
                    if tell:
                        tell({"run": run_id, **now})
                    say(_describe(now["phase"], now["message"], now["eta_s"]), now["fraction"])
        except StreamDropped as error:
            say(error.message, 0.0)
        run = await get_run(api, run_id)
        if run.verdict is not None:
            return run
        await asyncio.sleep(RECONNECT_S)


async def wait_for_run(api: Api, assistant: str, known: set[str], timeout_s: float) -> str:
    """Id of the assistant's next run, over already or not. Raises Unavailable when none starts."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        new = [run.id for run in await get_runs(api, assistant) if run.id not in known]
        if new:
            return new[-1]
        await asyncio.sleep(POLL_S)
    why = (await get_overview(api, assistant)).why_not.reason
    raise Unavailable(f"No run of {assistant} started within {timeout_s:.0f} s: {why}")


def _describe(phase: str, message: str, eta_s: float | None) -> str:
    eta = f" ({lasting(eta_s)} left)" if eta_s else ""
    return f"{phase} {message}".strip() + eta
