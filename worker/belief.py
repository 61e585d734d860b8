"""Rows weighed by how much the person who gave them is believed, with what a manifest says of it.
Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from core.records import PreferenceRow
from worker.ballots import make_ballots
from worker.reliability import cap_people, learn_reliability
from worker.rows import Thumb
from worker.suspicions import find_suspicions

LEAST: Final = 0.01
"""A weight below this is none."""


@dataclass(frozen=True, slots=True)
class Believed:
    rows: list[PreferenceRow]
    thumbs: list[Thumb]
    dropped: Counter[str]
    """What is not learned from, by why."""
    doubted: dict[str, float]
    """What one vote weighs of who is not believed in full, in [0, 1): agreement times attention."""
    summary: dict[str, Any]
    """For the manifest: people by how far they are believed, and what looks like gaming."""


def weigh(
    given: Sequence[PreferenceRow], rows: Sequence[PreferenceRow], thumbs: Sequence[Thumb]
) -> Believed:
    """`given`: all pairs as people gave them; `rows` and `thumbs`: what is left of them when each
    counts once. Keeps their order. Comparisons tell who is believed, and their thumbs follow.
    """
    reliability = learn_reliability(make_ballots(rows))
    person = {name: known.weight for name, known in reliability.items()}
    fair = {name: known.agreement * known.attention for name, known in reliability.items()}
    numbers = Counter(thumb.user for thumb in thumbs)
    caps = cap_people({name: fair.get(name, 1.0) * number for name, number in numbers.items()})
    kept = [
        replace(row, weight=row.weight * weight)
        for row in rows
        if (weight := person.get(row.user, 1.0)) >= LEAST
    ]
    judged = [
        Thumb(thumb.group, replace(thumb.row, weight=thumb.row.weight * weight))
        for thumb in thumbs
        if (weight := fair.get(thumb.user, 1.0) * caps[thumb.user]) >= LEAST
    ]
    lost = {
        "a person who is not believed": len(rows) - len(kept),
        "a thumb of a person who is not believed": len(thumbs) - len(judged),
    }
    findings = find_suspicions(make_ballots(given), reliability)
    summary = {
        "people": len(person),
        "believed_in_part": sum(LEAST <= weight < 1.0 for weight in person.values()),
        "not_believed": sum(weight < LEAST for weight in person.values()),
        "findings": [asdict(finding) for finding in findings],
    }
    dropped = Counter({why: number for why, number in lost.items() if number})
    doubted = {name: weight for name, weight in sorted(fair.items()) if weight < 1.0}
    return Believed(kept, judged, dropped, doubted, summary)
