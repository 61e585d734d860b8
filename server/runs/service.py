"""Follows one run until its verdict, and asks for its end."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from core.errors import Conflict, InvalidRequest, ThumbwheelError
from core.records import Run, to_dict
from core.registry import Actor
from server.errors import describe_error
from server.state import State

POLL_S: Final = 0.3
"""Between two looks for news. Blocking reads would hold a connection to Redis per watcher."""
READ_MS: Final = 1
FIRST: Final = "0"
_POSITION: Final = re.compile(r"(\d{1,20})-(\d{1,20})")
MOST: Final = 2**64
"""Each half of a position is less."""


@dataclass(frozen=True, slots=True)
class Event:
    """`id` is a position to go on from; empty when there is nothing behind it."""

    name: str
    data: dict[str, Any]
    id: str = ""


def parse_position(last_event_id: str | None) -> str:
    """Raises InvalidRequest for what this server did not send."""
    if not last_event_id:
        return FIRST
    halves = _POSITION.fullmatch(last_event_id)
    if halves is None or max(map(int, halves.groups())) >= MOST:
        raise InvalidRequest("Last-Event-ID must be an id of this stream", "Last-Event-ID")
    return last_event_id


async def follow(state: State, run_id: str, after: str) -> AsyncIterator[Event]:
    """Progress behind `after`, then the verdict, then nothing more."""
    try:
        async for event in _follow(state, run_id, after):
            yield event
    except ThumbwheelError as error:  # mid-stream the status is gone; the reader gets an event
        yield Event("error", describe_error(error))


async def _follow(state: State, run_id: str, after: str) -> AsyncIterator[Event]:
    while not state.drain.begun:
        # The run first: what was said before its verdict is then surely in the stream.
        run = await state.runs.get(run_id)
        async for position, row in state.runs.events(run_id, after, READ_MS):
            after = position
            yield Event("progress", _progress(row), position)
        if run.verdict is not None:
            yield Event("verdict", to_dict(run))
            return
        await asyncio.sleep(POLL_S)


def _progress(row: dict[str, str]) -> dict[str, Any]:
    return {
        "phase": row["phase"],
        "fraction": float(row["fraction"]),
        "message": row["message"],
        "eta_s": float(row["eta_s"]) if row["eta_s"] else None,
        "at": float(row["at"]),
        "figures": orjson.loads(row["figures"]) if "figures" in row else None,
    }


async def cancel(state: State, run_id: str, user: str) -> Run:
    """Asks for a stop; who works on the run ends it with a verdict. Conflict when it is over."""
    run = await state.runs.get(run_id)
    if run.verdict is not None:
        raise Conflict(f"Run {run_id!r} has ended: {run.verdict.decision}, {run.verdict.reason}")
    await state.registry.note(run.assistant, "cancel", Actor(user, f"run {run_id}"))
    await state.runs.cancel(run_id)
    return await state.runs.get(run_id)
