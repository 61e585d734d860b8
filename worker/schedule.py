"""What beat sends, and when. Every task in it is harmless when it runs twice."""

from __future__ import annotations

from typing import Any, Final

from core.settings import Settings
from core.tasks import QUEUE_SHORT, TICK

TICKS_KEPT: Final = 3
"""A tick that nobody took for this many intervals is dropped, so that ticks never pile up."""


def beat_schedule(settings: Settings) -> dict[str, Any]:
    return {
        TICK: {
            "task": TICK,
            "schedule": settings.tick_interval_s,
            "options": {
                "queue": QUEUE_SHORT,
                "expires": max(1.0, TICKS_KEPT * settings.tick_interval_s),
            },
        }
    }
