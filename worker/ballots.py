"""Judged pairs as plain records, for asking whether to believe them. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.records import PreferenceRow
from core.style import style_difference


@dataclass(frozen=True, slots=True)
class Ballot:
    """One pair that a person judged. `item` names what was compared, the same for everybody and
    whichever was chosen; `side` is 1 where the chosen answer is the item's first, else -1.
    """

    person: str
    opinion: str
    """Id of the vote or ranking it is from."""
    item: str
    side: int
    style: tuple[float, ...]
    """Chosen minus rejected."""
    at: float
    """Seconds since the epoch."""
    words: int
    """Of both answers: what had to be read."""
    gap: int = 0
    """Places after the rejected answer the chosen one was shown; 0: not side by side."""
    weight: float = 1.0


def make_ballots(rows: Iterable[PreferenceRow]) -> list[Ballot]:
    """Edits are none: who writes a better answer was not asked to choose."""
    return [_ballot(row) for row in rows if row.kind != "edit"]


def by_person(ballots: Iterable[Ballot]) -> dict[str, list[Ballot]]:
    """Each person's, oldest first."""
    found: dict[str, list[Ballot]] = {}
    for ballot in sorted(ballots, key=lambda b: (b.at, b.opinion)):
        found.setdefault(ballot.person, []).append(ballot)
    return found


def by_opinion(ballots: Iterable[Ballot]) -> list[Sequence[Ballot]]:
    """A vote's or a ranking's pairs together, in the order of their first."""
    found: dict[str, list[Ballot]] = {}
    for ballot in ballots:
        found.setdefault(ballot.opinion, []).append(ballot)
    return list(found.values())


def _ballot(row: PreferenceRow) -> Ballot:
    first, second = sorted((row.chosen, row.rejected))
    compared = json.dumps([row.prompt, first, second], sort_keys=True)
    return Ballot(
        person=row.user,
        opinion=row.feedback_id,
        item=hashlib.blake2b(compared.encode(), digest_size=16).hexdigest(),
        side=1 if row.chosen == first else -1,
        style=style_difference(row.chosen, row.rejected),
        at=row.time,
        words=len(row.chosen.split()) + len(row.rejected.split()),
        gap=row.position_gap,
        weight=row.weight,
    )
