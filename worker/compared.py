"""Opinions on several answers, with the versions they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.opinions import share_won
from core.records import Feedback, Response
from worker.context import Context

AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison's or a ranking's opinion; of the answers, in the order they were shown, who said
    each and whether it ended well.
    """

    opinion: Feedback
    versions: list[str]
    ended_well: list[bool]

    def share_won(self, version: str, other: str) -> float | None:
        """Of pairs of their answers that ended well, as core.opinions does."""
        mine, theirs = self._places(version), self._places(other)
        return share_won(self.opinion, len(self.versions), mine, theirs)

    def _places(self, version: str) -> list[int]:
        shown = enumerate(zip(self.versions, self.ended_well, strict=True))
        return [place for place, (said, well) in shown if well and said == version]


async def find_compared(context: Context, opinions: Sequence[Feedback]) -> list[Compared]:
    """In the order of the opinions; other kinds, and what is gone, are left out."""
    ours = [opinion for opinion in opinions if opinion.kind in ("comparison", "ranking")]
    found: list[Compared] = []
    for start in range(0, len(ours), AT_ONCE):
        found += await _find_some(context, ours[start : start + AT_ONCE])
    return found


async def _find_some(context: Context, opinions: Sequence[Feedback]) -> list[Compared]:
    compared = await context.responses.find_comparisons([o.target for o in opinions])
    shown = [identity for comparison in compared.values() for identity in comparison.responses]
    answers = await context.responses.find(shown)
    return [
        _make(opinion, [answers[identity] for identity in comparison.responses])
        for opinion in opinions
        if (comparison := compared.get(opinion.target))
        and all(identity in answers for identity in comparison.responses)
    ]


def _make(opinion: Feedback, answers: Sequence[Response]) -> Compared:
    versions = [answer.version for answer in answers]
    return Compared(opinion, versions, [answer.status == "done" for answer in answers])
