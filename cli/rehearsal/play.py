"""One rehearsal: a population votes by its taste, the loop learns, the new version is measured.

Owns the order of events. Everything goes through the public API, where no client can choose a
version: so the old champion answers the held-out prompts before the first vote, the new one after.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from cli.api import Api
from cli.overview import Overview, get_runs
from cli.rehearsal.bounded import patiently
from cli.rehearsal.contest import Contest, Pair
from cli.rehearsal.population import CROWD, PEOPLE, Ballot, Population, Prompt, Thumb
from cli.rehearsal.traffic import Streams, keep_chatting
from cli.rehearsal.waiting import (
    NoNewVersion,
    Patience,
    wait_for_answer,
    wait_for_champion,
    wait_until_idle,
)
from cli.stages import Stages
from core.records import Run
from core.tastes import Taste

Feedback = Literal["comparisons", "thumbs"]
"""What people give."""

ANSWER_TIMEOUT_S = 60.0
"""From a new champion to its first answer; the pointer is read on every request."""


def ignore() -> None:
    """For work whose single steps nobody watches."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to play. `voting` and `held_out` share neither phrasings nor contents."""

    assistant: str
    taste: Taste
    voting: Sequence[Prompt]
    held_out: Sequence[Prompt]
    candidates: int = 2
    chats: int = 2
    seed: int = 0
    retrain: bool = False
    patience: Patience = field(default_factory=Patience)
    feedback: Feedback = "comparisons"


@dataclass(slots=True)
class Rehearsal:
    """What is known so far; whatever a rehearsal did not reach stays None."""

    plan: Plan
    champion_before: str = ""
    champion_after: str | None = None
    decided: int = 0
    thumbs_up: int = 0
    run: Run | None = None
    seconds_to_live: float | None = None
    """From the last vote to the first answer as champion."""
    seconds_to_trial: float | None = None
    """From the last vote to people being answered by it on trial."""
    trial_votes: int = 0
    """Comparisons with the champion, given for its trial."""
    contest: Contest | None = None
    streams: Streams = field(default_factory=Streams)
    refused: str = ""
    """Why there is no new version; empty when there is one."""

    @property
    def won(self) -> bool:
        """A new version answers, and its win rate is above one half beyond chance."""
        return self.contest is not None and self.contest.win_rate.low > 0.5


async def rehearse(api: Api, plan: Plan, stages: Stages) -> Rehearsal:
    """Plays the plan to its end. A refusal is a result; an API that is away raises."""
    result = Rehearsal(plan)
    population = Population(api, plan.assistant, plan.taste)
    with stages.waiting("Waiting for a quiet moment") as say:
        before = await wait_until_idle(api, plan.assistant, say)
    result.champion_before = before.champion
    with stages.counted("Answers before", len(plan.held_out)) as advance:
        old = await population.answer(plan.held_out, plan.seed, advance)
    opinions = await _form_opinions(population, plan, stages)
    result.decided = sum(opinion.is_decided for opinion in opinions)
    result.thumbs_up = sum(opinion.vote.get("value") == "up" for opinion in opinions)
    async with keep_chatting(population, plan.voting, plan.chats) as result.streams:
        known = {run.id for run in await get_runs(api, plan.assistant)}
        with stages.counted("Votes", len(opinions)) as advance:
            await population.vote(opinions, advance)
        voted = time.monotonic()
        try:
            await _go_live(population, before, known, voted, result, stages)
        except NoNewVersion as refusal:
            result.refused, result.run = refusal.message, refusal.run or result.run
            return result
        with stages.counted("Answers after", len(plan.held_out)) as advance:
            new = await population.answer(plan.held_out, plan.seed, advance)
    result.contest = Contest(
        [
            Pair(prompt, a, b, population.rank(a.text, prompt), population.rank(b.text, prompt))
            for prompt, a, b in zip(plan.held_out, old, new, strict=True)
        ]
    )
    return result


async def _form_opinions(
    population: Population, plan: Plan, stages: Stages
) -> Sequence[Ballot | Thumb]:
    """What people read, and what they will say to it."""
    if plan.feedback == "comparisons":
        with stages.counted("Comparisons", len(plan.voting)) as advance:
            return await population.compare(plan.voting, plan.candidates, advance)
    with stages.counted("Answers to judge", len(plan.voting)) as advance:
        answers = await population.answer(plan.voting, plan.seed, advance)
    return population.judge(plan.voting, answers)


async def _go_live(
    population: Population,
    before: Overview,
    known: set[str],
    voted: float,
    result: Rehearsal,
    stages: Stages,
) -> None:
    plan, api = result.plan, population.api

    async def ask_for_run() -> None:
        reason = {"reason": f"simulate --prefer {plan.taste.name}"}
        await patiently(lambda: api.operate(plan.assistant, "retrain", reason))

    async def try_out() -> None:
        """Some people compare it with the champion once each."""
        if result.seconds_to_trial is None:
            result.seconds_to_trial = time.monotonic() - voted
        asked = [plan.voting[(result.trial_votes + i) % len(plan.voting)] for i in range(PEOPLE)]
        ballots = await population.compare(asked, 2, ignore, result.trial_votes, CROWD)
        await population.vote(ballots, ignore)
        result.trial_votes += len(ballots)

    with stages.waiting("Learning") as say:
        result.champion_after, result.run = await wait_for_champion(
            api, before, known, plan.patience, say, try_out, ask_for_run if plan.retrain else None
        )
        say("asking for its first answer", 1.0)
        answered = await wait_for_answer(
            api, plan.assistant, result.champion_after, plan.voting[0].messages, ANSWER_TIMEOUT_S
        )
    result.seconds_to_live = answered - voted
