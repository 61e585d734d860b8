"""Lets the others know that a worker is alive: every beat of Celery's own heart is passed on."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from celery import signals

from core.errors import StoreUnavailable
from core.records import Worker
from core.settings import Settings
from core.store import Store
from core.workers import Workers
from worker.context import run_async

log = logging.getLogger(__name__)


class Heartbeat:
    """Of one worker process. Celery keeps only weak references to receivers: keep this one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._worker: Worker | None = None

    def connect(self) -> None:
        signals.worker_ready.connect(self.ready)
        signals.heartbeat_sent.connect(self.beat)
        signals.worker_shutdown.connect(self.gone)

    def ready(self, sender: Any, **_: Any) -> None:
        """`sender` is the worker's consumer."""
        queues = sorted(str(name) for name in sender.app.amqp.queues.consume_from)
        self._worker = Worker(str(sender.hostname), queues, 0.0)
        self.beat()

    def beat(self, **_: Any) -> None:
        worker = self._worker
        if worker is None:
            return
        now = Worker(worker.name, worker.queues, time.time())
        self._tell(lambda store: Workers(store).report(now))

    def gone(self, **_: Any) -> None:
        worker = self._worker
        if worker is not None:
            self._tell(lambda store: Workers(store).forget(worker.name))

    def _tell(self, what: Callable[[Store], Awaitable[None]]) -> None:
        try:
            run_async(self._settings, what)
        except StoreUnavailable as error:
            log.warning(error.message, extra={"action": "heartbeat"})
