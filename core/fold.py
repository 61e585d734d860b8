"""Folds the feedback log into what people think now: the latest opinion of a person on a target
counts, and one that was taken back does not. And into what they thought while it was blind: of
what is shown side by side the first counts, whatever came of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from core.ids import made_at
from core.records import Feedback

BLIND: Final = frozenset(("comparison", "ranking"))
"""Kinds that are judged without knowing who said what, which is told with the first opinion."""


class _Fold:
    """Holds what may still hold, not what was replaced."""

    def __init__(self, blind: frozenset[str] = frozenset()) -> None:
        self._blind = blind
        """Kinds of which a person's first opinion on a target stays."""
        self._held: dict[tuple[str, str, str], Feedback] = {}
        """The latest opinion of one person, of one kind, on one target, in order of arrival."""
        self._retracted: set[tuple[str, str]] = set()
        """Person and opinion."""

    def add(self, event: Feedback) -> None:
        if event.kind == "retract":
            self._retracted.add((event.user, event.target))
            return
        if event.kind in self._blind:
            self._held.setdefault((event.user, "", event.target), event)
            return
        slot = (event.user, event.kind, event.target)
        before = self._held.pop(slot, event)
        self._retracted.discard((before.user, before.id))
        self._held[slot] = event

    def opinions(self) -> list[Feedback]:
        return [
            said
            for said in self._held.values()
            if said.kind in self._blind or (said.user, said.id) not in self._retracted
        ]


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


def opinions_that_hold(log: Iterable[Feedback]) -> list[Feedback]:
    """Of a stretch of the log, in order of arrival."""
    folding = _Fold()
    for event in log:
        folding.add(event)
    return folding.opinions()


def fold_blind(log: Iterable[Feedback], since: float = 0.0) -> list[Feedback]:
    """What is evidence for or against a version: of comparisons and rankings each person's first
    opinion on a target, at its place, even if it was changed or taken back since; of the other
    kinds what holds. Needs a stretch of the log in order of arrival.

    `since`: when the stretch begins, in seconds since the epoch, if there is more of the log before
    it: what was shown earlier may have been judged there, so it is left out.
    """
    folding = _Fold(BLIND)
    for event in log:
        if since and event.kind in BLIND and made_at(event.target) < since:
            continue
        folding.add(event)
    return folding.opinions()


def begin_of(tail: Sequence[Feedback], limit: int) -> float:
    """Since when the newest `limit` entries of a log are; 0.0 where they are all there are."""
    return made_at(tail[0].id) if len(tail) >= limit else 0.0
