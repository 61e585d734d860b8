"""Upkeep of the log, a slice a tick: its older part moves to the artifact store, and what was said
before there was a timeline is counted in it.
"""

from __future__ import annotations

import logging
from typing import Final

from core.backfill import Backfill
from core.errors import ArtifactCorrupt, Conflict, Unavailable
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


async def count_old_slice(context: Context, assistant: str) -> int:
    """How many opinions were counted. Where the archive cannot be read they wait."""
    about = {"action": "count", "assistant": assistant}
    backfill = Backfill(context.store, context.feedback, context.responses)
    try:
        counted = await backfill.count_slice(assistant)
    except (ArtifactCorrupt, Unavailable) as error:
        log.warning(error.message, extra=about)
        return 0
    if counted:
        log.info("counted in the timeline", extra={**about, "opinions": counted})
    return counted
