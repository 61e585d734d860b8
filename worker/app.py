"""The Celery application. Loads no torch: training is a child process.

Started as `celery -A worker.app worker -Q short -c 1`, `celery -A worker.app worker -Q train -c 1`
and `celery -A worker.app beat`.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from celery import Celery, signals

from core import spans
from core.logs import configure_logging
from core.settings import Settings
from worker.alive import show_alive
from worker.config import celery_config
from worker.heartbeat import Heartbeat
from worker.schedule import beat_schedule
from worker.tasks import register

CHATTY: Final = ("celery.beat", "celery.worker.strategy", "celery.app.trace")
"""They tell of every tick, three lines a second; what happens is told by those who do it."""


def create_app(settings: Settings) -> Celery:
    made = Celery("thumbwheel")
    made.conf.update(celery_config(settings), beat_schedule=beat_schedule(settings))
    register(made, settings)
    return made


def _log_as_json(**_: Any) -> None:
    configure_logging(settings.log_level, settings.log_format, settings.log_texts)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _begin_spans(**_: Any) -> None:
    """In the process that does the tasks: what sends spans does not survive a fork."""
    spans.begin("thumbwheel-worker", settings.otlp_url)


# Celery finds its application by this name when it starts; nothing else in the code builds one.
settings = Settings()
app = create_app(settings)
heartbeat = Heartbeat(settings)
heartbeat.connect()
show_alive(settings)
# Whoever listens to this signal sets up logging in Celery's place.
signals.setup_logging.connect(_log_as_json)
signals.worker_process_init.connect(_begin_spans)
