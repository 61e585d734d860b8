"""Runs a completion on the best replica, streamed or in one piece, and has it recorded."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

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


async def _open(state: State, ask: Ask, route: Route, sent: float) -> list[Answer]:
    """Open records, the chat with them where it is not stored: only now, for of what vLLM refuses
    nothing stays behind.
    """
    if ask.prompt:
        return await open_answers(state, [(ask, route)], sent)
    said = [tree_text(message) for message in ask.messages]
    chat = await state.messages.place(ask.assistant.name, ask.user, "", said)
    return await open_answers(state, [(replace(ask, prompt=chat[-1].id), route)], sent, chat)


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
    sent = time.perf_counter()

    def make_body(route: Route) -> dict[str, Any]:
        nonlocal sent
        sent = time.perf_counter()
        body = ask.body(route)
        return {**body, "stream_options": {"include_usage": True}} if include_usage else body

    async with state.router.stream(ask.assistant.name, ask.user, make_body) as (route, chunks):
        trace.upstream_s += time.perf_counter() - sent
        answers = await _open(state, ask, route, sent)
        cuttable = Cuttable(chunks)
        async with finishing(state, answers, finished):
            with state.drain.watch(cuttable.cut):
                yield Running(answers, cuttable)


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
    answers = await _open(state, ask, route, sent)
    async with finishing(state, answers):
        for choice in reply["choices"]:
            answers[choice["index"]].take_whole(choice, reply.get("prompt_token_ids"))
    return answers, reply
