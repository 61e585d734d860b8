"""The log as examples: what people think now, with what it is about. Bounded memory: looks each
entry up as it passes.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

from core.errors import NotFound
from core.exchange.checks import UNNAMED
from core.exchange.example import Example, Turn
from core.exchange.intake import SYSTEM_ADDED
from core.feedback import FeedbackLog
from core.messages import Messages
from core.records import IMPORTED, Feedback, Message, Response
from core.responses import Responses

AT_ONCE: Final = 32
"""Opinions looked up at the same time."""


class Outgo:
    """`version`: only opinions about an answer of it."""

    def __init__(
        self,
        messages: Messages,
        responses: Responses,
        feedback: FeedbackLog,
        version: str | None = None,
    ) -> None:
        self._messages = messages
        self._responses = responses
        self._feedback = feedback
        self._version = version
        self.left_out: Counter[str] = Counter()
        """Entries that gave no example, by why."""

    async def examples(self, log: AsyncIterator[Feedback]) -> AsyncIterator[Example]:
        """In the order of the log, which must be of one assistant."""
        chunk: list[Feedback] = []
        async for entry in log:
            chunk.append(entry)
            if len(chunk) == AT_ONCE:
                for example in await self._look_up(chunk):
                    yield example
                chunk = []
        for example in await self._look_up(chunk):
            yield example

    async def _look_up(self, chunk: list[Feedback]) -> list[Example]:
        said = [entry for entry in chunk if entry.kind != "retract"]
        holding = await self._feedback.holding(said)
        held = [entry for entry, holds in zip(said, holding, strict=True) if holds]
        self.left_out["replaced or taken back"] += len(chunk) - len(held)
        found = await asyncio.gather(*(self._example(entry) for entry in held))
        return [example for example in found if example is not None]

    async def _example(self, said: Feedback) -> Example | None:
        try:
            shown = await self._shown(said)
            if self._version not in (None, *(response.version for response in shown)):
                return None
            path = await self._messages.path(shown[0].prompt)
            answers = await self._messages.get_many([r.message for r in shown if r.message])
        except NotFound:
            self.left_out["what it is about is gone"] += 1
            return None
        if not path or (len(answers) < len(shown) and not _is_demonstration(said, shown)):
            self.left_out["an answer said nothing"] += 1
            return None
        unnamed = UNNAMED.fullmatch(said.user)
        return Example(
            prompt=_prompt(path, shown[0]),
            answers=tuple(answer.content for answer in answers),
            kind=said.kind,
            body=said.body,
            person="" if unnamed else said.user,
            voter=int(unnamed[2] or 0) if unnamed else 0,
            at=said.at,
        )

    async def _shown(self, said: Feedback) -> list[Response]:
        if said.kind not in ("comparison", "ranking"):
            return [await self._responses.get(said.target)]
        comparison = await self._responses.comparison(said.target)
        return await self._responses.get_many(comparison.responses)


def _is_demonstration(said: Feedback, shown: list[Response]) -> bool:
    return said.kind == "edit" and shown[0].version == IMPORTED


def _prompt(path: list[Message], response: Response) -> tuple[Turn, ...]:
    """As it came: without the system message that the import put before it."""
    added = response.version == IMPORTED and response.sampling.get(SYSTEM_ADDED)
    return tuple(Turn(m.role, m.content) for m in (path[1:] if added else path))
