"""What people said during a trial: votes on comparisons that showed both versions, and thumbs on
each arm's answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge

from core.arms import ARMS, Arm
from core.fold import fold_blind
from core.records import Feedback
from core.redact import redact_person
from core.trials import Left, Trial
from worker.canary.evidence import Vote
from worker.compared import AT_ONCE, Compared, find_compared
from worker.context import Context


@dataclass(frozen=True, slots=True)
class Ratings:
    """Thumbs on one arm's ordinary answers; of each person the first few."""

    rated: int = 0
    complaints: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """`votes` in the order they were given; `left`: who was erased, or is being erased."""

    votes: list[Vote]
    left: list[Left]
    ratings: dict[Arm, Ratings]

    def in_order(self) -> Iterable[Vote | Left]:
        left = sorted(self.left, key=lambda one: one.at)
        return merge(self.votes, left, key=lambda one: one.at)


async def hear(context: Context, trial: Trial) -> Heard:
    """What people said while it was blind, of who let it be learned from when they said it; and the
    thumbs that hold now, of who lets them now; on answers that ended well.
    """
    log = [said async for said in context.feedback.read(trial.assistant, trial.first)]
    # Folded before anything is left out: what follows a withheld vote is not blind.
    opinions, erased = await context.people.evidence(trial.assistant, fold_blind(log))
    weights = await context.trials.weights(trial)
    votes = (_vote(one, trial, weights) for one in await find_compared(context, opinions))
    thumbs = [
        said
        for start in range(0, len(opinions), AT_ONCE)
        for said in await _thumbs_of(context, opinions[start : start + AT_ONCE], trial)
    ]
    ratings = {arm: _rate((said for a, said in thumbs if a == arm), trial.cap) for arm in ARMS}
    # Last: who leaves meanwhile is counted twice rather than not at all.
    left = [*_leaving(erased), *await context.trials.left(trial)]
    return Heard([vote for vote in votes if vote is not None], left, ratings)


def _leaving(erased: Iterable[Feedback]) -> list[Left]:
    """Of people who are being erased right now."""
    given: dict[str, list[float]] = {}
    for said in erased:
        given.setdefault(said.user, []).append(said.at)
    return [Left(len(times), min(times)) for times in given.values()]


def _vote(one: Compared, trial: Trial, weights: Mapping[str, float]) -> Vote | None:
    """Of a choice among three versions nobody knows how it would have gone between these two: those
    who like one of them may have taken the third for it. A ranking says so.
    """
    both = (trial.challenger, trial.champion)
    score = one.share_won(*both)
    if score is None or (one.opinion.kind == "comparison" and not set(one.versions) <= set(both)):
        return None
    return Vote(one.opinion.user, score, _weight(one.opinion.user, weights), one.opinion.at)


def _weight(user: str, weights: Mapping[str, float]) -> float:
    """A snapshot without addresses knows people who are named by one by another name."""
    return weights.get(user, weights.get(redact_person(user), 1.0))


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


def _rate(thumbs: Iterable[Feedback], cap: int) -> Ratings:
    given: Counter[str] = Counter()
    rated = complaints = 0
    for thumb in thumbs:
        given[thumb.user] += 1
        if given[thumb.user] <= cap:
            rated += 1
            complaints += thumb.body["value"] == "down"
    return Ratings(rated, complaints)
