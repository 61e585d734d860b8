"""HTTP of assistants: watch, retrain, promote, roll back, hold, resume."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from core.registry import Actor
from server.access.needs import OPERATE, VIEW
from server.assistants import leaderboard as board
from server.assistants import schemas, service, watch
from server.dependencies import StateDep, UserDep
from server.json_route import JsonRoute

router = APIRouter(
    prefix="/v1/assistants", tags=["assistants"], route_class=JsonRoute, dependencies=[VIEW]
)

Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("")
async def every_assistant(state: StateDep) -> schemas.AssistantList:
    return await watch.every_assistant(state)


@router.get("/{name}")
async def one_assistant(name: str, state: StateDep) -> schemas.AssistantView:
    return await watch.one_assistant(state, name)


@router.get("/{name}/versions")
async def versions(name: str, state: StateDep, limit: Limit = 50) -> schemas.VersionList:
    assistant = state.assistants.get(name).name
    return schemas.VersionList(data=await state.registry.versions(assistant, limit))


@router.get("/{name}/versions/{version}")
async def one_version(name: str, version: str, state: StateDep) -> schemas.Lineage:
    return await watch.lineage(state, name, version)


@router.get("/{name}/runs")
async def runs(name: str, state: StateDep, limit: Limit = 50) -> schemas.RunList:
    assistant = state.assistants.get(name).name
    return schemas.RunList(data=await state.runs.of(assistant, limit))


@router.get("/{name}/trials")
async def trials(name: str, state: StateDep, limit: Limit = 50) -> schemas.TrialList:
    assistant = state.assistants.get(name).name
    return schemas.TrialList(data=await state.trials.of(assistant, limit))


@router.get("/{name}/metrics")
async def metrics(name: str, state: StateDep) -> schemas.Metrics:
    return await watch.figures(state, name)


@router.get("/{name}/leaderboard")
async def leaderboard(name: str, state: StateDep) -> schemas.Leaderboard:
    return await board.leaderboard(state, name)


@router.get("/{name}/audit")
async def audit(name: str, state: StateDep, limit: Limit = 100) -> schemas.AuditList:
    assistant = state.assistants.get(name).name
    return schemas.AuditList(data=await state.registry.audit(assistant, limit))


@router.post("/{name}/retrain", status_code=202, dependencies=[OPERATE])
async def retrain(
    name: str, asked: schemas.Because, state: StateDep, user: UserDep
) -> schemas.RetrainAsked:
    return await service.retrain(state, name, Actor(user, asked.reason))


@router.post("/{name}/promote", dependencies=[OPERATE])
async def promote(
    name: str, asked: schemas.Promote, state: StateDep, user: UserDep
) -> schemas.Changed:
    return await service.promote(state, name, asked.version, Actor(user, asked.reason))


@router.post("/{name}/rollback", dependencies=[OPERATE])
async def rollback(
    name: str, asked: schemas.Rollback, state: StateDep, user: UserDep
) -> schemas.Changed:
    actor = Actor(user, asked.reason)
    return await service.rollback(state, name, asked.version or "", asked.to or "", actor)


@router.post("/{name}/hold", dependencies=[OPERATE])
async def hold(
    name: str, asked: schemas.Because, state: StateDep, user: UserDep
) -> schemas.Changed:
    return await service.hold(state, name, Actor(user, asked.reason))


@router.post("/{name}/resume", dependencies=[OPERATE])
async def resume(
    name: str, state: StateDep, user: UserDep, asked: schemas.Resume | None = None
) -> schemas.Changed:
    reason = (asked or schemas.Resume()).reason
    return await service.resume(state, name, Actor(user, reason))
