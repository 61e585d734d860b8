"""Comparisons: the same question several times with other dice; while a version is on trial, to it
and to the champion, in random places; and now and then to another live version.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from core.arms import Assignment, draw_sides
from core.assistants import Assistant
from core.conversations import Conversation
from core.errors import InvalidRequest
from core.ids import new_id
from core.records import Comparison
from server.chat.service import find_assistant, plain_messages
from server.comparisons.candidates import Closed, Said, answer_all
from server.comparisons.events import done_event, start_event, tell, view
from server.comparisons.schemas import ComparisonView, NewComparison
from server.conversations.answering import add_answer, ending
from server.conversations.generations import Generation
from server.conversations.tree import Question, make_question, store_question
from server.generation.answer import Answer
from server.generation.ask import Ask, draw_seed, with_system
from server.generation.run import fit_messages, store_prompt
from server.state import State
from server.trace import Trace


@dataclass(frozen=True, slots=True)
class Plan:
    """A comparison that is stored and may begin. One ask per candidate."""

    comparison: Comparison
    asks: list[Ask]
    conversation: Conversation | None
    trace: Trace


async def plan(state: State, trace: Trace, user: str, request: NewComparison) -> Plan:
    """Raises InvalidRequest, NotFound, LimitReached and StoreUnavailable; nothing has been asked of
    vLLM then.
    """
    most = state.settings.max_candidates
    if request.n > most:
        raise InvalidRequest(f"n may be at most {most}", "n")
    await trace.widen(request.n)
    conversation: Conversation | None = None
    if request.conversation is not None:
        conversation = await state.conversations.get(user, request.conversation)
        assistant = state.assistants.get(conversation.assistant)
        question = await make_question(
            state, conversation, assistant, request.content, request.parent
        )
    else:
        assistant = find_assistant(state, request.model or "")
        question = Question(with_system(assistant, plain_messages(request.messages or [])))
    ask = await _make_ask(state, trace, user, assistant, question, conversation)
    comparison = Comparison(
        id=new_id("cmp"),
        assistant=assistant.name,
        user=user,
        prompt=ask.prompt,
        responses=[new_id("resp") for _ in range(request.n)],
        created=time.time(),
        conversation=conversation.id if conversation else "",
    )
    await state.responses.add_comparison(comparison)
    pointer = await state.registry.pointer(assistant.name)
    duels = await state.lineups.duels(assistant.name, pointer)
    sides = draw_sides(pointer, duels, request.n, random.SystemRandom())
    return Plan(comparison, _roll(ask, comparison, sides), conversation, trace)


async def _make_ask(
    state: State,
    trace: Trace,
    user: str,
    assistant: Assistant,
    question: Question,
    conversation: Conversation | None,
) -> Ask:
    """Stores the question once it is known to fit."""
    sampling = assistant.sampling
    fitted = await fit_messages(
        state, trace, assistant.name, user, question.messages, sampling.max_tokens
    )
    options = {
        # Warmer than ordinary answers, so that there is something to choose between.
        "temperature": assistant.compare.temperature,
        "top_p": sampling.top_p,
        "max_tokens": fitted.max_tokens,
    }
    if conversation is not None:
        prompt = await store_question(state, conversation, question)
    else:
        prompt = await store_prompt(state, assistant.name, user, fitted.messages)
    return Ask(
        assistant,
        user,
        fitted.messages,
        options,
        prompt,
        dropped=fitted.dropped,
        payers=trace.payers,
    )


def _roll(ask: Ask, comparison: Comparison, sides: Sequence[Assignment]) -> list[Ask]:
    """The same ask for every response, each with a seed of its own."""
    seeds: dict[int, None] = {}
    while len(seeds) < len(comparison.responses):
        seeds[draw_seed()] = None
    return [
        replace(
            ask,
            options={**ask.options, "seed": seed},
            conversation=comparison.conversation,
            comparison=comparison.id,
            response_ids=[identity],
            side=side,
        )
        for identity, seed, side in zip(comparison.responses, seeds, sides, strict=True)
    ]


async def stream(state: State, plan: Plan) -> AsyncGenerator[bytes, None]:
    """Starts the answers and returns their events. Raises what fails before anybody said anything.

    They go on without their reader for `resume_grace_s`.
    """
    comparison = plan.comparison
    generation = Generation(comparison.id, comparison.user, "", len(comparison.responses))

    async def produce(generation: Generation) -> None:
        try:
            async with aclosing(_answers(state, plan)) as events:
                await _pump(comparison, events, generation)
        except asyncio.CancelledError:
            generation.end(done_event(generation))
            raise
        generation.end(done_event(generation))

    return await state.generations.open(generation, ending(produce, plan.trace))


async def _pump(
    comparison: Comparison, events: AsyncGenerator[Said | Closed, None], generation: Generation
) -> None:
    waiting: list[Said | Closed] = []
    async for event in events:
        waiting.append(event)
        if not generation.begun.done():
            if isinstance(event, Closed) and event.error:
                continue  # perhaps all will fail, and then the reply is an error
            generation.begin(start_event(comparison))
        for said in waiting:
            tell(generation, said)
        waiting.clear()


async def complete(state: State, plan: Plan) -> ComparisonView:
    """All candidates at once. Raises when every one failed."""
    closed: list[Closed] = []
    async with aclosing(_answers(state, plan)) as events:
        async for event in events:
            if isinstance(event, Closed):
                closed.append(event)
    closed.sort(key=lambda c: c.candidate)
    return ComparisonView(
        id=plan.comparison.id,
        model=plan.comparison.assistant,
        candidates=[view(c) for c in closed],
    )


async def _answers(state: State, plan: Plan) -> AsyncGenerator[Said | Closed, None]:
    async def keep(answer: Answer) -> None:
        if plan.conversation is not None and answer.response.message:
            await add_answer(state, plan.conversation, answer.response)

    async with aclosing(answer_all(state, plan.asks, keep)) as events:
        while True:
            with plan.trace.waiting():
                event = await anext(events, None)
            if event is None:
                return
            yield event
