"""Runs a completion and records it: the record is written before the first token leaves and
finished however the answer ends, also when nobody waits for it any more.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from core.errors import StoreUnavailable, ThumbwheelError
from core.metrics import FIRST_TOKEN, RESPONSES, STREAMS, TOKENS
from core.records import Response, ResponseStatus
from server.drain import Cuttable
from server.fleet.router import Route
from server.generation.answer import Answer
from server.generation.ask import Ask, ChatMessage, tree_text
from server.generation.fit import Fitted, fit
from server.state import State
from server.trace import Trace

logger = logging.getLogger(__name__)

FINISH_RETRIES_S: Final = (0.1, 0.3, 1.0, 3.0)
"""Redis may be away for a moment just when an answer ends."""
FINISH_WAIT_S: Final = 2.0
"""How long an answer's last event waits for its record; the record goes on trying."""

GOOD_ENDS: Final = frozenset({"stop", "length", "tool_calls"})
"""vLLM's finish reasons of whole answers; `abort`, `error` and none are not."""

Finished = Callable[[Answer], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Running:
    """An answer that has begun. `chunks` are vLLM's; every one must be given to `take`."""

    answers: list[Answer]
    chunks: Cuttable

    def take(self, chunk: dict[str, Any]) -> str:
        """Collects a chunk; returns the text of its last choice (there is one for n = 1)."""
        if prompt_ids := chunk.get("prompt_token_ids"):
            for answer in self.answers:
                answer.prompt_ids = prompt_ids
        text = ""
        for choice in chunk["choices"]:
            text = self.answers[choice["index"]].take(choice)
        return text


async def ignore(answer: Answer) -> None:
    """For callers who need nothing done with a finished answer."""


async def fit_messages(
    state: State,
    trace: Trace,
    assistant: str,
    user: str,
    messages: list[ChatMessage],
    max_tokens: int,
    tools: list[dict[str, Any]] | None = None,
) -> Fitted:
    """`fit` with vLLM counting. Any version counts alike: they share the tokenizer."""

    async def count(chat: list[ChatMessage]) -> int:
        async with state.router.route(assistant, user) as route:
            with trace.waiting():
                return len(await state.client.tokenize(route.url, route.model, chat, tools))

    return await fit(messages, max_tokens, state.context_tokens, count, tools)


async def store_prompt(state: State, user: str, messages: Sequence[ChatMessage]) -> str:
    """Puts a whole chat into the user's tree; returns the last message's id."""
    chain = await state.messages.append(user, "", [tree_text(m) for m in messages])
    return chain[-1].id


@asynccontextmanager
async def stream_answers(
    state: State,
    ask: Ask,
    trace: Trace,
    include_usage: bool = False,
    finished: Finished = ignore,
) -> AsyncIterator[Running]:
    """A streamed completion on the best replica; the block begins with the first chunk in hand.

    Leaving the block early aborts the generation. Each record is finished as done, error or
    aborted, then `finished` is called, both even if the caller is cancelled.
    """
    sent = time.perf_counter()

    def make_body(route: Route) -> dict[str, Any]:
        nonlocal sent
        sent = time.perf_counter()
        body = ask.body(route)
        return {**body, "stream_options": {"include_usage": True}} if include_usage else body

    async with state.router.stream(ask.assistant.name, ask.user, make_body) as (route, chunks):
        trace.upstream_s += time.perf_counter() - sent
        async with record_answers(state, ask, route, sent, finished) as answers:
            cuttable = Cuttable(chunks)
            with state.drain.watch(cuttable.cut):
                yield Running(answers, cuttable)


@asynccontextmanager
async def record_answers(
    state: State, ask: Ask, route: Route, asked: float, finished: Finished = ignore
) -> AsyncIterator[list[Answer]]:
    """Writes open records, and in the end finishes them by how the block ended."""
    answers = [Answer(r, asked) for r in open_responses(ask, route)]
    await _start_all(state, answers)
    status: ResponseStatus = "done"
    error = ""
    STREAMS.labels(ask.assistant.name).inc()
    try:
        yield answers
    except ThumbwheelError as failure:
        status, error = "error", failure.message
        raise
    except (asyncio.CancelledError, GeneratorExit):
        status = "aborted"
        raise
    except Exception as failure:
        status, error = "error", type(failure).__name__
        raise
    finally:
        STREAMS.labels(ask.assistant.name).dec()
        work = _finish_all(state, answers, status, error, finished)
        await state.background.shielded(work, FINISH_WAIT_S)


async def whole_answers(
    state: State, ask: Ask, trace: Trace
) -> tuple[list[Answer], dict[str, Any]]:
    """A completion in one piece: its recorded answers and vLLM's reply. Nobody knows the response
    ids before this returns, so there is nothing to record of one that fails.
    """
    sent = time.perf_counter()

    def make_body(route: Route) -> dict[str, Any]:
        nonlocal sent
        sent = time.perf_counter()
        return ask.body(route)

    route, reply = await state.router.chat(ask.assistant.name, ask.user, make_body)
    trace.upstream_s += time.perf_counter() - sent
    answers = [Answer(r, sent) for r in open_responses(ask, route)]
    for choice in reply["choices"]:
        answers[choice["index"]].take_whole(choice)
    for answer in answers:
        answer.prompt_ids = reply.get("prompt_token_ids")
    await state.responses.start(*(a.response for a in answers))
    for answer in answers:
        await finish_answer(state, answer, "done", "")
    return answers, reply


def open_responses(ask: Ask, route: Route) -> list[Response]:
    now = time.time()
    return [
        Response(
            id=identity,
            assistant=ask.assistant.name,
            version=route.version,
            user=ask.user,
            prompt=ask.prompt,
            sampling=ask.sampling,
            created=now,
            conversation=ask.conversation,
            comparison=ask.comparison,
            replica=route.replica,
        )
        for identity in ask.response_ids
    ]


async def finish_answer(
    state: State, answer: Answer, status: ResponseStatus, error: str
) -> Response:
    """Stores what was said below its prompt, then the end of the record."""
    before = answer.response
    message = ""
    if said := answer.said:
        chain = await state.messages.append(before.user, before.prompt, [("assistant", said)])
        message = chain[-1].id
    after = answer.close(status, error, message)
    await state.responses.finish(after)
    RESPONSES.labels(after.assistant, after.version, status).inc()
    TOKENS.labels(after.assistant, after.version).inc(len(answer.output_ids))
    if answer.first_token_s is not None:
        FIRST_TOKEN.labels(after.assistant).observe(answer.first_token_s)
    return after


async def _start_all(state: State, answers: list[Answer]) -> None:
    """A record whose writing was interrupted may be there all the same, so it is finished too."""
    try:
        await state.responses.start(*(a.response for a in answers))
    except asyncio.CancelledError:
        work = _finish_all(state, answers, "aborted", "", ignore)
        await state.background.shielded(work, FINISH_WAIT_S)
        raise


async def _finish_all(
    state: State, answers: list[Answer], status: ResponseStatus, error: str, finished: Finished
) -> None:
    for answer in answers:
        # Of several choices one may have ended well before the others were cut off; and an
        # upstream that ended without a reason did not end well.
        own = "done" if answer.finish_reason in GOOD_ENDS else status
        if own == "done" and answer.finish_reason not in GOOD_ENDS:
            own, error = "error", "The model ended without saying why"
        await _finish_one(state, answer, own, error if own == "error" else "", finished)


async def _finish_one(
    state: State, answer: Answer, status: ResponseStatus, error: str, finished: Finished
) -> None:
    for pause_s in (*FINISH_RETRIES_S, None):
        try:
            await finish_answer(state, answer, status, error)
            break
        except StoreUnavailable:
            if pause_s is None:
                logger.error(
                    "a response stays open",
                    extra={"action": "finish", "response_id": answer.response.id},
                )
                answer.response = replace(answer.response, status="error", error="not recorded")
                break
            await asyncio.sleep(pause_s)
    await finished(answer)
