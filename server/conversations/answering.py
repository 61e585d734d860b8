"""Produces the answer to one message of a conversation, as events for whoever reads them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from core.conversations import Conversation
from core.errors import ModelUnavailable, NotFound, StoreUnavailable, ThumbwheelError
from core.records import Response
from server.conversations.generations import Generation, Produce, event_id
from server.errors import SERVER, describe_error, error_body
from server.generation.answer import Answer
from server.generation.ask import Ask
from server.generation.run import Running, stream_answers
from server.markdown import render_html
from server.sse import format_event
from server.state import State
from server.trace import Trace

logger = logging.getLogger(__name__)


def make_producer(state: State, conversation: Conversation, ask: Ask, trace: Trace) -> Produce:
    """What fills a Generation with one answer."""

    async def produce(generation: Generation) -> None:
        finished = keep_in(state, conversation, generation)
        async with stream_answers(state, ask, trace, finished=finished) as running:
            await _pump(running, generation, trace)
        if not generation.ended:
            raise ModelUnavailable("The answer did not end well; ask again")

    return ending(produce, trace)


def ending(work: Produce, trace: Trace) -> Produce:
    """`work`, after which the generation has its last event however it ended, and its places are
    given back.
    """

    async def produce(generation: Generation) -> None:
        try:
            with trace.holding():
                await work(generation)
        except ThumbwheelError as error:
            _fail(generation, error, describe_error(error))
        except Exception as error:
            logger.exception("answer failed", extra={"response_id": generation.id})
            body = error_body("Something went wrong here; it has been logged", SERVER)
            _fail(generation, error, body)
        finally:
            if generation.begun.done() and not generation.ended:
                given_up = ModelUnavailable("The answer was given up; ask again")
                generation.end(format_event("error", describe_error(given_up)))

    return produce


async def _pump(running: Running, generation: Generation, trace: Trace) -> None:
    response = running.answers[0].response
    trace.version = response.version
    generation.begin(start_event(response))
    async for chunk in running.chunks:
        if text := running.take(chunk):
            generation.add(text)


def keep_in(
    state: State, conversation: Conversation, generation: Generation
) -> Callable[[Answer], Awaitable[None]]:
    """For a finished answer: puts it into the conversation and tells the readers."""

    async def keep(answer: Answer) -> None:
        response = answer.response
        try:
            if response.message:
                await add_answer(state, conversation, response)
        except StoreUnavailable:
            logger.warning("answer not kept", extra={"response_id": response.id})
        finally:
            if response.status != "error":
                generation.end(done_event(response, answer.text))

    return keep


async def add_answer(state: State, conversation: Conversation, response: Response) -> None:
    """Puts an answer into its conversation, unless that was deleted meanwhile."""
    try:
        await state.conversations.get(conversation.user, conversation.id)
    except NotFound:
        return
    await state.conversations.add(conversation, response.message, response.id)


def start_event(response: Response) -> bytes:
    body = {"response_id": response.id, "message_id": response.prompt}
    return format_event("start", body, event_id(response.id, [0]))


def done_event(response: Response, text: str) -> bytes:
    """The last event: its position lies behind the text's end."""
    body = {
        "response_id": response.id,
        "message_id": response.message,
        "version": response.version,
        "provenance": provenance(response),
        "text": text,
        "html": render_html(text),
        "finish_reason": response.finish_reason or response.status,
        "usage": count_usage(response),
    }
    return format_event("done", body, event_id(response.id, [len(text) + 1]))


def provenance(response: Response) -> dict[str, Any]:
    """What it takes, beside the version, to say an answer again."""
    return {
        "base_hash": response.base_hash,
        "template_hash": response.template_hash,
        "prompt_hash": response.prompt,
        "sampling": response.sampling,
    }


def count_usage(response: Response) -> dict[str, int]:
    asked, said = len(response.prompt_ids or ()), len(response.output_ids or ())
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def _fail(generation: Generation, error: Exception, body: dict[str, Any]) -> None:
    if generation.begun.done():
        generation.end(format_event("error", body))
    else:
        generation.fail(error)
