"""What one opinion says about the answers it was shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


def share_won(
    opinion: Feedback, candidates: int, mine: Sequence[int], theirs: Sequence[int]
) -> float | None:
    """The share of pairs that answers of `mine` won against `theirs`, half of one that is tied or
    not ordered; None where none is.
    """
    won = {(a, b): 0.5 for a in mine for b in theirs}
    said = False
    for first, second, outcome in pairs(opinion, candidates):
        better, worse = (second, first) if outcome == "second" else (first, second)
        said |= (better, worse) in won or (worse, better) in won
        if outcome not in ("first", "second"):
            continue
        if (better, worse) in won:
            won[better, worse] = 1.0
        elif (worse, better) in won:
            won[worse, better] = 0.0
    return sum(won.values()) / len(won) if said else None
