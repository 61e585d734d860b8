"""What people said during a trial: votes on comparisons that showed both versions, and thumbs on
each arm's answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.arms import ARMS, Arm
from core.opinions import pairs
from core.records import Comparison, Feedback, Response
from core.trials import Trial
from worker.canary.evidence import CAP, Vote
from worker.context import Context
from worker.fold import fold

CLOCK_SKEW_S: Final = 60.0
"""The log's positions are the store's time, a trial's beginning a worker's."""
AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Ratings:
    """Thumbs on one arm's ordinary answers; of each person the first few."""

    rated: int = 0
    complaints: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """`votes` in the order they were given."""

    votes: list[Vote]
    ratings: dict[Arm, Ratings]


async def hear(context: Context, trial: Trial) -> Heard:
    """Opinions of the trial that hold now, on answers that ended well."""
    after = f"{int((trial.began - CLOCK_SKEW_S) * 1000)}-0"
    log = context.feedback.read(trial.assistant, after)
    folded = await fold(context.people.allowed(trial.assistant, log))
    votes: list[Vote] = []
    thumbs: list[tuple[Arm, Feedback]] = []
    for start in range(0, len(folded.opinions), AT_ONCE):
        some = folded.opinions[start : start + AT_ONCE]
        votes += await _votes_of(context, some, trial)
        thumbs += await _thumbs_of(context, some, trial)
    return Heard(votes, {arm: _rate(said for a, said in thumbs if a == arm) for arm in ARMS})


async def _votes_of(context: Context, opinions: Sequence[Feedback], trial: Trial) -> list[Vote]:
    ours = [o for o in opinions if o.kind in ("comparison", "ranking")]
    compared = await context.responses.find_comparisons([o.target for o in ours])
    shown = [identity for comparison in compared.values() for identity in comparison.responses]
    responses = await context.responses.find(shown)
    found = (_vote(o, compared.get(o.target), responses, trial) for o in ours)
    return [vote for vote in found if vote is not None]


async def _thumbs_of(
    context: Context, opinions: Sequence[Feedback], trial: Trial
) -> list[tuple[Arm, Feedback]]:
    thumbs = [o for o in opinions if o.kind == "thumb"]
    responses = await context.responses.find([o.target for o in thumbs])
    rated = [(responses.get(o.target), o) for o in thumbs]
    return [
        ("challenger" if answer.arm == "challenger" else "champion", opinion)
        for answer, opinion in rated
        if answer and answer.trial == trial.challenger and not answer.comparison
    ]


def _rate(thumbs: Iterable[Feedback]) -> Ratings:
    given: Counter[str] = Counter()
    rated = complaints = 0
    for thumb in thumbs:
        given[thumb.user] += 1
        if given[thumb.user] <= CAP:
            rated += 1
            complaints += thumb.body["value"] == "down"
    return Ratings(rated, complaints)


def _vote(
    opinion: Feedback,
    comparison: Comparison | None,
    responses: Mapping[str, Response],
    trial: Trial,
) -> Vote | None:
    if comparison is None or any(r not in responses for r in comparison.responses):
        return None
    answers = [responses[identity] for identity in comparison.responses]
    sound = [number for number, answer in enumerate(answers) if answer.status == "done"]
    mine = [number for number in sound if answers[number].version == trial.challenger]
    theirs = [number for number in sound if answers[number].version == trial.champion]
    if not mine or not theirs:
        return None
    return Vote(opinion.user, _score(opinion, len(answers), mine, theirs))


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
