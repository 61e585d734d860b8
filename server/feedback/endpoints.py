"""HTTP of feedback: give, list, take back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Response

from server.access.needs import FEEDBACK
from server.dependencies import StateDep, UserDep
from server.feedback import schemas, service
from server.feedback.route import OpinionRoute

router = APIRouter(
    prefix="/v1/feedback", tags=["feedback"], route_class=OpinionRoute, dependencies=[FEEDBACK]
)

KeyHeader = Annotated[str | None, Header(alias="Idempotency-Key", pattern=schemas.KEY_PATTERN)]


@router.post("", status_code=201, responses={200: {"model": schemas.Revealed | schemas.Stored}})
async def give(
    opinion: schemas.Opinion,
    state: StateDep,
    user: UserDep,
    response: Response,
    idempotency_key: KeyHeader = None,
) -> schemas.Revealed | schemas.Stored:
    """201 for a new opinion, 200 for one that is stored already, with the same id."""
    stored = await service.give(state, user, opinion, idempotency_key or opinion.key or "")
    response.status_code = 201 if stored.new else 200
    return stored


@router.get("")
async def held(state: StateDep, user: UserDep, assistant: str | None = None) -> schemas.HeldList:
    return await service.held(state, user, assistant)


@router.delete("/{feedback_id}")
async def take_back(feedback_id: str, state: StateDep, user: UserDep) -> schemas.Retracted:
    return await service.take_back(state, user, feedback_id)
