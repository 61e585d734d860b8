"""`/v1/users/{id}`: consent and erasure, each by the person themself, who may be called `me`."""

from __future__ import annotations

from fastapi import APIRouter

from server.dependencies import StateDep, UserDep
from server.json_route import JsonRoute
from server.people import schemas, service

router = APIRouter(prefix="/v1/users", tags=["people"], route_class=JsonRoute)


@router.get("/{user_id}/consent")
async def consent(user_id: str, state: StateDep, user: UserDep) -> schemas.ConsentView:
    return await service.consent(state, user, user_id)


@router.put("/{user_id}/consent")
async def put_consent(
    user_id: str, new: schemas.NewConsent, state: StateDep, user: UserDep
) -> schemas.ConsentView:
    return await service.put_consent(state, user, user_id, new)


@router.delete("/{user_id}")
async def erase(user_id: str, state: StateDep, user: UserDep) -> schemas.Erased:
    return await service.erase(state, user, user_id)
