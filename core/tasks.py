"""Names of tasks and queues, so that who asks need not import who does."""

from __future__ import annotations

from typing import Final

QUEUE_SHORT: Final = "short"
QUEUE_TRAIN: Final = "train"

TICK: Final = "worker.tick"
"""Looks at every assistant and opens what is due. Beat sends it; running it twice is harmless."""
RUN: Final = "worker.run"
"""Does one run (argument: its id) from wherever it stands to its verdict."""
