"""`/v1/comparisons`: several blind answers to one prompt, as server-sent events."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from core.errors import InvalidRequest
from server.access.needs import CHAT, GENERATE_OR_RESUME
from server.comparisons import resuming, service
from server.comparisons.schemas import ComparisonView, NewComparison, Stopped
from server.dependencies import StateDep, TraceDep, UserDep, find_user
from server.disconnect import while_connected
from server.json_route import JsonRoute
from server.sse import EVENT_STREAM, NOTHING_LEFT, EventStream, LastEventId, Primed, go_on, named

router = APIRouter(
    prefix="/v1/comparisons", tags=["comparisons"], route_class=JsonRoute, dependencies=[CHAT]
)


@router.post(
    "",
    dependencies=[GENERATE_OR_RESUME],
    response_model=ComparisonView,
    responses={**EVENT_STREAM, **NOTHING_LEFT},
)
async def create_comparison(
    request: Request,
    state: StateDep,
    trace: TraceDep,
    body: NewComparison | None = None,
    last_event_id: LastEventId = None,
) -> Response | ComparisonView:
    """Asks; with Last-Event-ID, goes on reading a comparison instead."""
    user = await find_user(request, body.user if body else None)
    if last_event_id is not None:
        return await go_on(await resuming.resume(state, user, last_event_id), state.settings)
    if body is None:
        raise InvalidRequest("The body must ask something: messages, or conversation and content")
    plan = await service.plan(state, trace, user, body)
    if not body.stream:
        return await while_connected(request, state.drain, service.complete(state, plan))
    events = await while_connected(request, state.drain, service.stream(state, plan))
    return EventStream(await Primed.of(events), state.settings)


@router.get("", response_class=Response, responses={**EVENT_STREAM, **NOTHING_LEFT})
async def resume_comparison(
    state: StateDep, user: UserDep, last_event_id: LastEventId = None
) -> Response:
    """Goes on reading behind Last-Event-ID, which also names the comparison."""
    events = await resuming.resume(state, user, named(last_event_id))
    return await go_on(events, state.settings)


@router.delete("/{comparison_id}")
async def stop_comparison(comparison_id: str, state: StateDep, user: UserDep) -> Stopped:
    """Stops generating all its answers."""
    await resuming.stop(state, user, comparison_id)
    return Stopped(comparison_id=comparison_id)
