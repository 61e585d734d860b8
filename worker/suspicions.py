"""What looks like gaming, named in plain words for the people who run an assistant. Pure.

Naming changes no weight. Repeated judgements count once anyway (worker.clean) and numbers are
capped (worker.reliability); votes faster than reading are named only, because imports and
rehearsals vote at a machine's speed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from worker.ballots import Ballot, by_opinion, by_person
from worker.reliability import Reliability

REPEATS: Final = 3
"""Judgements of something already judged from which on it is no change of mind."""
WORDS_PER_S: Final = 15.0
"""Nobody reads faster: four times the mean of silent reading (Brysbaert 2019: 238 a minute)."""
BURST: Final = 8
"""Votes in a row that must be too fast together: who reads first and votes then is quick once."""
DOUBTFUL: Final = 0.5
"""A weight below this is worth naming."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`votes`: how many opinions it is about.

    >>> Finding("bob", "votes faster than anybody reads", 40)
    """

    person: str
    what: str
    votes: int


def find_suspicions(
    ballots: Sequence[Ballot], reliability: Mapping[str, Reliability]
) -> list[Finding]:
    """By person and kind. `ballots` with what was judged again; `reliability` without."""
    found: list[Finding] = []
    for person, theirs in sorted(by_person(ballots).items()):
        votes = len(by_opinion(theirs))
        known = reliability.get(person, Reliability(1.0, 1.0, 1.0, 1.0))
        counted = {
            "judges the same answers again and again": _over(count_repeats(theirs), REPEATS),
            "votes faster than anybody reads": count_hasty(theirs),
            "chooses a side of the screen": votes * (known.attention < DOUBTFUL),
            "disagrees with everybody else": votes * (known.agreement < DOUBTFUL),
            "votes more than a person's share": votes * (known.cap < 1.0),
        }
        found += [Finding(person, what, number) for what, number in counted.items() if number]
    return found


def without_names(reliability: Mapping[str, Any]) -> dict[str, Any]:
    """What a manifest says of reliability, its findings counted by kind: who is named in it can be
    erased from a manifest, and not from what has been told.
    """
    findings: dict[str, dict[str, int]] = {}
    for finding in reliability["findings"]:
        kind = findings.setdefault(finding["what"], {"people": 0, "votes": 0})
        kind["people"] += 1
        kind["votes"] += finding["votes"]
    return {**reliability, "findings": findings}


def count_repeats(theirs: Sequence[Ballot]) -> int:
    """Opinions of one person on what they had judged before."""
    seen: set[str] = set()
    repeats = 0
    for pairs in by_opinion(theirs):
        items = {ballot.item for ballot in pairs}
        repeats += items <= seen
        seen |= items
    return repeats


def count_hasty(theirs: Sequence[Ballot]) -> int:
    """Opinions of one person, oldest first, that belong to BURST in a row given in less time than
    it takes to read two answers of each but the first.
    """
    opinions = by_opinion(theirs)
    words = [max(ballot.words for ballot in pairs) for pairs in opinions]
    hasty: set[int] = set()
    for last in range(BURST - 1, len(opinions)):
        first = last - BURST + 1
        took_s = opinions[last][0].at - opinions[first][0].at
        if took_s < sum(words[first + 1 : last + 1]) / WORDS_PER_S:
            hasty.update(range(first, last + 1))
    return len(hasty)


def _over(number: int, least: int) -> int:
    return number if number >= least else 0
