"""HTTP of health: alive, ready, metrics."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from server.access.needs import PUBLIC, SCRAPE
from server.dependencies import StateDep
from server.health.schemas import Readiness
from server.health.service import find_readiness
from server.sight.service import expose

METRICS_PATH: Final = "/metrics"

router = APIRouter(tags=["health"])

METRICS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}}
}


@router.get("/healthz", dependencies=[PUBLIC])
async def alive() -> dict[str, str]:
    """The process answers; nothing else is asked."""
    return {"status": "alive"}


@router.get("/readyz", dependencies=[PUBLIC], responses={503: {"model": Readiness}})
async def ready(state: StateDep, response: Response) -> Readiness:
    """503 unless chat can be served; names every part that is broken, and why."""
    found = await find_readiness(state)
    response.status_code = 200 if found.ready else 503
    return found


@router.get(METRICS_PATH, dependencies=[SCRAPE], response_class=Response, responses=METRICS)
async def metrics(state: StateDep) -> Response:
    """This process's numbers and the shared state, for Prometheus."""
    return Response(await expose(state), media_type=CONTENT_TYPE_LATEST)
