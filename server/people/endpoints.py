"""`/v1/users/{id}`: consent and erasure, each by the person themself, who may be called `me`; an
administrator may erase others.
"""

from __future__ import annotations

from fastapi import APIRouter

from server.access.needs import CHAT
from server.dependencies import CallerDep, StateDep, TraceDep, UserDep
from server.json_route import JsonRoute
from server.people import schemas, service

router = APIRouter(prefix="/v1/users", tags=["people"], route_class=JsonRoute, dependencies=[CHAT])


@router.get("/{user_id}/consent")
async def consent(
    user_id: str, state: StateDep, caller: CallerDep, user: UserDep
) -> schemas.ConsentView:
    return await service.consent(state, caller, user, user_id)


@router.put("/{user_id}/consent")
async def put_consent(
    user_id: str, new: schemas.NewConsent, state: StateDep, caller: CallerDep, user: UserDep
) -> schemas.ConsentView:
    return await service.put_consent(state, caller, user, user_id, new)


@router.delete("/{user_id}")
async def erase(
    user_id: str, state: StateDep, caller: CallerDep, user: UserDep, trace: TraceDep
) -> schemas.Erased:
    if service.is_others(caller, user, user_id):
        return await service.erase_other(state, caller, user, user_id, trace.request_id)
    return await service.erase(state, caller, user, user_id)
