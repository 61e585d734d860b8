"""Several answers to one prompt at once, as one sequence of events."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Any

from core.errors import ModelUnavailable, ThumbwheelError
from core.metrics import STREAMS
from server.drain import Cuttable
from server.fleet.router import Route
from server.generation.answer import Answer
from server.generation.ask import Ask
from server.generation.record import Finished, finishing, move_answer, open_answers
from server.generation.run import Running
from server.state import State

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of one candidate's answer; the first of all may be empty."""

    candidate: int
    text: str


@dataclass(frozen=True, slots=True)
class Closed:
    """A candidate has ended, well or with an error."""

    candidate: int
    response_id: str
    message_id: str
    text: str
    finish_reason: str
    error: ThumbwheelError | None = None


async def answer_all(
    state: State, asks: list[Ask], finished: Finished
) -> AsyncGenerator[Said | Closed, None]:
    """Runs every ask, each by its own side, and yields what happens, in the order it happens.

    One candidate's failure does not disturb the others. Raises the last failure when all failed.
    Closing the generator aborts those still running; so does cancelling, which is raised when it
    has been told how each ended.
    """
    events: asyncio.Queue[Said | Closed] = asyncio.Queue()
    tasks = [
        asyncio.create_task(_answer_one(state, i, ask, answer, route, events, finished))
        for i, (ask, answer, route) in enumerate(await _open(state, asks))
    ]
    try:
        failures: list[ThumbwheelError] = []
        closed = 0
        while closed < len(asks):
            event = await events.get()
            if isinstance(event, Closed):
                closed += 1
                failures += [event.error] if event.error else []
            yield event
        if len(failures) == len(asks):
            raise failures[-1]
    except asyncio.CancelledError:
        await _end(tasks)
        while not events.empty():
            yield events.get_nowait()
        raise
    finally:
        await _end(tasks)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _open(state: State, asks: list[Ask]) -> list[tuple[Ask, Answer, Route]]:
    """Open records of all at once, and the places to be tried first, spread over the replicas."""
    async with AsyncExitStack() as stack:
        lent = [state.router.route(ask.assistant.name, ask.user, side=ask.side) for ask in asks]
        routes = [await stack.enter_async_context(route) for route in lent]
        routed = list(zip(asks, routes, strict=True))
        answers = await open_answers(state, routed, time.perf_counter())
    return list(zip(asks, answers, routes, strict=True))


async def _answer_one(
    state: State,
    candidate: int,
    ask: Ask,
    answer: Answer,
    route: Route,
    events: asyncio.Queue[Said | Closed],
    finished: Finished,
) -> None:
    error: ThumbwheelError | None = None
    try:
        with STREAMS.labels(ask.assistant.name).track_inprogress():
            async with (
                finishing(state, [answer], finished),
                aclosing(_chunks(state, ask, answer, route)) as chunks,
            ):
                running = Running([answer], Cuttable(chunks))
                with state.drain.watch(running.chunks.cut):
                    async for chunk in running.chunks:
                        events.put_nowait(Said(candidate, running.take(chunk)))
    except ThumbwheelError as failure:
        error = failure
    except Exception:
        logger.exception("candidate failed", extra={"response_id": answer.response.id})
        error = ModelUnavailable("Something went wrong here; it has been logged")
    finally:
        events.put_nowait(_close(candidate, answer, error))


async def _chunks(
    state: State, ask: Ask, answer: Answer, route: Route
) -> AsyncGenerator[dict[str, Any], None]:
    """What one candidate says: from `route` or, where that fails at once, from elsewhere."""
    asked = state.router.stream(ask.assistant.name, ask.user, ask.body, ask.side, route)
    async with asked as (place, chunks):
        if place is not route:
            await move_answer(state, ask, answer, place)
        async for chunk in chunks:
            yield chunk


def _close(candidate: int, answer: Answer, error: ThumbwheelError | None) -> Closed:
    response = answer.response
    if error is None and response.status == "error":
        error = ModelUnavailable(response.error)
    reason = "error" if error else answer.finish_reason or "aborted"
    return Closed(candidate, response.id, response.message, answer.text, reason, error)
