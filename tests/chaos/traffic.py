"""People who go on chatting and voting whatever happens."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from cli.answers import StreamDropped
from cli.api import Api
from core.errors import ThumbwheelError, Unavailable
from tests.chaos.ledger import Ledger, Vote

CHATS: Final = 1
VOTERS: Final = 3
PEOPLE: Final = 12
THINK_S: Final = 0.4
AFTER_REFUSAL_S: Final = 1.0
AGAIN: Final = 0.15
"""Share of votes that are sent once more although they were acknowledged."""
QUESTIONS: Final = (
    "How long do I have to return item {n}?",
    "When does parcel {n} come?",
    "Write two bullets about order {n}.",
    "Please make this kinder: send me number {n} now.",
    "What does shipping to room {n} cost?",
)


@dataclass(slots=True)
class Traffic:
    """What became of chats and comparisons: `whole`, `broken` off or `refused` with "try again"."""

    api: Api
    ledger: Ledger
    assistants: Sequence[str]
    seed: int
    chats: Counter[str] = field(default_factory=Counter)
    comparisons: Counter[str] = field(default_factory=Counter)
    by_version: Counter[str] = field(default_factory=Counter)
    _turns: count[int] = field(default_factory=count)

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Until the block is left; what is open then ends first."""
        stop = asyncio.Event()
        people = [self._chat] * CHATS + [self._compare] * VOTERS
        async with asyncio.TaskGroup() as group:
            for number, does in enumerate(people):
                group.create_task(self._live(does, random.Random(f"{self.seed} {number}"), stop))
            try:
                yield
            finally:
                stop.set()

    async def _live(self, does: Any, dice: random.Random, stop: asyncio.Event) -> None:
        while not stop.is_set():
            turn = next(self._turns)
            try:
                await does(turn, dice)
            except Unavailable:
                await asyncio.sleep(AFTER_REFUSAL_S)
            except ThumbwheelError as error:
                self.ledger.unexpected.append(f"turn {turn}: {error.message}")
            await asyncio.sleep(dice.uniform(0.5, 1.5) * THINK_S)

    async def _chat(self, turn: int, dice: random.Random) -> None:
        """Streams an answer and gives it a thumb."""
        user, assistant = self._who(turn), dice.choice(self.assistants)
        try:
            async with self.api.stream(assistant, _ask(turn, dice), user) as stream:
                async for _ in stream:
                    pass
        except Unavailable as error:
            self.chats["broken" if isinstance(error, StreamDropped) else "refused"] += 1
            raise
        self.chats["whole"] += 1
        self.by_version[stream.version] += 1
        value = dice.choice(("up", "up", "down"))
        body = {"kind": "thumb", "response_id": stream.response, "value": value}
        await self._vote(user, assistant, "thumb", stream.response, body, dice)

    async def _compare(self, turn: int, dice: random.Random) -> None:
        """Compares two answers and chooses."""
        user, assistant = self._who(turn), dice.choice(self.assistants)
        try:
            blind = await self.api.compare(assistant, _ask(turn, dice), 2, user)
        except Unavailable:
            self.comparisons["refused"] += 1
            raise
        self.comparisons["whole"] += 1
        choice = dice.choice(("a", "a", "b", "b", "tie"))
        body = {"kind": "comparison", "comparison_id": blind.id, "choice": choice}
        await self._vote(user, assistant, "comparison", blind.id, body, dice)

    async def _vote(
        self,
        user: str,
        assistant: str,
        kind: str,
        target: str,
        body: dict[str, Any],
        dice: random.Random,
    ) -> None:
        vote = Vote(f"chaos-{target}", user, assistant, kind, target, body)
        await self.ledger.give(self.api, vote)
        if vote.acknowledged and dice.random() < AGAIN:
            await self.ledger.send(self.api, vote)

    def _who(self, turn: int) -> str:
        return f"person{turn % PEOPLE:02}"


def _ask(turn: int, dice: random.Random) -> list[dict[str, Any]]:
    return [{"role": "user", "content": dice.choice(QUESTIONS).format(n=turn)}]
