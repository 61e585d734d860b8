"""`python -m server`: one server process under uvicorn."""

from __future__ import annotations

import asyncio
from types import FrameType
from typing import Final

import uvicorn
import uvloop
from fastapi import FastAPI

from core.logs import configure_logging
from core.settings import Settings
from server.app import create_app
from server.protocol import Protocol

KEEP_ALIVE_S: Final = 75
"""Longer than clients and proxies keep an idle connection, so that it is they who close it."""
CUT_MARGIN_S: Final = 5
"""uvicorn cuts last: after our drain and after sse-starlette's."""


class Server(uvicorn.Server):
    """uvicorn's, which also tells the application that the end has begun."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app
        self._loop = asyncio.get_running_loop()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._loop.call_soon_threadsafe(self._begin_drain)

    def _begin_drain(self) -> None:
        # Before the lifespan has opened it there is nothing to drain.
        state = getattr(self._app.state, "thumbwheel", None)
        if state is not None:
            state.drain.begin()


async def serve(settings: Settings) -> bool:
    """Runs until SIGTERM or SIGINT; False when the start failed."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=Protocol,
        ws="none",
        access_log=False,
        log_config=None,
        proxy_headers=False,  # server.access.proxies decides which are believed
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=settings.shutdown_grace_s + CUT_MARGIN_S,
    )
    server = Server(config, app)
    await server.serve()
    return server.started


def main() -> int:
    settings = Settings()
    configure_logging(settings.log_level, settings.log_format, settings.log_texts)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return 0 if runner.run(serve(settings)) else 3


if __name__ == "__main__":
    raise SystemExit(main())
