"""Held-out means held out: some people are never learned from, and neither are the newest votes of
the others. Pure, and the same for the same rows.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.records import PreferenceRow
from worker.rows import Thumb

Rows = Sequence[PreferenceRow | Thumb]

PEOPLE_SHARE: Final = 0.15
"""Of people, by the hash of their name."""
TIME_SHARE: Final = 0.1
"""Of everybody else's rows, the newest."""
FEWEST_ROWS: Final = 10
"""With fewer, everything is learned from."""
JUDGEABLE: Final = 8
"""Held-out rows to reach even from few, or the gate could not judge."""
MOST_HELD_OUT: Final = 0.25
"""Of all rows: a chatty person whose hash says held-out must not take the data along."""


@dataclass(frozen=True, slots=True)
class Split:
    train: list[PreferenceRow]
    heldout: list[PreferenceRow]
    people: frozenset[str]
    """Held-out people."""

    @property
    def by_person(self) -> int:
        """Held-out rows of held-out people."""
        return sum(row.user in self.people for row in self.heldout)

    @property
    def by_time(self) -> int:
        """Held-out rows of people who are learned from: their newest."""
        return len(self.heldout) - self.by_person


@dataclass(frozen=True, slots=True)
class ThumbSplit:
    train: list[Thumb]
    heldout: list[Thumb]
    people: frozenset[str]
    """Held-out people, those of the pairs' split among them."""


def split(rows: list[PreferenceRow]) -> Split:
    """Needs the rows oldest first; keeps their order. A prompt's rows are never parted."""
    if len(rows) < FEWEST_ROWS:
        return Split(rows, [], frozenset())
    people = _held_out_people(rows)
    by_person = {r.group for r in rows if r.user in people}
    rest = [r for r in rows if r.group not in by_person]
    kept_back = len(rows) - len(rest)
    by_time = _newest(rest, _wanted(len(rows), len(rest), kept_back), len(rows) // 2)
    out = by_person | by_time
    heldout = [r for r in rows if r.group in out]
    train = [r for r in rows if r.group not in out]
    return Split(train, heldout, people)


def split_thumbs(thumbs: list[Thumb], pairs: Split) -> ThumbSplit:
    """As `split`, and on the pairs' side: who or what is held out of the one is never learned from
    by the other.
    """
    asked = {row.group for row in pairs.train}
    out = {row.group for row in pairs.heldout}
    people = pairs.people
    if len(thumbs) >= FEWEST_ROWS:
        people |= _held_out_people(thumbs) - {row.user for row in pairs.train}
    out |= {t.group for t in thumbs if t.user in people}
    rest = [t for t in thumbs if t.group not in out]
    if len(thumbs) >= FEWEST_ROWS:
        free = [t for t in rest if t.group not in asked]
        wanted = _wanted(len(thumbs), len(rest), len(thumbs) - len(rest))
        out |= _newest(free, wanted, max(0, len(thumbs) // 2 - (len(rest) - len(free))))
    train = [t for t in thumbs if t.group not in out]
    return ThumbSplit(train, [t for t in thumbs if t.group in out], people)


def person_hash(user: str) -> float:
    """In [0, 1), the same for ever."""
    digest = hashlib.blake2b(user.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return float(int.from_bytes(digest) / 2**64)


def _held_out_people(rows: Rows) -> frozenset[str]:
    numbers = Counter(row.user for row in rows)
    room, chosen = int(MOST_HELD_OUT * len(rows)), set()
    for user in sorted(numbers, key=person_hash):
        if person_hash(user) < PEOPLE_SHARE and numbers[user] <= room:
            room -= numbers[user]
            chosen.add(user)
    return frozenset(chosen)


def _wanted(everything: int, rest: int, kept_back: int) -> int:
    """Rows the newest tranche should have."""
    judgeable = min(JUDGEABLE, everything // 4) - kept_back
    return max(1, round(TIME_SHARE * rest), judgeable)


def _newest(rest: Rows, wanted: int, keep: int) -> set[str]:
    """Groups of at least `wanted` rows together, the newest first, that leave `keep` rows."""
    sizes: dict[str, int] = {}
    for row in reversed(rest):
        sizes[row.group] = sizes.get(row.group, 0) + 1
    chosen: set[str] = set()
    taken = 0
    for group, size in sizes.items():  # in order of their newest row
        if taken >= wanted:
            break
        if len(rest) - taken - size >= keep:
            chosen.add(group)
            taken += size
    return chosen
