"""Which arm of a trial answers whom: sticky by person, with the chance of it, so that what the
arms did can be compared later (propensity; Horvitz and Thompson 1952).
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final, Literal

from core.lineups import Duel
from core.records import BASE, Pointer, is_anonymous

Arm = Literal["champion", "challenger"]
ARMS: Final[tuple[Arm, Arm]] = ("champion", "challenger")


@dataclass(frozen=True, slots=True)
class Assignment:
    """`propensity`: the chance that this was drawn for its place. `trial`: who is on trial, "" for
    nobody. `other`: a live version that is neither arm's, only side by side.
    """

    arm: Arm | Literal["other"] = "champion"
    propensity: float = 1.0
    trial: str = ""
    other: str = ""

    def version(self, pointer: Pointer) -> str:
        """Who is to answer; the champion when that one is no longer live."""
        if self.arm == "other":
            return self.other if self.other in (pointer.standby, BASE) else pointer.champion
        on_trial = self.arm == "challenger" and pointer.challenger == self.trial
        return pointer.challenger if on_trial else pointer.champion


def assign(pointer: Pointer, user: str) -> Assignment:
    """The arm of a person's ordinary answers: the same for the whole trial, another draw in the
    next. People who cannot be told apart stay with the champion.
    """
    if not pointer.challenger or is_anonymous(user):
        return Assignment()
    if _fraction(f"{pointer.challenger}\0{user}") < pointer.share:
        return Assignment("challenger", pointer.share, pointer.challenger)
    return Assignment("champion", 1 - pointer.share, pointer.challenger)


def draw_sides(
    pointer: Pointer, duels: Sequence[Duel], count: int, luck: random.Random
) -> list[Assignment]:
    """Who answers side by side, in random places: the champion; while somebody is on trial both, as
    many of each as can be, of an odd number one more of the champion. With the chances of `duels`
    other live versions have a place each, but in a trial the two keep one each.
    """
    lots = list(_lots(pointer, duels, count))
    propensity: dict[Assignment, float] = defaultdict(float)
    for chance, sides in lots:
        for side, places in Counter(sides).items():
            propensity[side] += chance * places / count
    [(_, drawn)] = luck.choices(lots, [chance for chance, _ in lots])
    luck.shuffle(drawn)
    return [replace(side, propensity=propensity[side]) for side in drawn]


def _lots(
    pointer: Pointer, duels: Sequence[Duel], count: int
) -> Iterator[tuple[float, list[Assignment]]]:
    """What may be drawn, with the chances, which sum to 1."""
    room = count - 2 if pointer.challenger else count
    arms = (pointer.champion, pointer.challenger)
    usual = 1.0
    for duel in duels:
        others = [version for version in (duel.first, duel.second) if version not in arms]
        fitting = list(combinations(others, min(room, len(others))))
        if fitting != [()]:
            usual -= duel.chance
            for some in fitting:
                yield duel.chance / len(fitting), _fill(pointer, some, count)
    yield max(usual, 0.0), _fill(pointer, (), count)


def _fill(pointer: Pointer, others: Sequence[str], count: int) -> list[Assignment]:
    trial = pointer.challenger
    left = count - len(others)
    challengers = left // 2 if trial else 0
    return [
        *(Assignment("other", trial=trial, other=version) for version in others),
        *[Assignment("challenger", trial=trial)] * challengers,
        *[Assignment("champion", trial=trial)] * (left - challengers),
    ]


def _fraction(text: str) -> float:
    """In [0, 1), even over texts."""
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
