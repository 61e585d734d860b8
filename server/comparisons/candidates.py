"""Several answers to one prompt at once, all by one version, as one sequence of events."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from core.errors import ModelUnavailable, ThumbwheelError
from server.drain import Cuttable
from server.fleet.router import Route
from server.generation.answer import Answer
from server.generation.ask import Ask
from server.generation.run import Finished, Running, record_answers
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
    """Runs every ask on the same route and yields what happens, in the order it happens.

    One candidate's failure does not disturb the others. Raises the last failure when all failed.
    Closing the generator aborts those still running.
    """
    assistant, user = asks[0].assistant.name, asks[0].user
    async with state.router.route(assistant, user) as route:
        events: asyncio.Queue[Said | Closed] = asyncio.Queue()
        tasks = [
            asyncio.create_task(_answer_one(state, i, ask, route, events, finished))
            for i, ask in enumerate(asks)
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
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _answer_one(
    state: State,
    candidate: int,
    ask: Ask,
    route: Route,
    events: asyncio.Queue[Said | Closed],
    finished: Finished,
) -> None:
    answer: Answer | None = None
    error: ThumbwheelError | None = None
    try:
        async with record_answers(state, ask, route, time.perf_counter(), finished) as answers:
            answer = answers[0]
            chunks = state.client.stream_chat(route.url, ask.body(route))
            async with aclosing(chunks):
                running = Running(answers, Cuttable(chunks))
                with state.drain.watch(running.chunks.cut):
                    async for chunk in running.chunks:
                        events.put_nowait(Said(candidate, running.take(chunk)))
    except ThumbwheelError as failure:
        error = failure
    except Exception:
        logger.exception("candidate failed", extra={"response_id": ask.response_ids[0]})
        error = ModelUnavailable("Something went wrong here; it has been logged")
    events.put_nowait(_close(candidate, ask, answer, error))


def _close(
    candidate: int, ask: Ask, answer: Answer | None, error: ThumbwheelError | None
) -> Closed:
    """`answer` is None when not even its record could be written."""
    message = answer.response.message if answer else ""
    text = answer.text if answer else ""
    if error is None and answer and answer.response.status == "error":
        error = ModelUnavailable(answer.response.error)
    reason = "error" if error or not answer else answer.finish_reason
    return Closed(candidate, ask.response_ids[0], message, text, reason, error)
