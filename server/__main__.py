"""`python -m server`: one server process under uvicorn."""

from __future__ import annotations

import asyncio
from types import FrameType
from typing import Final

import uvicorn
import uvloop

from core.logs import configure_logging
from core.settings import Settings
from server.app import create_app

CUT_MARGIN_S: Final = 5
"""uvicorn cuts last: after our drain and after sse-starlette's."""


class Server(uvicorn.Server):
    """uvicorn's, which also tells the application that the end has begun."""

    def __init__(self, config: uvicorn.Config, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(config)
        self._loop = loop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._loop.call_soon_threadsafe(self._begin_drain)

    def _begin_drain(self) -> None:
        # Before the lifespan has opened it there is nothing to drain.
        state = getattr(self.config.app.state, "thumbwheel", None)  # type: ignore[union-attr]
        if state is not None:
            state.drain.begin()


async def serve(settings: Settings) -> bool:
    """Runs until SIGTERM or SIGINT; False when the start failed."""
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=settings.shutdown_grace_s + CUT_MARGIN_S,
    )
    server = Server(config, asyncio.get_running_loop())
    await server.serve()
    return server.started


def main() -> int:
    settings = Settings()
    configure_logging(settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return 0 if runner.run(serve(settings)) else 3


if __name__ == "__main__":
    raise SystemExit(main())
