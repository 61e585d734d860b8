"""Folds the feedback log into what people think now: the latest opinion of a person on a target
counts, and one that was taken back does not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from core.records import Feedback


@dataclass(frozen=True, slots=True)
class Folded:
    opinions: list[Feedback]
    """In the order in which they were given."""
    events: int
    """Entries of the log that were read."""
    watermark: str
    """Id of the last of them, "" for an empty log."""


async def fold(log: AsyncIterator[Feedback]) -> Folded:
    """Needs the log in order of arrival."""
    held: dict[str, Feedback] = {}
    """The opinions that hold, by id, in order of arrival."""
    slots: dict[tuple[str, str, str], str] = {}
    """Id of the opinion of one person, of one kind, on one target."""
    events, watermark = 0, ""
    async for event in log:
        events, watermark = events + 1, event.id
        if event.kind == "retract":
            opinion = held.get(event.target)
            if opinion is not None and opinion.user == event.user:
                del held[event.target]
            continue
        slot = (event.user, event.kind, event.target)
        held.pop(slots.get(slot, ""), None)
        held[event.id] = event
        slots[slot] = event.id
    return Folded(list(held.values()), events, watermark)
