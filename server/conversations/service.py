"""Saying something in a conversation, coming back to an answer, stopping it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from core.conversations import Conversation
from core.errors import Conflict, ModelUnavailable, NotFound, ThumbwheelError
from core.ids import new_id
from core.records import Response
from server.conversations.answering import done_event, make_producer
from server.conversations.generations import Generation, delta_event, parse_event_id, widen
from server.conversations.schemas import NewMessage
from server.conversations.tree import Question, find_question, make_question, store_question
from server.conversations.waiting import read_closed
from server.errors import describe_error
from server.generation.ask import Ask
from server.generation.run import fit_messages
from server.sse import SIGN_OF_LIFE, format_event
from server.state import State
from server.trace import Trace


async def say(
    state: State, trace: Trace, user: str, conversation_id: str, new: NewMessage
) -> AsyncGenerator[bytes, None]:
    """Stores what was said, starts the answer and returns its events, the first of them in hand.

    Raises NotFound, InvalidRequest, ModelUnavailable and StoreUnavailable.
    """
    conversation = await state.conversations.get(user, conversation_id)
    assistant = state.assistants.get(conversation.assistant)
    if new.regenerate:
        question = await find_question(state, conversation, new.parent or "")
    else:
        question = await make_question(state, conversation, assistant, new.content, new.parent)
    ask = await ask_question(state, trace, conversation, question)
    generation = Generation(ask.response_ids[0], user, conversation.id)
    produce = make_producer(state, conversation, ask, trace)
    return await state.generations.open(generation, produce)


async def ask_question(
    state: State, trace: Trace, conversation: Conversation, question: Question
) -> Ask:
    """Stores the question where it is new and fits. Raises ContextTooLong."""
    assistant = state.assistants.get(conversation.assistant)
    sampling = assistant.sampling
    fitted = await fit_messages(
        state, trace, assistant.name, conversation.user, question.messages, sampling.max_tokens
    )
    return Ask(
        assistant=assistant,
        user=conversation.user,
        messages=fitted.messages,
        options={
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": fitted.max_tokens,
        },
        prompt=await store_question(state, conversation, question),
        dropped=fitted.dropped,
        conversation=conversation.id,
        response_ids=[new_id("resp")],
        payers=trace.payers,
    )


async def resume(
    state: State, user: str, conversation_id: str, last_event_id: str
) -> AsyncGenerator[bytes, None] | None:
    """The events behind `last_event_id`, None when there are none left.

    Raises InvalidRequest for an id that is none, NotFound for what is not this user's.
    """
    response_id, given = parse_event_id(last_event_id, "resp")
    after = widen(given, 1)
    generation = state.generations.get(user, response_id, conversation_id)
    if generation is not None:
        return None if generation.passed(after) else state.generations.read(generation, after)
    [position] = after
    await state.conversations.get(user, conversation_id)
    response = await _stored(state, user, conversation_id, response_id)
    if response.status == "open":
        return _replay_when_closed(state, response, position)
    text = await read_text(state, response)
    return None if position > len(text) else _replay(response, text, position)


async def stop(state: State, user: str, conversation_id: str, response_id: str) -> None:
    """Ends an answer now; what was said so far stays. Quiet when it has ended by itself.

    Raises NotFound, and Conflict when another process is generating it.
    """
    if generation := state.generations.get(user, response_id, conversation_id):
        state.generations.stop(generation)
    elif (await _stored(state, user, conversation_id, response_id)).status == "open":
        raise Conflict("Another server process is generating this answer; close its stream")


async def _stored(state: State, user: str, conversation_id: str, response_id: str) -> Response:
    """One of a comparison is none of these: how it ends would tell its version before the vote."""
    response = await state.responses.get(response_id)
    theirs = response.user == user and response.conversation == conversation_id
    if not theirs or response.comparison:
        raise NotFound(f"There is no response {response_id!r} in this conversation")
    return response


async def read_text(state: State, response: Response) -> str:
    return (await state.messages.get(response.message)).content if response.message else ""


async def _replay(response: Response, text: str, position: int) -> AsyncGenerator[bytes, None]:
    """The rest of a finished answer from its record, as the process that made it would have sent
    it.
    """
    if position < len(text):
        yield delta_event(response.id, [len(text)], text[position:])
    if response.status == "error":
        yield format_event("error", describe_error(ModelUnavailable(response.error)))
    else:
        yield done_event(response, text)


async def _replay_when_closed(
    state: State, response: Response, position: int
) -> AsyncGenerator[bytes, None]:
    yield SIGN_OF_LIFE
    try:
        [response] = await read_closed(state, response.id, [response.id])
        text = await read_text(state, response)
    except ThumbwheelError as lost:
        yield format_event("error", describe_error(lost))
        return
    async for event in _replay(response, text, position):
        yield event
