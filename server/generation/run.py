"""Runs a completion on the best replica, streamed or in one piece, and has it recorded."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from core.arms import Assignment
from core.errors import ModelUnavailable, StoreUnavailable
from core.metrics import STREAMS
from server.drain import Cuttable
from server.fleet.router import Route
from server.generation.answer import Answer
from server.generation.ask import Ask, ChatMessage, tree_text
from server.generation.fit import Fitted, fit
from server.generation.record import Finished, finishing, ignore, open_answers
from server.state import State
from server.trace import Trace


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
        async def tokenize(route: Route) -> list[int]:
            with trace.waiting():
                return await state.client.tokenize(route.url, route.model, chat, tools)

        _, tokens = await state.router.ask(assistant, user, tokenize)
        return len(tokens)

    return await fit(messages, max_tokens, state.context_tokens, count, tools)


async def store_prompt(
    state: State, assistant: str, user: str, messages: Sequence[ChatMessage]
) -> str:
    """Puts a whole chat into the user's tree; returns the last message's id."""
    chain = await state.messages.append(assistant, user, "", [tree_text(m) for m in messages])
    return chain[-1].id


@dataclass(slots=True)
class _Request:
    """What vLLM is asked. `sent` (perf_counter) and `side` are of the last place that was tried."""

    ask: Ask
    options: dict[str, Any]
    sent: float = field(default_factory=time.perf_counter)
    side: Assignment = field(default_factory=Assignment)
    answered: bool = False

    def body(self, route: Route) -> dict[str, Any]:
        self.sent, self.side = time.perf_counter(), route.assignment
        return {**self.ask.body(route), **self.options}


@asynccontextmanager
async def _request(state: State, ask: Ask, options: dict[str, Any]) -> AsyncIterator[_Request]:
    """A request that no place answers has no record, so its trial is told here: a version that
    fails before it says anything would else be seen by nobody.
    """
    request = _Request(ask, options)
    try:
        with STREAMS.labels(ask.assistant.name).track_inprogress():
            yield request
    except ModelUnavailable:
        if not request.answered:
            with suppress(StoreUnavailable):
                await state.tallies.add_unanswered(ask.assistant.name, request.side)
        raise


async def _open(state: State, request: _Request, route: Route, trace: Trace) -> list[Answer]:
    """Open records, the chat with them where it is not stored: only now, for of what vLLM refuses
    nothing stays behind.
    """
    request.answered = True
    trace.upstream_s += time.perf_counter() - request.sent
    ask = request.ask
    if ask.prompt:
        return await open_answers(state, [(ask, route)], request.sent)
    said = [tree_text(message) for message in ask.messages]
    chat = await state.messages.place(ask.assistant.name, ask.user, "", said)
    placed = replace(ask, prompt=chat[-1].id)
    return await open_answers(state, [(placed, route)], request.sent, chat)


@asynccontextmanager
async def stream_answers(
    state: State,
    ask: Ask,
    trace: Trace,
    include_usage: bool = False,
    finished: Finished = ignore,
) -> AsyncIterator[Running]:
    """A streamed completion; the block begins with the first chunk in hand and the records open.

    Leaving the block early aborts the generation. Each record is finished as done, error or
    aborted, then `finished` is called, both even if the caller is cancelled.
    """
    usage = {"stream_options": {"include_usage": True}} if include_usage else {}
    async with (
        _request(state, ask, usage) as request,
        state.router.stream(ask.assistant.name, ask.user, request.body) as (route, chunks),
    ):
        answers = await _open(state, request, route, trace)
        spread = (ask.spread(c) async for c in chunks) if ask.is_said_once else chunks
        cuttable = Cuttable(spread)
        async with finishing(state, answers, finished):
            with state.drain.watch(cuttable.cut):
                yield Running(answers, cuttable)


async def whole_answers(
    state: State, ask: Ask, trace: Trace
) -> tuple[list[Answer], dict[str, Any]]:
    """A completion in one piece: its recorded answers and vLLM's reply. Nobody knows the response
    ids before this returns, so there is nothing to record of one that fails.
    """
    async with _request(state, ask, {}) as request:
        route, reply = await state.router.chat(ask.assistant.name, ask.user, request.body)
        answers = await _open(state, request, route, trace)
    reply = ask.spread(reply) if ask.is_said_once else reply
    async with finishing(state, answers):
        for choice in reply["choices"]:
            answers[choice["index"]].take_whole(choice, reply.get("prompt_token_ids"))
    return answers, reply
