"""`POST /v1/comparisons`: several blind answers to one prompt."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from server.access.needs import GENERATE
from server.comparisons import service
from server.comparisons.schemas import ComparisonView, NewComparison
from server.dependencies import StateDep, TraceDep, find_user
from server.disconnect import while_connected
from server.json_route import JsonRoute
from server.sse import EVENT_STREAM, EventStream, Primed

router = APIRouter(
    prefix="/v1/comparisons", tags=["comparisons"], route_class=JsonRoute, dependencies=[GENERATE]
)


@router.post("", response_model=ComparisonView, responses=EVENT_STREAM)
async def create_comparison(
    request: Request, body: NewComparison, state: StateDep, trace: TraceDep
) -> Response | ComparisonView:
    user = await find_user(request, body.user)
    plan = await service.plan(state, trace, user, body)
    if not body.stream:
        return await while_connected(request, state.drain, service.complete(state, plan))
    events = await while_connected(request, state.drain, Primed.of(service.stream(state, plan)))
    return EventStream(events, state.settings)
