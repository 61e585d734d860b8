"""Which rows are learned from: no answer against itself, no pair of one person twice, and nobody's
taste by mere number of votes. Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

from core.records import PreferenceRow

PERSON_SHARE: Final = 0.25
"""Most rows that come from one person, of all."""
PERSON_ROWS: Final = 256
"""Rows one person may always have: a small team must be able to teach."""


def order_of(row: PreferenceRow) -> tuple[float, str, str, str]:
    """The same log gives the same order."""
    return (row.time, row.feedback_id, row.chosen, row.rejected)


def clean(rows: Iterable[PreferenceRow]) -> tuple[list[PreferenceRow], Counter[str]]:
    """What is left, oldest first, and what was dropped, by why."""
    dropped: Counter[str] = Counter()
    latest: dict[tuple[str, str, frozenset[str]], PreferenceRow] = {}
    for row in sorted(rows, key=order_of):
        if row.chosen.strip() == row.rejected.strip():
            dropped["both answers read the same"] += 1
            continue
        # Who first preferred one and then the other has changed their mind.
        key = (row.user, row.group, frozenset((row.chosen, row.rejected)))
        if key in latest:
            dropped["the same person judged this pair again"] += 1
        latest[key] = row
    return _cap(sorted(latest.values(), key=order_of), dropped), dropped


def _cap(rows: list[PreferenceRow], dropped: Counter[str]) -> list[PreferenceRow]:
    most = max(PERSON_ROWS, int(PERSON_SHARE * len(rows)))
    by_person: dict[str, list[PreferenceRow]] = defaultdict(list)
    for row in rows:
        by_person[row.user].append(row)
    for person, theirs in by_person.items():
        if len(theirs) > most:
            dropped["more than one person's share"] += len(theirs) - most
            by_person[person] = theirs[-most:]
    return sorted((row for theirs in by_person.values() for row in theirs), key=order_of)
