"""Rows weighed by how much the person who gave them is believed, with what a manifest says of it.
Pure.

How far somebody is believed where it weighs rows is learned from the training side alone. Else the
training rows would tell of the held-out votes, and held-out ones that disagree would be left out of
the very figure that counts disagreement. So a held-out row weighs what is known of its person from
their training rows, and 1 of who has none. Everybody's votes tell what looks like gaming and what
votes weigh in a trial: neither is judged by the held-out ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from core.records import PreferenceRow
from worker.ballots import make_ballots
from worker.reliability import Reliability, cap_people, learn_reliability
from worker.rows import Thumb
from worker.split import Split, ThumbSplit
from worker.suspicions import find_suspicions

LEAST: Final = 0.01
"""A weight below this is none."""


@dataclass(frozen=True, slots=True)
class Believed:
    pairs: Split
    thumbs: ThumbSplit
    dropped: Counter[str]
    """Rows whose person is not believed, by why they are left out."""
    doubted: dict[str, float]
    """What one vote weighs of who is not believed in full, in [0, 1): agreement times attention."""
    summary: dict[str, Any]
    """For the manifest: people by how far they are believed, and what looks like gaming."""


def weigh(given: Sequence[PreferenceRow], pairs: Split, thumbs: ThumbSplit) -> Believed:
    """`given`: all pairs as people gave them; `pairs` and `thumbs`: what is left of them when each
    counts once, split. Keeps their order. Comparisons tell who is believed, and their thumbs
    follow.
    """
    taught = learn_reliability(make_ballots(pairs.train))
    fair = _fair(taught)
    kept = replace(
        pairs,
        train=_weigh_pairs(pairs.train, {name: known.weight for name, known in taught.items()}),
        heldout=_weigh_pairs(pairs.heldout, _capped(fair, _mass_of(pairs.heldout))),
    )
    judged = replace(
        thumbs,
        train=_weigh_thumbs(thumbs.train, fair),
        heldout=_weigh_thumbs(thumbs.heldout, fair),
    )
    lost = {
        "a person who is not believed": _lost(pairs, kept),
        "a thumb of a person who is not believed": _lost(thumbs, judged),
    }
    everybody = learn_reliability(make_ballots([*pairs.train, *pairs.heldout]))
    doubted = {name: weight for name, weight in sorted(_fair(everybody).items()) if weight < 1.0}
    dropped = Counter({why: number for why, number in lost.items() if number})
    return Believed(kept, judged, dropped, doubted, _summary(given, everybody))


def _fair(reliability: Mapping[str, Reliability]) -> dict[str, float]:
    """What one vote of each person weighs, however many they cast."""
    return {name: known.agreement * known.attention for name, known in reliability.items()}


def _capped(fair: Mapping[str, float], mass: Mapping[str, float]) -> dict[str, float]:
    """By person, who all have some `mass`: so many votes of theirs together."""
    weights = {name: fair.get(name, 1.0) for name in mass}
    caps = cap_people({name: weights[name] * mass[name] for name in mass})
    return {name: weights[name] * caps[name] for name in mass}


def _mass_of(rows: Iterable[PreferenceRow]) -> dict[str, float]:
    mass: dict[str, float] = {}
    for row in rows:
        mass[row.user] = mass.get(row.user, 0.0) + row.weight
    return mass


def _weigh_pairs(
    rows: Sequence[PreferenceRow], weights: Mapping[str, float]
) -> list[PreferenceRow]:
    return [
        replace(row, weight=row.weight * weight)
        for row in rows
        if (weight := weights.get(row.user, 1.0)) >= LEAST
    ]


def _weigh_thumbs(thumbs: Sequence[Thumb], fair: Mapping[str, float]) -> list[Thumb]:
    weights = _capped(fair, Counter(thumb.user for thumb in thumbs))
    return [
        Thumb(thumb.group, replace(thumb.row, weight=thumb.row.weight * weight))
        for thumb in thumbs
        if (weight := weights[thumb.user]) >= LEAST
    ]


def _lost(before: Split | ThumbSplit, after: Split | ThumbSplit) -> int:
    left = len(after.train) + len(after.heldout)
    return len(before.train) + len(before.heldout) - left


def _summary(
    given: Sequence[PreferenceRow], reliability: Mapping[str, Reliability]
) -> dict[str, Any]:
    weights = [known.weight for known in reliability.values()]
    return {
        "people": len(weights),
        "believed_in_part": sum(LEAST <= weight < 1.0 for weight in weights),
        "not_believed": sum(weight < LEAST for weight in weights),
        "findings": [asdict(f) for f in find_suspicions(make_ballots(given), reliability)],
    }
