"""Answers as they come from the API: whole, piece by piece, or several side by side."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp

from cli.replies import Json, message_of
from cli.sse import Event
from core.errors import Unavailable


class StreamDropped(Unavailable):
    """A stream ended without saying that it is over."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole completion. `response` is what feedback names."""

    text: str
    response: str
    version: str
    finish_reason: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One blind answer of a comparison."""

    response: str
    text: str


@dataclass(frozen=True, slots=True)
class Blind:
    """A comparison before its vote: nobody knows which version said what."""

    id: str
    candidates: list[Candidate]


@dataclass(slots=True)
class Stream:
    """A completion while it is being said; complete once the iteration has ended."""

    version: str
    _events: AsyncIterator[Event]
    response: str = ""
    finish_reason: str = ""
    _parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self._parts)

    async def __aiter__(self) -> AsyncIterator[str]:
        """Pieces of text. Raises StreamDropped when the stream ends without `[DONE]`."""
        try:
            async for event in self._events:
                if event.data == "[DONE]":
                    return
                if piece := self._take(event.json()):
                    self._parts.append(piece)
                    yield piece
        except (aiohttp.ClientError, TimeoutError) as error:
            raise StreamDropped(f"The stream broke: {error or type(error).__name__}") from error
        raise StreamDropped("The stream ended without [DONE]")

    def _take(self, chunk: Json) -> str:
        if "error" in chunk:
            raise StreamDropped(f"The stream ended in an error: {message_of(chunk)}")
        self.response = chunk.get("id") or self.response
        piece = ""
        for choice in chunk.get("choices", ()):
            self.finish_reason = choice.get("finish_reason") or self.finish_reason
            piece += choice.get("delta", {}).get("content") or ""
        return piece


@dataclass(slots=True)
class BlindStream:
    """A comparison while its answers are being said, all at once; whole once the iteration has
    ended.
    """

    _events: AsyncIterator[Event]
    id: str = ""
    _responses: list[str] = field(default_factory=list)
    _texts: list[str] = field(default_factory=list)

    @property
    def blind(self) -> Blind:
        """As far as it is said."""
        said = zip(self._responses, self._texts, strict=True)
        return Blind(self.id, [Candidate(response, text) for response, text in said])

    async def __aiter__(self) -> AsyncIterator[Blind]:
        """After each piece. Raises Unavailable when an answer breaks off: no vote could choose
        among such; StreamDropped when the stream does.
        """
        try:
            async for event in self._events:
                if event.name == "done":
                    return
                self._take(event.name, event.json())
                yield self.blind
        except (aiohttp.ClientError, TimeoutError) as error:
            raise StreamDropped(f"The stream broke: {error or type(error).__name__}") from error
        raise StreamDropped("The stream ended before the comparison was whole")

    def _take(self, name: str, data: Json) -> None:
        if name == "start":
            self.id, self._responses = data["comparison_id"], data["responses"]
            self._texts = [""] * len(self._responses)
        elif "error" in data:
            raise Unavailable(f"An answer to compare broke off: {message_of(data)}")
        elif name == "delta":
            self._texts[data["candidate"]] += data["text"]
        elif name == "candidate_done":
            self._texts[data["candidate"]] = data["text"]
