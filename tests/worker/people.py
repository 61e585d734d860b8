"""People who chat and vote, written straight into the stores."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from core.feedback import FeedbackLog
from core.ids import new_id
from core.messages import Messages
from core.records import Comparison, FeedbackKind, Response, ResponseStatus
from core.responses import Responses
from core.store import Store

SYSTEM = "You are kind."


@dataclass
class People:
    store: Store
    assistant: str = "support"
    messages: Messages = field(init=False)
    responses: Responses = field(init=False)
    feedback: FeedbackLog = field(init=False)

    def __post_init__(self) -> None:
        self.messages = Messages(self.store)
        self.responses = Responses(self.store)
        self.feedback = FeedbackLog(self.store)

    async def ask(self, user: str, prompt: str) -> str:
        """The prompt's message id."""
        said = await self.messages.append(
            self.assistant, user, "", [("system", SYSTEM), ("user", prompt)]
        )
        return said[-1].id

    async def answer(
        self,
        user: str,
        prompt: str,
        text: str,
        status: ResponseStatus = "done",
        of: str = "",
        version: str = "base",
        trial: str = "",
    ) -> Response:
        message = (await self.messages.append(self.assistant, user, prompt, [("assistant", text)]))[
            0
        ]
        response = Response(
            id=new_id("resp"),
            assistant=self.assistant,
            version=version,
            arm="challenger" if version == trial else "champion",
            trial=trial,
            user=user,
            prompt=prompt,
            sampling={},
            created=time.time(),
            comparison=of,
            status=status,
            message=message.id,
            prompt_ids=[1, 2, 3],
            output_ids=[len(text), 0],
        )
        await self.responses.start(response)
        await self.responses.finish(response)
        return response

    async def compare(self, user: str, prompt: str, *texts: str) -> str:
        """The comparison's id."""
        asked = await self.ask(user, prompt)
        identity = new_id("cmp")
        shown = [(await self.answer(user, asked, text, of=identity)).id for text in texts]
        record = Comparison(identity, self.assistant, user, asked, shown, time.time())
        await self.responses.add_comparison(record)
        return identity

    async def compare_arms(self, user: str, prompt: str, champion: str, challenger: str) -> str:
        """A comparison of both, the champion's answer first."""
        return await self.compare_versions(user, prompt, challenger, champion, challenger)

    async def compare_versions(self, user: str, prompt: str, trial: str, *versions: str) -> str:
        """A comparison with one answer of each, in this order, while `trial` is on trial."""
        asked = await self.ask(user, prompt)
        identity = new_id("cmp")
        shown = [
            await self.answer(user, asked, version, of=identity, version=version, trial=trial)
            for version in versions
        ]
        ids = [response.id for response in shown]
        record = Comparison(identity, self.assistant, user, asked, ids, time.time())
        await self.responses.add_comparison(record)
        return identity

    async def say(self, kind: FeedbackKind, user: str, target: str, **body: Any) -> str:
        return (await self.feedback.append(kind, self.assistant, user, target, body))[0]

    async def vote(self, user: str, prompt: str, choice: str = "a") -> str:
        """Compares two answers and chooses; the comparison's id."""
        comparison = await self.compare(user, prompt, f"Yes: {prompt}", f"No, not {prompt}")
        await self.say("comparison", user, comparison, choice=choice)
        return comparison

    async def crowd(self, votes: int, people: int = 8) -> None:
        """Votes of several people, about as many for either side of the screen."""
        for number in range(votes):
            await self.vote(f"user{number % people}", f"Question {number}?", "ab"[number % 2])

    async def judge(self, thumbs: int, people: int = 8) -> None:
        """Thumbs of several people, every third of them down."""
        for number in range(thumbs):
            user = f"user{number % people}"
            answer = await self.answer(user, await self.ask(user, f"Task {number}?"), "Done.")
            value = "down" if number % 3 == 0 else "up"
            await self.say("thumb", user, answer.id, value=value)
