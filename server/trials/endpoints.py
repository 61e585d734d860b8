"""HTTP of one trial."""

from __future__ import annotations

from fastapi import APIRouter

from server.access.needs import VIEW
from server.dependencies import StateDep
from server.json_route import JsonRoute
from server.trials import schemas, service

router = APIRouter(
    prefix="/v1/assistants", tags=["assistants"], dependencies=[VIEW], route_class=JsonRoute
)


@router.get("/{name}/trials/{version}")
async def one_trial(name: str, version: str, state: StateDep) -> schemas.TrialView:
    return await service.one_trial(state, name, version)
