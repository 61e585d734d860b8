"""The records of answers: written open before the first token leaves, finished however the answer
ends, also when nobody waits for it any more.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, Final

from core import spans
from core.base_model import template_hash
from core.errors import StoreUnavailable, ThumbwheelError
from core.metrics import ERRORS, FIRST_TOKEN, RESPONSES, TOKENS, UNEXPECTED
from core.records import Message, Response, ResponseStatus
from server.fleet.router import Route
from server.generation.answer import Answer
from server.generation.ask import Ask
from server.state import State

logger = logging.getLogger(__name__)

FINISH_RETRIES_S: Final = (0.1, 0.3, 1.0, 3.0)
"""Redis may be away for a moment just when an answer ends."""
FINISH_WAIT_S: Final = 2.0
"""How long an answer's last event waits for its record; the record goes on trying."""
FINISH_LATE_S: Final = 5.0
"""Between two further tries, as long as Redis is away."""
GOOD_ENDS: Final = frozenset({"stop", "length", "tool_calls"})
"""vLLM's finish reasons of whole answers; `abort`, `error` and none are not."""

Finished = Callable[[Answer], Awaitable[None]]


async def ignore(answer: Answer) -> None:
    """For callers who need nothing done with a finished answer."""


async def open_answers(
    state: State,
    asks: Sequence[tuple[Ask, Route]],
    asked: float,
    chat: Sequence[Message] = (),
) -> list[Answer]:
    """One open record per response of every ask. `asked` is perf_counter's time of the request,
    `chat` what is asked where it is not stored yet.

    A record whose writing was interrupted may be there all the same, so it is finished too.
    """
    answers = [
        Answer(response, asked, ask.payers, first=choice == 0)
        for ask, route in asks
        for choice, response in enumerate(_open_responses(ask, route))
    ]
    _tell(state, asks)
    try:
        await state.responses.start(*(a.response for a in answers), chat=chat)
    except asyncio.CancelledError:
        work = _finish_all(state, answers, "aborted", "", ignore)
        await state.background.shielded(work, FINISH_WAIT_S)
        raise
    return answers


async def move_answer(state: State, ask: Ask, answer: Answer, route: Route) -> None:
    """Says in an open record, the only one of its ask, that another place answers than it was
    opened for.
    """
    [answer.response] = _open_responses(ask, route)
    await state.responses.start(answer.response)


def _tell(state: State, asks: Sequence[tuple[Ask, Route]]) -> None:
    """What is asked, for logs where that is wished, and which answers a span is about."""
    if state.settings.log_texts:
        for ask, _ in asks:
            text = ask.messages[-1].get("content")
            logger.info("asked", extra={"response_ids": ask.response_ids, "text": text})
    if spans.on():
        ids = [identity for ask, _ in asks for identity in ask.response_ids]
        versions = dict.fromkeys(route.version for _, route in asks)
        spans.note(
            {
                "thumbwheel.assistant": asks[0][0].assistant.name,
                "thumbwheel.responses": " ".join(ids),
                "thumbwheel.versions": " ".join(versions),
            }
        )


@asynccontextmanager
async def finishing(
    state: State, answers: list[Answer], finished: Finished = ignore
) -> AsyncIterator[None]:
    """Finishes open records by how the block ends, then calls `finished` for each."""
    status: ResponseStatus = "done"
    error = ""
    try:
        yield
    except ThumbwheelError as failure:
        status, error = "error", failure.message
        ERRORS.labels(type(failure).__name__).inc()
        raise
    except (asyncio.CancelledError, GeneratorExit):
        status = "aborted"
        raise
    except Exception as failure:
        status, error = "error", type(failure).__name__
        ERRORS.labels(UNEXPECTED).inc()
        raise
    finally:
        work = _finish_all(state, answers, status, error, finished)
        await state.background.shielded(work, FINISH_WAIT_S)


async def _finish_answer(state: State, answer: Answer, status: ResponseStatus, error: str) -> None:
    """Stores what was said below its prompt and the end of the record."""
    open_, text = answer.response, answer.said
    said = await state.messages.place(
        open_.assistant, open_.user, open_.prompt, [("assistant", text)] if text else []
    )
    after = answer.close(status, error, said[0].id if said else "")
    given_up = await state.responses.finish(after, said)
    with suppress(StoreUnavailable):  # tallies are worth less than an answer's end
        if not given_up:  # else it was tallied then
            await state.tallies.add(after)
        await state.limits.spend(answer.payers, answer.tokens)
    _log_end(state, after, answer.text)
    RESPONSES.labels(after.assistant, after.version, status).inc()
    TOKENS.labels(after.assistant, after.version).inc(len(answer.output_ids))
    if answer.first_token_s is not None:
        FIRST_TOKEN.labels(after.assistant).observe(answer.first_token_s)


def _log_end(state: State, ended: Response, text: str) -> None:
    about: dict[str, Any] = {
        "action": "answer",
        "response_id": ended.id,
        "assistant": ended.assistant,
        "version": ended.version,
        "replica": ended.replica,
        "status": ended.status,
        "tokens": len(ended.output_ids or ()),
        "first_token_s": ended.first_token_s,
    }
    if state.settings.log_texts:
        about["text"] = text
    logger.info("answer", extra=about)


def _open_responses(ask: Ask, route: Route) -> list[Response]:
    now = time.time()
    return [
        Response(
            id=identity,
            assistant=ask.assistant.name,
            version=route.version,
            user=ask.user,
            prompt=ask.prompt,
            sampling=ask.sampling(choice),
            created=now,
            conversation=ask.conversation,
            comparison=ask.comparison,
            replica=route.replica,
            arm=route.assignment.arm,
            propensity=route.assignment.propensity,
            trial=route.assignment.trial,
            base_hash=route.base_files.weights,
            traceparent=spans.here(),
            template_hash=template_hash(route.base_files, ask.assistant.system_prompt),
        )
        for choice, identity in enumerate(ask.response_ids)
    ]


async def _finish_all(
    state: State, answers: list[Answer], status: ResponseStatus, error: str, finished: Finished
) -> None:
    for answer in answers:
        # Of several choices one may have ended well before the others were cut off; and an
        # upstream that ended without a reason did not end well.
        own: ResponseStatus = "done" if answer.finish_reason in GOOD_ENDS else status
        why = error
        if own == "done" and answer.finish_reason not in GOOD_ENDS:
            own, why = "error", "The model ended without saying why"
        await _finish_one(state, answer, own, why if own == "error" else "", finished)


async def _finish_one(
    state: State, answer: Answer, status: ResponseStatus, error: str, finished: Finished
) -> None:
    for pause_s in (*FINISH_RETRIES_S, None):
        try:
            await _finish_answer(state, answer, status, error)
            break
        except StoreUnavailable:
            if pause_s is None:
                logger.error(
                    "a response is still open",
                    extra={"action": "finish", "response_id": answer.response.id},
                )
                state.background.spawn(_finish_late(state, answer, status, error))
                answer.response = replace(answer.response, status="error", error="not recorded")
                break
            await asyncio.sleep(pause_s)
    await finished(answer)


async def _finish_late(state: State, answer: Answer, status: ResponseStatus, error: str) -> None:
    """Whoever was told that it is not recorded finds it recorded later. What is still open when
    this process ends, the worker ends.
    """
    while True:
        await asyncio.sleep(FINISH_LATE_S)
        with suppress(StoreUnavailable):
            return await _finish_answer(state, answer, status, error)
