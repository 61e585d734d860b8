"""HTTP of runs: read, follow (SSE), cancel. A run goes over the wire as the record it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Response
from sse_starlette import EventSourceResponse

from core.records import Run
from server.access.needs import OPERATE, VIEW
from server.dependencies import StateDep, UserDep
from server.runs import service
from server.sse import EVENT_STREAM, PING_S, SEND_TIMEOUT_S, format_event

router = APIRouter(prefix="/v1/runs", tags=["runs"], dependencies=[VIEW])


@router.get("/{run_id}")
async def get(run_id: str, state: StateDep) -> Run:
    return await state.runs.get(run_id)


@router.get("/{run_id}/events", response_class=Response, responses=EVENT_STREAM)
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
        sep="\n",
        send_timeout=SEND_TIMEOUT_S,
    )


async def _encoded(followed: AsyncIterator[service.Event]) -> AsyncIterator[bytes]:
    async for event in followed:
        yield format_event(event.name, event.data, event.id)


@router.delete("/{run_id}", status_code=202, dependencies=[OPERATE])
async def cancel(run_id: str, state: StateDep, user: UserDep) -> Run:
    """202: whoever works on it stops at its next heartbeat."""
    return await service.cancel(state, run_id, user)
