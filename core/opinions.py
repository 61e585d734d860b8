"""What one opinion says about the answers it was shown."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from string import ascii_lowercase
from typing import Literal

from core.records import Feedback

Outcome = Literal["first", "second", "tie", "both_bad"]


def pairs(opinion: Feedback, candidates: int) -> Iterator[tuple[int, int, Outcome]]:
    """What a comparison or a ranking says about each pair of candidates it says something about."""
    if opinion.kind == "ranking":
        rank = {i: place for place, group in enumerate(opinion.body["order"]) for i in group}
        for i, j in combinations(range(candidates), 2):
            tied = rank[i] == rank[j]
            yield i, j, "tie" if tied else "first" if rank[i] < rank[j] else "second"
        return
    choice = opinion.body["choice"]
    if choice in ("tie", "both_bad"):
        for i, j in combinations(range(candidates), 2):
            yield i, j, choice
        return
    best = ascii_lowercase.index(choice)
    for other in range(candidates):
        if other != best:
            yield best, other, "first"
