"""Answers being generated in this process, alone or side by side: each in its own task, with what
came so far kept for readers who come, go and come back.

Knows nothing of models or records: whoever produces an answer tells it `begin`, `add`, `end`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.errors import InvalidRequest, ModelUnavailable, StoreUnavailable
from server.sse import format_event

Position = tuple[int, ...]
"""The number of characters read of each answer; one more where its own end was read too."""
_EVENT_ID: Final = re.compile(r"(([a-z]+)_[0-9a-z]{26}):(\d{1,9}(?:\.\d{1,9})*)")


def event_id(identity: str, position: Iterable[int]) -> str:
    return f"{identity}:{'.'.join(map(str, position))}"


def parse_event_id(last_event_id: str, kind: str) -> tuple[str, Position]:
    """What `event_id` made of an id that begins with `kind`. Raises InvalidRequest."""
    match = _EVENT_ID.fullmatch(last_event_id)
    if match is None or match[2] != kind:
        raise InvalidRequest("Last-Event-ID must be an id this API has sent", "Last-Event-ID")
    return match[1], tuple(map(int, match[3].split(".")))


def widen(position: Position, answers: int) -> Position:
    """With 0 for the answers that are not named. Raises InvalidRequest for more than there are."""
    if len(position) > answers:
        raise InvalidRequest("Last-Event-ID must be an id this API has sent", "Last-Event-ID")
    return position + (0,) * (answers - len(position))


@dataclass(frozen=True, slots=True)
class _Piece:
    """Of an answer: more of its text up to `end`, or its own last event, which is one long."""

    answer: int
    end: int
    text: str = ""
    closing: dict[str, Any] | None = None


class Generation:
    """One answer, or several side by side. The event ids are `<id>:<position>`, a position being
    the characters before it, with a dot between those of several: so any replica that knows the
    texts can go on from any of them.
    """

    def __init__(self, identity: str, user: str, conversation_id: str, answers: int = 1) -> None:
        self.id = identity
        self.user = user
        self.conversation_id = conversation_id
        """"" for a comparison."""
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the first token is there; raises what went wrong before it."""
        self.readers = 0
        self.ends = [0] * answers
        """The position behind what has come."""
        self._start = b""
        self._pieces: list[_Piece] = []
        self._end: bytes | None = None
        self._changed = asyncio.Event()

    # -- for who produces --

    def begin(self, start: bytes) -> None:
        """`start` is the first event."""
        self._start = start
        self.begun.set_result(None)

    def add(self, text: str, answer: int = 0) -> None:
        self.ends[answer] += len(text)
        self._pieces.append(_Piece(answer, self.ends[answer], text))
        self._wake()

    def close(self, answer: int, data: dict[str, Any]) -> None:
        """One of several has ended; `data` goes out as `candidate_done`."""
        self.ends[answer] += 1
        self._pieces.append(_Piece(answer, self.ends[answer], closing=data))
        self._wake()

    def end(self, last: bytes) -> None:
        """`last` is the event after which there is nothing more."""
        if self._end is None:
            self._end = last
            self._wake()

    def fail(self, error: Exception) -> None:
        """Nothing came, and nothing will."""
        if not self.begun.done():
            self.begun.set_exception(error)
            self.begun.exception()  # whoever waits raises it; if nobody does, that is no leak
        self.end(b"")

    # -- for who reads --

    @property
    def ended(self) -> bool:
        return self._end is not None

    def passed(self, position: Position) -> bool:
        """True when everything up to the last event lies before a position."""
        return self.ended and all(at > end for at, end in zip(position, self.ends, strict=True))

    async def read(self, after: Position | None) -> AsyncGenerator[bytes, None]:
        """Events behind a position, then new ones as they come; None: from the very start."""
        self.readers += 1
        try:
            if after is None:
                yield self._start
            at = list(after or (0 for _ in self.ends))
            index = 0
            while True:
                changed = self._changed
                while index < len(self._pieces):
                    piece = self._pieces[index]
                    index += 1
                    if piece.end > at[piece.answer]:
                        yield self._event(piece, at)
                if self._end is not None:
                    if self._end:
                        yield self._end
                    return
                await changed.wait()
        finally:
            self.readers -= 1

    def _event(self, piece: _Piece, at: list[int]) -> bytes:
        """Moves `at` behind the piece; of one that it lies inside of, only the rest is new."""
        new = piece.text[len(piece.text) - (piece.end - at[piece.answer]) :]
        at[piece.answer] = piece.end
        if piece.closing is not None:
            return format_event("candidate_done", piece.closing, event_id(self.id, at))
        return delta_event(self.id, at, new, piece.answer)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def delta_event(identity: str, at: Sequence[int], text: str, answer: int = 0) -> bytes:
    """`at` is the position behind the text."""
    data = {"text": text} if len(at) == 1 else {"candidate": answer, "text": text}
    return format_event("delta", data, event_id(identity, at))


