"""HTTP of feedback: give, list, take back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from server.access.needs import FEEDBACK
from server.dependencies import StateDep, UserDep
from server.errors import ErrorReply
from server.feedback import schemas, service
from server.feedback.route import OpinionRoute

router = APIRouter(
    prefix="/v1/feedback", tags=["feedback"], route_class=OpinionRoute, dependencies=[FEEDBACK]
)

ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"model": schemas.Revealed | schemas.Stored, "description": "It holds already"},
    409: {"model": ErrorReply, "description": "The answer cannot be rated, or the key was used"},
}
KeyHeader = Annotated[str | None, Header(alias="Idempotency-Key", pattern=schemas.KEY_PATTERN)]


@router.post("", status_code=201, responses=ANSWERS)
async def give(
    opinion: schemas.Opinion,
    state: StateDep,
    user: UserDep,
    response: Response,
    idempotency_key: KeyHeader = None,
) -> schemas.Revealed | schemas.Stored:
    """201 for a new opinion, 200 for one that holds already, with its id: either way it holds now.

    An Idempotency-Key means this very request: send it again with the same key until it is
    answered, and give every new wish a key of its own. 409 if the key was used before and that
    opinion was replaced or taken back since, or said something else. Nothing is stored then, so a
    request that was late never undoes a newer one. Keys are remembered for 30 days.
    """
    stored = await service.give(state, user, opinion, idempotency_key or opinion.key or "")
    response.status_code = 201 if stored.new else 200
    return stored


@router.get("")
async def held(state: StateDep, user: UserDep, assistant: str | None = None) -> schemas.HeldList:
    return await service.held(state, user, assistant)


@router.delete("/{feedback_id}")
async def take_back(feedback_id: str, state: StateDep, user: UserDep) -> schemas.Retracted:
    return await service.take_back(state, user, feedback_id)
