"""The two tasks' bodies as Celery sees them: open, call one function, close."""

from __future__ import annotations

import logging
from typing import Final

from celery import Celery

from core import spans
from core.errors import StoreUnavailable
from core.settings import Settings
from core.tasks import QUEUE_TRAIN, RUN, TICK
from worker.context import make_context, run_async
from worker.run import do_run
from worker.tick import tick

log = logging.getLogger(__name__)

STALE_AFTER_LEASES: Final = 2
"""A message that waited for this many leases is dropped: a younger one is behind it."""


def register(app: Celery, settings: Settings) -> None:
    @app.task(name=TICK)
    def look() -> None:
        try:
            wanted = run_async(settings, lambda store: tick(make_context(settings, store)))
        except StoreUnavailable as error:
            log.warning(error.message, extra={"action": "tick"})
            return
        for run_id in wanted:
            ask_for(app, settings, run_id)

    @app.task(name=RUN)
    def run(run_id: str) -> None:
        try:
            run_async(settings, lambda store: do_run(make_context(settings, store), run_id))
        finally:
            spans.flush()


def ask_for(app: Celery, settings: Settings, run_id: str) -> None:
    """Sends the message that asks for a run."""
    expires_s = STALE_AFTER_LEASES * settings.lease_s
    app.send_task(RUN, args=[run_id], queue=QUEUE_TRAIN, expires=expires_s)
