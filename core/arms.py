"""Which arm of a trial answers whom: sticky by person, with the chance of it, so that what the
arms did can be compared later (propensity; Horvitz and Thompson 1952).
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from typing import Final, Literal

from core.records import ANONYMOUS, Pointer

Arm = Literal["champion", "challenger"]
ARMS: Final[tuple[Arm, Arm]] = ("champion", "challenger")


@dataclass(frozen=True, slots=True)
class Assignment:
    """`propensity`: the chance that this arm was drawn. `trial`: who is on trial, "" for nobody."""

    arm: Arm = "champion"
    propensity: float = 1.0
    trial: str = ""

    def version(self, pointer: Pointer) -> str:
        """Who is to answer; the champion when the trial is over by now."""
        on_trial = self.arm == "challenger" and pointer.challenger == self.trial
        return pointer.challenger if on_trial else pointer.champion


def assign(pointer: Pointer, user: str) -> Assignment:
    """The arm of a person's ordinary answers: the same for the whole trial, another draw in the
    next. People who cannot be told apart stay with the champion.
    """
    if not pointer.challenger or user == ANONYMOUS:
        return Assignment()
    if _fraction(f"{pointer.challenger}\0{user}") < pointer.share:
        return Assignment("challenger", pointer.share, pointer.challenger)
    return Assignment("champion", 1 - pointer.share, pointer.challenger)


def draw_sides(pointer: Pointer, count: int, luck: random.Random) -> list[Assignment]:
    """Arms of answers that are shown side by side: as many of each as can be, in random places; of
    an odd number the champion has one more. All champion where nothing is on trial.
    """
    if not pointer.challenger:
        return [Assignment() for _ in range(count)]
    challengers = count // 2
    share = challengers / count
    sides = [Assignment("challenger", share, pointer.challenger)] * challengers
    sides += [Assignment("champion", 1 - share, pointer.challenger)] * (count - challengers)
    luck.shuffle(sides)
    return sides


def _fraction(text: str) -> float:
    """In [0, 1), even over texts."""
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
