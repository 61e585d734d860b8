"""What beat sends, and when. Every task in it is harmless when it runs twice."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from celery.schedules import schedule

from core.settings import Settings
from core.tasks import QUEUE_SHORT, TICK

TICKS_KEPT: Final = 3
"""A tick that nobody took for this many intervals is dropped, so that ticks never pile up."""


def steady_now() -> datetime:
    """The time by a clock that nobody sets: beat waits until its own is where it was, so that one
    which is set back by an hour would end all ticks for an hour.
    """
    return datetime.fromtimestamp(time.monotonic(), UTC)


def beat_schedule(settings: Settings) -> dict[str, Any]:
    return {
        TICK: {
            "task": TICK,
            "schedule": schedule(timedelta(seconds=settings.tick_interval_s), nowfun=steady_now),
            "options": {
                "queue": QUEUE_SHORT,
                "expires": max(1.0, TICKS_KEPT * settings.tick_interval_s),
            },
        }
    }
