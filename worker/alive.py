"""A file whose age tells a probe whether a worker, or beat, still works: asking Celery would start
another Python and wait for a worker that is busy.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from celery import signals

from core.settings import Settings


def show_alive(settings: Settings) -> None:
    """Touches the file with every beat of a worker's heart and every message that beat sends."""
    if not settings.alive_file:
        return
    file = Path(settings.alive_file)

    def touch(**_: Any) -> None:
        file.touch()

    # Celery keeps only weak references otherwise, and nobody else keeps this one.
    for signal in (signals.worker_ready, signals.heartbeat_sent, signals.after_task_publish):
        signal.connect(touch, weak=False)
