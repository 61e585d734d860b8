"""What people said of a version on trial beside the champion: votes on comparisons that showed
both, in the order they were given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.opinions import pairs
from core.records import Comparison, Feedback, Response
from worker.context import Context
from worker.fold import fold

CLOCK_SKEW_S: Final = 60.0
"""The log's positions are the store's time, a trial's beginning a worker's."""
AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's opinion of one comparison. `score`: what the challenger won of its pairs with
    the champion, ties half; `both_bad`: neither was good.
    """

    id: str
    user: str
    at: float
    score: float
    both_bad: bool = False


async def read_votes(
    context: Context, assistant: str, champion: str, challenger: str, since: float
) -> list[Vote]:
    """Opinions that hold now, on answers that ended well. `since`: seconds since the epoch."""
    after = f"{int((since - CLOCK_SKEW_S) * 1000)}-0"
    folded = await fold(context.feedback.read(assistant, after))
    opinions = [o for o in folded.opinions if o.kind in ("comparison", "ranking")]
    votes: list[Vote] = []
    for start in range(0, len(opinions), AT_ONCE):
        votes += await _votes_of(context, opinions[start : start + AT_ONCE], champion, challenger)
    return votes


async def _votes_of(
    context: Context, opinions: Sequence[Feedback], champion: str, challenger: str
) -> list[Vote]:
    compared = await context.responses.find_comparisons([o.target for o in opinions])
    shown = [identity for comparison in compared.values() for identity in comparison.responses]
    responses = await context.responses.find(shown)
    found = (
        _vote(opinion, compared.get(opinion.target), responses, champion, challenger)
        for opinion in opinions
    )
    return [vote for vote in found if vote is not None]


def _vote(
    opinion: Feedback,
    comparison: Comparison | None,
    responses: Mapping[str, Response],
    champion: str,
    challenger: str,
) -> Vote | None:
    if comparison is None or any(r not in responses for r in comparison.responses):
        return None
    answers = [responses[identity] for identity in comparison.responses]
    sound = [number for number, answer in enumerate(answers) if answer.status == "done"]
    mine = [number for number in sound if answers[number].version == challenger]
    theirs = [number for number in sound if answers[number].version == champion]
    if not mine or not theirs:
        return None
    both_bad = opinion.body.get("choice") == "both_bad"
    score = _score(opinion, len(answers), mine, theirs)
    return Vote(opinion.id, opinion.user, opinion.at, score, both_bad)


def _score(opinion: Feedback, shown: int, mine: Sequence[int], theirs: Sequence[int]) -> float:
    """The share of pairs that the first won; half of one that is tied or not ordered."""
    won = {(a, b): 0.5 for a in mine for b in theirs}
    for first, second, outcome in pairs(opinion, shown):
        if outcome not in ("first", "second"):
            continue
        better, worse = (first, second) if outcome == "first" else (second, first)
        if (better, worse) in won:
            won[better, worse] = 1.0
        elif (worse, better) in won:
            won[worse, better] = 0.0
    return sum(won.values()) / len(won)
