"""Which rows are learned from: no answer against itself, no pair of one person twice, and nobody's
taste by mere number of votes. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, TypeVar

from core.records import PreferenceRow
from worker.rows import Thumb

R = TypeVar("R", PreferenceRow, Thumb)

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
    left = _cap(sorted(latest.values(), key=order_of))
    _count(dropped, "more than one person's share", len(latest) - len(left))
    return left, dropped


def clean_thumbs(thumbs: Iterable[Thumb]) -> tuple[list[Thumb], Counter[str]]:
    """As `clean`: one judgement of a person on what they read, and nobody's by mere number."""
    dropped: Counter[str] = Counter()
    latest: dict[tuple[str, str, str], Thumb] = {}
    for thumb in sorted(thumbs, key=_thumb_order):
        key = (thumb.user, thumb.group, thumb.row.completion)
        if key in latest:
            dropped["the same person judged this answer again"] += 1
        latest[key] = thumb
    left = _cap(sorted(latest.values(), key=_thumb_order))
    _count(dropped, "more thumbs than one person's share", len(latest) - len(left))
    return left, dropped


def _thumb_order(thumb: Thumb) -> tuple[float, str]:
    return (thumb.row.time, thumb.row.feedback_id)


def _count(dropped: Counter[str], why: str, number: int) -> None:
    if number:
        dropped[why] += number


def _cap(rows: list[R]) -> list[R]:
    """The newest of each person, oldest first as given."""
    most = max(PERSON_ROWS, int(PERSON_SHARE * len(rows)))
    taken: Counter[str] = Counter()
    left: list[R] = []
    for row in reversed(rows):
        taken[row.user] += 1
        if taken[row.user] <= most:
            left.append(row)
    return left[::-1]
