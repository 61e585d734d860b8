"""HTTP of runs: read, follow (SSE), cancel. A run goes over the wire as the record it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Header
from sse_starlette import EventSourceResponse, ServerSentEvent

from core.records import Run
from server.dependencies import StateDep, UserDep
from server.runs import service

router = APIRouter(prefix="/v1/runs", tags=["runs"])

PING_S: Final = 15
SEND_TIMEOUT_S: Final = 30.0


@router.get("/{run_id}")
async def get(run_id: str, state: StateDep) -> Run:
    return await state.runs.get(run_id)


@router.get("/{run_id}/events")
async def events(
    run_id: str,
    state: StateDep,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
) -> EventSourceResponse:
    """`progress` events from the beginning or behind Last-Event-ID, then one `verdict`."""
    after = service.parse_position(last_event_id)
    await state.runs.get(run_id)
    return EventSourceResponse(
        _encoded(service.follow(state, run_id, after)),
        ping=PING_S,
        send_timeout=SEND_TIMEOUT_S,
        headers={"X-Accel-Buffering": "no"},
    )


async def _encoded(followed: AsyncIterator[service.Event]) -> AsyncIterator[ServerSentEvent]:
    async for event in followed:
        data = orjson.dumps(event.data).decode()
        yield ServerSentEvent(data, event=event.name, id=event.id or None)


@router.delete("/{run_id}", status_code=202)
async def cancel(run_id: str, state: StateDep, user: UserDep) -> Run:
    """202: whoever works on it stops at its next heartbeat."""
    return await service.cancel(state, run_id, user)
