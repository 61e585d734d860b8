"""Folds the feedback log into what people think now: the latest opinion of a person on a target
counts, and one that was taken back does not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from core.records import Feedback


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


class FoldBack:
    """The same, of a log read from behind: the first opinion met on a target is the latest, and
    what takes one back comes before it.
    """

    def __init__(self) -> None:
        self._met: set[tuple[str, str, str]] = set()
        """Person, kind and target."""
        self._retracted: set[tuple[str, str]] = set()
        """Person and opinion."""

    def holds(self, event: Feedback) -> bool:
        """Whether it is an opinion that holds. Needs every entry that came after it before."""
        if event.kind == "retract":
            self._retracted.add((event.user, event.target))
            return False
        slot = (event.user, event.kind, event.target)
        if slot in self._met:
            return False
        self._met.add(slot)
        return (event.user, event.id) not in self._retracted


async def fold(log: AsyncIterator[Feedback]) -> list[Feedback]:
    """Opinions in the order in which they were given. Needs the log in order of arrival."""
    folding = _Fold()
    async for event in log:
        folding.add(event)
    return folding.opinions()


def opinions_that_hold(log: Iterable[Feedback]) -> list[Feedback]:
    """Of a stretch of the log, in order of arrival."""
    folding = _Fold()
    for event in log:
        folding.add(event)
    return folding.opinions()
