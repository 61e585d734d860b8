"""Feedback over time, and who was champion meanwhile."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Final

from core.errors import InvalidRequest
from core.registry import AuditEntry
from core.timeline import SECONDS, Span, Timeline
from server.explore.schemas import Reign, TimelineView
from server.state import State

USUAL: Final[dict[Span, int]] = {"hour": 48, "day": 90, "week": 53}
"""Buckets, where nobody says since when."""
MOST_BUCKETS: Final = 10_000
MOST_CHANGES: Final = 10_000
"""Newest entries of the audit log in which champions are looked for."""
_CHAMPION: Final = re.compile(r"champion=(\S+) previous=(\S*)")


async def find_timeline(
    state: State, name: str, span: Span, since: float | None, until: float | None
) -> TimelineView:
    """Raises NotFound, and InvalidRequest for a time that is empty or has too many buckets."""
    assistant = state.assistants.get(name).name
    end = time.time() if until is None else until
    begin = max(0.0, end - (USUAL[span] - 1) * SECONDS[span]) if since is None else since
    if begin >= end:
        raise InvalidRequest(f"since must be before until, which is {end:.0f}", "since")
    if (end - begin) / SECONDS[span] > MOST_BUCKETS - 2:
        raise InvalidRequest(f"These are more than {MOST_BUCKETS} buckets: ask for less", "since")
    buckets = await Timeline(state.store).buckets(assistant, span, begin, end)
    changes = await state.registry.audit(assistant, MOST_CHANGES)
    champion = (await state.registry.pointer(assistant)).champion
    return TimelineView(
        assistant=assistant,
        bucket=span,
        buckets=buckets,
        versions=[r for r in reigns(changes, champion) if _overlaps(r, begin, end)],
    )


def reigns(changes: Sequence[AuditEntry], champion: str) -> list[Reign]:
    """Of the champions, the oldest first, from an audit log, the newest first. `champion`: who
    answers now.
    """
    found: list[Reign] = []
    until, name = None, champion
    for entry in changes:
        if change := _CHAMPION.match(entry.change):
            found.append(Reign(name=change[1], since=entry.at, until=until))
            until, name = entry.at, change[2]
    return [Reign(name=name, since=None, until=until), *reversed(found)]


def _overlaps(reign: Reign, begin: float, end: float) -> bool:
    return (reign.since or 0.0) < end and (reign.until is None or reign.until > begin)
