"""Simulated people: who they are, what they ask and how they vote. Knows the API, not the loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Final

from cli.answers import Answer, Blind
from cli.api import Api
from cli.rehearsal.bounded import patiently, run_bounded
from cli.rehearsal.tastes import Ranked, choose, order, rank
from cli.replies import Json
from core.checks import Check
from core.tastes import Taste

PEOPLE: Final = 16
"""So many that a split by person leaves some of them out of training."""
CROWD: Final = 64
"""Who compares a version on trial: few people's votes decide none, however many they are."""
AT_ONCE: Final = 8
"""Requests in flight; more would only queue in a small vLLM."""
USUAL_FROM: Final = 4
"""Answers to one kind of task that tell what is usual there."""


Key = tuple[bool, bool, float]
"""Of tastes.Ranked."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What somebody asks, and what any right answer fulfils."""

    messages: list[Json]
    checks: tuple[Check, ...]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Ballot:
    """A comparison and the vote that a person will give on it."""

    person: str
    prompt: Prompt
    blind: Blind
    vote: Json

    @property
    def is_decided(self) -> bool:
        """Whether anything can be learned from it: some answer was preferred to another."""
        return len(self.vote.get("order", ())) > 1 or self.vote.get("choice") in ("a", "b")

    @property
    def key(self) -> str:
        return f"simulate-{self.blind.id}"


@dataclass(frozen=True, slots=True)
class Thumb:
    """An answer and the thumb that a person will give it."""

    person: str
    answer: Answer
    vote: Json

    @property
    def is_decided(self) -> bool:
        return True

    @property
    def key(self) -> str:
        return f"simulate-{self.answer.response}"


@dataclass(frozen=True, slots=True)
class Population:
    """People who share a taste and talk to one assistant."""

    api: Api
    assistant: str
    taste: Taste

    def person(self, index: int, people: int = PEOPLE) -> str:
        return f"simulated-{self.taste.name}-{index % people + 1:02}"

    async def answer(
        self, prompts: Sequence[Prompt], seed: int, advance: Callable[[], None]
    ) -> list[Answer]:
        """One answer to each prompt as the assistant answers by default; prompt i has seed + i."""

        async def ask(numbered: tuple[int, Prompt]) -> Answer:
            i, prompt = numbered
            return await patiently(
                lambda: self.api.complete(
                    self.assistant, prompt.messages, self.person(i), seed=seed + i
                )
            )

        return await run_bounded(list(enumerate(prompts)), ask, AT_ONCE, advance)

    async def compare(
        self,
        prompts: Sequence[Prompt],
        candidates: int,
        advance: Callable[[], None],
        first: int = 0,
        people: int = PEOPLE,
    ) -> list[Ballot]:
        """A comparison of each prompt, not yet voted on, by one person after the other from the
        `first` on.
        """

        async def ask(numbered: tuple[int, Prompt]) -> Ballot:
            i, prompt = numbered
            person = self.person(first + i, people)
            blind = await patiently(
                lambda: self.api.compare(self.assistant, prompt.messages, candidates, person)
            )
            return Ballot(person, prompt, blind, self._judge(blind, prompt))

        return await run_bounded(list(enumerate(prompts)), ask, AT_ONCE, advance)

    def judge(self, prompts: Sequence[Prompt], answers: Sequence[Answer]) -> list[Thumb]:
        """Up for an answer that is liked better than what the assistant usually says to such a
        task, which is the median of `answers` to its kind; down for any other. Who gives a thumb
        sees one answer, but knows what to expect.
        """
        ranks = [self.rank(a.text, p).key for p, a in zip(prompts, answers, strict=True)]
        usual = _usual([prompt.kind for prompt in prompts], ranks)
        return [
            Thumb(
                self.person(i),
                answer,
                {
                    "kind": "thumb",
                    "response_id": answer.response,
                    "value": "up" if ranked > usual[prompt.kind] else "down",
                },
            )
            for i, (prompt, answer, ranked) in enumerate(zip(prompts, answers, ranks, strict=True))
        ]

    async def vote(self, opinions: Sequence[Ballot | Thumb], advance: Callable[[], None]) -> None:
        """Every vote acknowledged; a retry carries the same key, so it counts once."""

        async def give(opinion: Ballot | Thumb) -> None:
            await patiently(lambda: self.api.feedback(opinion.vote, opinion.key, opinion.person))

        await run_bounded(opinions, give, AT_ONCE, advance)

    def rank(self, answer: str, prompt: Prompt) -> Ranked:
        return rank(self.taste, answer, prompt.checks)

    def _judge(self, blind: Blind, prompt: Prompt) -> Json:
        ranked = [self.rank(c.text, prompt) for c in blind.candidates]
        if len(ranked) == 2:
            choice = choose(ranked[0], ranked[1])
            return {"kind": "comparison", "comparison_id": blind.id, "choice": choice}
        return {"kind": "ranking", "comparison_id": blind.id, "order": order(ranked)}


def _usual(kinds: Sequence[str], ranks: Sequence[Key]) -> dict[str, Key]:
    """The median answer to each kind of task; to any task where there are few of a kind."""
    of_kind: dict[str, list[Key]] = {kind: [] for kind in kinds}
    for kind, ranked in zip(kinds, ranks, strict=True):
        of_kind[kind].append(ranked)
    return {
        kind: median_low(found if len(found) >= USUAL_FROM else ranks)
        for kind, found in of_kind.items()
    }
