"""HTTP of a version's page."""

from __future__ import annotations

from fastapi import APIRouter

from server.access.needs import VIEW
from server.dependencies import StateDep
from server.json_route import JsonRoute
from server.versions import schemas, service

router = APIRouter(
    prefix="/v1/assistants", tags=["assistants"], dependencies=[VIEW], route_class=JsonRoute
)


@router.get("/{name}/versions/{version}/report")
async def report(name: str, version: str, state: StateDep) -> schemas.VersionReport:
    return await service.report(state, name, version)
