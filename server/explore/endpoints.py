"""HTTP of what operators read: feedback one by one and over time, the conversation behind it, the
fleet.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from core.timeline import Span
from server.access.needs import VIEW
from server.dependencies import StateDep
from server.explore import conversation, feedback, fleet, schemas, timeline
from server.explore.wanted import Time, WantedDep
from server.json_route import JsonRoute

router = APIRouter(prefix="/v1", tags=["explore"], route_class=JsonRoute, dependencies=[VIEW])

Cursor = Annotated[str | None, Query(pattern=schemas.CURSOR_PATTERN)]


@router.get("/assistants/{name}/feedback")
async def feedback_of(
    name: str,
    state: StateDep,
    wanted: WantedDep,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> schemas.OpinionPage:
    """Opinions that hold now, in order of arrival, the newest first; none of people who were erased
    or whose consent is off. `since` (included) and `until` (not) are about when they were given. A
    page may have fewer than `limit` where few fit; the last one has no `next`.
    """
    return await feedback.find_page(state, name, wanted, cursor or "", limit)


@router.get("/assistants/{name}/timeline")
async def timeline_of(
    name: str, state: StateDep, bucket: Span = "day", since: Time = None, until: Time = None
) -> schemas.TimelineView:
    """Every bucket that has some of [since, until), empty ones too, at most 10,000 of them; by
    default the last 48 hours, 90 days or 53 weeks.
    """
    return await timeline.find_timeline(state, name, bucket, since, until)


@router.get("/assistants/{name}/conversations/{conversation_id}")
async def conversation_behind(
    name: str, conversation_id: str, state: StateDep
) -> schemas.ConversationBehind:
    """A conversation that an opinion is about. 404 for one nobody gave feedback in, and for those
    of people who were erased or whose consent is off.
    """
    return await conversation.find_conversation(state, name, conversation_id)


@router.get("/fleet")
async def fleet_now(state: StateDep) -> schemas.Fleet:
    """Every replica and worker that was heard of, silent ones too."""
    return await fleet.find_fleet(state)