Produce = Callable[[Generation], Coroutine[Any, Any, None]]


class Generations:
    """The table. An answer that nobody reads is given up after `grace_s`, unless `is_awaited` tells
    that somebody waits for it in another process; one that has ended stays as long for who comes
    back.
    """

    def __init__(self, grace_s: float, is_awaited: Callable[[str], Awaitable[bool]]) -> None:
        self._grace_s = grace_s
        self._is_awaited = is_awaited
        self._running: dict[str, tuple[Generation, asyncio.Task[None]]] = {}
        self._timers: dict[str, asyncio.Task[None]] = {}

    async def open(self, generation: Generation, produce: Produce) -> AsyncGenerator[bytes, None]:
        """Runs `produce` in a task of its own, which must call `end` or `fail` before it returns,
        and returns the events, the first of them in hand. Raises what went wrong before it.
        """
        task = asyncio.create_task(produce(generation))
        self._running[generation.id] = generation, task
        task.add_done_callback(lambda _: self._ended(generation))
        try:
            await asyncio.shield(generation.begun)
        except asyncio.CancelledError:
            self.stop(generation)  # nobody has seen its id, so nobody can come back
            raise
        return self.read(generation, None)

    def get(self, user: str, identity: str, conversation_id: str = "") -> Generation | None:
        """None when this process does not know it there, or it is somebody else's."""
        generation, _ = self._running.get(identity, (None, None))
        if generation is None or generation.user != user:
            return None
        return generation if generation.conversation_id == conversation_id else None

    async def read(
        self, generation: Generation, after: Position | None
    ) -> AsyncGenerator[bytes, None]:
        """`Generation.read`, counted: the last reader's leaving starts the grace time."""
        self._cancel_timer(generation.id)
        events = generation.read(after)
        try:
            async for event in events:
                yield event
        finally:
            await events.aclose()
            if generation.readers == 0:
                then = self._forget if generation.ended else self._give_up
                self._later(generation.id, then)

    def stop(self, generation: Generation) -> None:
        """Aborts it now; its readers get the last event as soon as the record is finished."""
        self._abort(generation.id)

    async def close(self) -> None:
        """Aborts what is left, at the end of the process."""
        tasks = [*self._timers.values(), *(task for _, task in self._running.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, generation: Generation) -> None:
        # A task cancelled before its first step has said nothing.
        generation.fail(ModelUnavailable("The answer was given up before it began"))
        self._cancel_timer(generation.id)
        self._later(generation.id, self._forget)

    def _later(self, identity: str, act: Callable[[str], Coroutine[Any, Any, None]]) -> None:
        self._cancel_timer(identity)
        self._timers[identity] = asyncio.create_task(act(identity))

    def _cancel_timer(self, identity: str) -> None:
        if timer := self._timers.pop(identity, None):
            timer.cancel()

    def _abort(self, identity: str) -> None:
        if identity in self._running:
            self._running[identity][1].cancel()

    async def _give_up(self, identity: str) -> None:
        while True:
            await asyncio.sleep(self._grace_s)
            try:
                if not await self._is_awaited(identity):
                    break
            except StoreUnavailable:
                break  # who waits for its record gets no answer either
        self._abort(identity)

    async def _forget(self, identity: str) -> None:
        await asyncio.sleep(self._grace_s)
        self._timers.pop(identity, None)
        self._running.pop(identity, None)
