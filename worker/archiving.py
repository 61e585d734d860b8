"""Moves the older part of a long log to the artifact store, a slice a tick."""

from __future__ import annotations

import logging
from typing import Final

from core.errors import Conflict, Unavailable
from worker.context import Context

log = logging.getLogger(__name__)

SLICE: Final = 20_000
"""Entries that are moved at once, which is a file: a tick must not take long."""


async def archive_slice(context: Context, assistant: str) -> int:
    """How many entries were moved. Where that fails they stay in Redis until it works."""
    settings = context.settings
    held = await context.feedback.length(assistant)
    most = min(SLICE, held - settings.archive_keep)
    if held <= settings.archive_from or most <= 0:
        return 0
    try:
        moved = await context.archive.move(assistant, most)
    except (Conflict, Unavailable) as error:
        log.warning(error.message, extra={"action": "archive", "assistant": assistant})
        return 0
    if moved:
        log.info("archived", extra={"action": "archive", "assistant": assistant, "entries": moved})
    return moved
