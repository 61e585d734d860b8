"""Examples into the stores: the prompt and its answers as messages and responses, as if they had
been said here, and the opinion in the log.

All ids come from the content, so that the same example again finds everything there already.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.exchange.example import Example, Turn, content_digest, opinion_key
from core.feedback import FeedbackLog
from core.ids import new_id
from core.messages import Messages
from core.records import IMPORTED, Comparison, Feedback, Response
from core.responses import Responses

AT_ONCE: Final = 32
"""Examples whose records are written at the same time."""
SYSTEM_ADDED: Final = "system_added"
"""In `sampling` of an imported response: its prompt came without a system message."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """An example's place: whose tree, which records."""

    example: Example
    owner: str
    turns: tuple[Turn, ...]
    responses: list[str]
    comparison: str

    @property
    def target(self) -> str:
        return self.comparison or self.responses[0]


class Intake:
    """Takes in examples for one assistant. What has no system message gets the assistant's own:
    that is how it will be asked.
    """

    def __init__(
        self,
        messages: Messages,
        responses: Responses,
        feedback: FeedbackLog,
        assistant: str,
        system_prompt: str,
    ) -> None:
        self._messages = messages
        self._responses = responses
        self._feedback = feedback
        self._assistant = assistant
        self._system = Turn("system", system_prompt)

    async def add(self, examples: Sequence[Example]) -> list[bool]:
        """Stores checked examples durably; says which were new. Opinions keep their order.

        Raises StoreUnavailable: the same examples may be sent again.
        """
        placed = [self._place(example) for example in examples]
        new: list[bool] = []
        for begin in range(0, len(placed), AT_ONCE):
            chunk = placed[begin : begin + AT_ONCE]
            await asyncio.gather(*(self._write(one) for one in chunk))
            stored = await self._feedback.append_all([self._opinion(one) for one in chunk])
            new += [first for _, first in stored]
        return new

    def _place(self, example: Example) -> _Placed:
        bare = example.prompt[0].role != "system"
        turns = (self._system, *example.prompt) if bare else example.prompt
        owner = example.person or _unnamed(example.prompt)
        asked = [self._assistant, owner, [[turn.role, turn.content] for turn in turns], bare]
        # A demonstration answers for itself: another one of the same prompt does not replace it.
        answers = example.answers or (example.body["text"],)
        told = bool(example.answers)
        responses = [f"resp_{content_digest(*asked, text, told)}" for text in answers]
        compares = example.kind in ("comparison", "ranking")
        comparison = f"cmp_{content_digest(*asked, example.answers)}" if compares else ""
        return _Placed(example, owner, turns, responses, comparison)

    async def _write(self, placed: _Placed) -> None:
        known = await self._responses.find(placed.responses)
        said = [(turn.role, turn.content) for turn in placed.turns]
        prompt = (await self._messages.append(self._assistant, placed.owner, "", said))[-1].id
        answers = placed.example.answers or ("",)
        for identity, text in zip(placed.responses, answers, strict=True):
            if identity not in known or known[identity].status != "done":
                await self._write_response(placed, identity, prompt, text)
        if placed.comparison and not await self._responses.find_comparisons([placed.comparison]):
            await self._responses.add_comparison(
                Comparison(
                    id=placed.comparison,
                    assistant=self._assistant,
                    user=placed.owner,
                    prompt=prompt,
                    responses=placed.responses,
                    created=_when(placed.example),
                )
            )

    async def _write_response(self, placed: _Placed, identity: str, prompt: str, text: str) -> None:
        """Finished as one that was said here; a demonstration's has no message."""
        message = ""
        if text:
            said = await self._messages.append(
                self._assistant, placed.owner, prompt, [("assistant", text)]
            )
            message = said[0].id
        response = Response(
            id=identity,
            assistant=self._assistant,
            version=IMPORTED,
            user=placed.owner,
            prompt=prompt,
            sampling={SYSTEM_ADDED: placed.turns != placed.example.prompt},
            created=_when(placed.example),
            arm=IMPORTED,
            status="done",
            message=message,
            finish_reason="stop",
            finished=_when(placed.example),
        )
        await self._responses.start(response)
        await self._responses.finish(response)

    def _opinion(self, placed: _Placed) -> tuple[Feedback, str, list[str]]:
        """As the log has it, with its key and the versions it is about."""
        example = placed.example
        unnamed = f"{placed.owner}.{example.voter}" if example.voter else placed.owner
        said = Feedback(
            id=new_id("fb"),
            kind=example.kind,
            assistant=self._assistant,
            user=example.person or unnamed,
            target=placed.target,
            at=_when(example),
            body=example.body,
        )
        return said, opinion_key(example), [IMPORTED] * len(placed.responses)


def _unnamed(prompt: tuple[Turn, ...]) -> str:
    """One name for whoever began a conversation so: its people are told apart from others', and
    what is held out of learning is held out whole.
    """
    first = next(turn for turn in prompt if turn.role != "system")
    return f"imported.{content_digest(first.content)}"


def _when(example: Example) -> float:
    """No opinion is from the future."""
    return time.time() if example.at is None else min(example.at, time.time())
