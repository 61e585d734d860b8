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
    """Needs the log in order of arrival. Holds what may still hold, not what was replaced."""
    held: dict[tuple[str, str, str], Feedback] = {}
    """The latest opinion of one person, of one kind, on one target, in order of arrival."""
    retracted: set[tuple[str, str]] = set()
    """Person and opinion."""
    events, watermark = 0, ""
    async for event in log:
        events, watermark = events + 1, event.id
        if event.kind == "retract":
            retracted.add((event.user, event.target))
            continue
        slot = (event.user, event.kind, event.target)
        before = held.pop(slot, event)
        retracted.discard((before.user, before.id))
        held[slot] = event
    opinions = [said for said in held.values() if (said.user, said.id) not in retracted]
    return Folded(opinions, events, watermark)
