"""The HTTP application: its routes, its middleware, its errors, its lifespan."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware

from core.limits import KINDS
from core.settings import Settings
from server.access.endpoints import router as access
from server.access.guard import guard_routes
from server.assistants.endpoints import router as assistants
from server.chat.endpoints import router as chat
from server.comparisons.endpoints import router as comparisons
from server.conversations.endpoints import router as conversations
from server.errors import RESPONSES, install_error_handlers
from server.exchange.endpoints import IMPORT_PATH
from server.exchange.endpoints import router as exchange
from server.explore.endpoints import router as explore
from server.feedback.endpoints import router as feedback
from server.health.endpoints import METRICS_PATH
from server.health.endpoints import router as health
from server.lifespan import open_state
from server.middleware import BodyLimit, Tracing
from server.people.endpoints import router as people
from server.runs.endpoints import router as runs
from server.trials.endpoints import router as trials
from server.versions.endpoints import router as versions
from server.web.endpoints import router as web
from server.web.plotly import router as plotly

ROUTERS: Final[tuple[APIRouter, ...]] = (
    chat,
    conversations,
    comparisons,
    exchange,
    feedback,
    assistants,
    explore,
    runs,
    trials,
    versions,
    people,
    access,
    health,
    plotly,
    web,
)


EXPOSED: Final = (
    "retry-after",
    "x-request-id",
    "x-thumbwheel-version",
    *(f"x-ratelimit-{w}-{k}" for w in ("limit", "remaining", "reset") for k in KINDS[:2]),
)
"""Headers of replies that pages of other origins may read, where they may call at all."""


def create_app(settings: Settings) -> FastAPI:
    """Opens nothing; the lifespan does."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_state(settings) as state:
            app.state.thumbwheel = state
            yield

    # FastAPI's own pages of documentation load scripts from another host.
    app = FastAPI(
        title="Thumbwheel", lifespan=lifespan, responses=RESPONSES, docs_url=None, redoc_url=None
    )
    install_error_handlers(app)
    larger = {IMPORT_PATH: settings.max_import_bytes}
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes, larger=larger)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=EXPOSED,
        )
    app.add_middleware(Tracing)  # added last, so it is the outermost
    for router in ROUTERS:
        app.include_router(router)
    guard_routes(app, frozenset({METRICS_PATH} if settings.open_metrics else ()))
    return app
