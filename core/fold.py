"""Folds the feedback log into what people think now: the latest opinion of a person on a target
counts, and one that was taken back does not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
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


class _Fold:
    """Holds what may still hold, not what was replaced."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str, str], Feedback] = {}
        """The latest opinion of one person, of one kind, on one target, in order of arrival."""
        self._retracted: set[tuple[str, str]] = set()
        """Person and opinion."""

    def add(self, event: Feedback) -> None:
        if event.kind == "retract":
            self._retracted.add((event.user, event.target))
            return
        slot = (event.user, event.kind, event.target)
        before = self._held.pop(slot, event)
        self._retracted.discard((before.user, before.id))
        self._held[slot] = event

    def opinions(self) -> list[Feedback]:
        return [s for s in self._held.values() if (s.user, s.id) not in self._retracted]


async def fold(log: AsyncIterator[Feedback]) -> Folded:
    """Needs the log in order of arrival."""
    folding, events, watermark = _Fold(), 0, ""
    async for event in log:
        events, watermark = events + 1, event.id
        folding.add(event)
    return Folded(folding.opinions(), events, watermark)


def opinions_that_hold(log: Iterable[Feedback]) -> list[Feedback]:
    """Of a stretch of the log, in order of arrival."""
    folding = _Fold()
    for event in log:
        folding.add(event)
    return folding.opinions()
