"""What a run learns from: the newest opinions that hold, read from behind until there are enough.
So neither time nor memory grows with the log; what is met and left out is only named.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from core.fold import FoldBack
from core.records import Feedback
from worker.context import Context


@dataclass(slots=True)
class Newest:
    opinions: list[Feedback] = field(default_factory=list)
    """In the order in which they were given."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Opinions among them that hold and may not be learned from, by why."""
    events: int = 0
    """Entries of the log from the oldest of them on."""
    older: int = 0
    """Entries before that, which were not read."""
    watermark: str = ""
    """Id of the newest entry, "" for an empty log."""


async def read_newest(context: Context, assistant: str) -> Newest:
    """The same log gives the same, wherever its archive ends."""
    end, entries = await context.feedback.extent(assistant)
    found = await _read(context, assistant, end)
    found.opinions.reverse()
    found.older = entries - found.events
    return found


def oldest_kept(context: Context, assistant: str) -> float:
    """When what need not be forgotten begins (seconds since the epoch), 0.0 where all is kept."""
    retain_s = context.assistants.get(assistant).retain
    return time.time() - retain_s if retain_s else 0.0


async def _read(context: Context, assistant: str, end: str) -> Newest:
    """The newest first."""
    found, folding, most = Newest(), FoldBack(), context.settings.snapshot_opinions
    oldest = oldest_kept(context, assistant)
    async for _, log in context.feedback.back(assistant, end):
        reasons = await context.people.objections(assistant, log, oldest)
        for said, why in zip(log, reasons, strict=True):
            found.events += 1
            found.watermark = found.watermark or said.id
            if not folding.holds(said):
                continue
            if why:
                found.left_out[why] += 1
                continue
            found.opinions.append(said)
            if len(found.opinions) == most:
                return found
    return found
