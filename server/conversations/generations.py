"""Answers being generated in this process: each in its own task, with what came so far kept for
readers who come, go and come back.

Knows nothing of models or records: whoever produces an answer tells it `begin`, `add`, `end`.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any

import orjson

from core.errors import ModelUnavailable


class Generation:
    """One answer. A position in it is the number of characters before it: the event ids are
    `<response>:<position>`, so any replica that knows the text can go on from any of them.
    """

    def __init__(self, response_id: str, user: str, conversation_id: str) -> None:
        self.response_id = response_id
        self.user = user
        self.conversation_id = conversation_id
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the first token is there; raises what went wrong before it."""
        self.readers = 0
        self._start = b""
        self._pieces: list[str] = []
        self._ends: list[int] = []
        self._end: bytes | None = None
        self._changed = asyncio.Event()

    # -- for who produces --

    def begin(self, start: bytes) -> None:
        """`start` is the first event."""
        self._start = start
        self.begun.set_result(None)

    def add(self, text: str) -> None:
        self._pieces.append(text)
        self._ends.append(len(text) + (self._ends[-1] if self._ends else 0))
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

    def passed(self, position: int) -> bool:
        """True when everything up to the last event lies before a position."""
        return self.ended and position > (self._ends[-1] if self._ends else 0)

    async def read(self, after: int | None) -> AsyncGenerator[bytes, None]:
        """Events behind a position, then new ones as they come; None: from the very start."""
        self.readers += 1
        try:
            if after is None:
                yield self._start
            at = after or 0
            index = bisect_right(self._ends, at)
            while True:
                changed = self._changed
                while index < len(self._pieces):
                    piece, end = self._pieces[index], self._ends[index]
                    # A position inside a piece: only the rest of it is new.
                    new = piece[len(piece) - (end - at) :]
                    at, index = end, index + 1
                    yield delta_event(self.response_id, at, new)
                if self._end is not None:
                    if self._end:
                        yield self._end
                    return
                await changed.wait()
        finally:
            self.readers -= 1

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def delta_event(response_id: str, at: int, text: str) -> bytes:
    """`at` is the position behind the text."""
    head = f"id: {response_id}:{at}\nevent: delta\ndata: ".encode()
    return head + orjson.dumps({"text": text}) + b"\n\n"


Produce = Callable[[Generation], Coroutine[Any, Any, None]]


class Generations:
    """The table. An answer that nobody reads is given up after `grace_s`; one that has ended stays
    as long for who comes back.
    """

    def __init__(self, grace_s: float) -> None:
        self._grace_s = grace_s
        self._running: dict[str, tuple[Generation, asyncio.Task[None]]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def start(self, generation: Generation, produce: Produce) -> None:
        """Runs `produce` in a task of its own. It must call `end` or `fail` before it returns."""
        identity = generation.response_id
        task = asyncio.create_task(produce(generation))
        self._running[identity] = generation, task
        task.add_done_callback(lambda _: self._ended(generation))

    def get(self, user: str, response_id: str) -> Generation | None:
        """None when this process does not know it, or it is somebody else's."""
        generation, _ = self._running.get(response_id, (None, None))
        return generation if generation is not None and generation.user == user else None

    async def read(self, generation: Generation, after: int | None) -> AsyncGenerator[bytes, None]:
        """`Generation.read`, counted: the last reader's leaving starts the grace time."""
        self._cancel_timer(generation.response_id)
        events = generation.read(after)
        try:
            async for event in events:
                yield event
        finally:
            await events.aclose()
            if generation.readers == 0 and not generation.ended:
                self._later(generation.response_id, self._abort)

    def stop(self, generation: Generation) -> None:
        """Aborts it now; its readers get the last event as soon as the record is finished."""
        self._abort(generation.response_id)

    async def close(self) -> None:
        """Aborts what is left, at the end of the process."""
        for timer in self._timers.values():
            timer.cancel()
        tasks = [task for _, task in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, generation: Generation) -> None:
        # A task cancelled before its first step has said nothing.
        generation.fail(ModelUnavailable("The answer was given up before it began"))
        self._cancel_timer(generation.response_id)
        self._later(generation.response_id, self._forget)

    def _later(self, response_id: str, act: Callable[[str], None]) -> None:
        self._cancel_timer(response_id)
        loop = asyncio.get_running_loop()
        self._timers[response_id] = loop.call_later(self._grace_s, act, response_id)

    def _cancel_timer(self, response_id: str) -> None:
        if timer := self._timers.pop(response_id, None):
            timer.cancel()

    def _abort(self, response_id: str) -> None:
        if response_id in self._running:
            self._running[response_id][1].cancel()

    def _forget(self, response_id: str) -> None:
        self._timers.pop(response_id, None)
        self._running.pop(response_id, None)
