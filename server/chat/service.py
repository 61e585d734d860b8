"""Chat completions: a checked request becomes an Ask, vLLM's answer becomes OpenAI's."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator
from typing import Any, Final

import orjson

from core.assistants import Assistant
from core.errors import InvalidRequest, NotFound, ThumbwheelError
from server.chat.schemas import INT64_MAX, ChatRequest, Message
from server.errors import SERVER, UnknownModel, describe_error, error_body
from server.generation.answer import Answer
from server.generation.ask import Ask, ChatMessage, with_system
from server.generation.run import Running, fit_messages, stream_answers, whole_answers
from server.state import State
from server.trace import Trace

logger = logging.getLogger(__name__)

DONE: Final = b"data: [DONE]\n\n"
DELTA_FIELDS: Final = ("role", "content", "tool_calls")


def find_assistant(state: State, name: str) -> Assistant:
    """Raises UnknownModel, naming those there are."""
    try:
        return state.assistants.get(name)
    except NotFound as error:
        names = ", ".join(state.assistants.names)
        raise UnknownModel(f"The model {name[:100]!r} does not exist; there is {names}") from error


async def make_ask(state: State, request: ChatRequest, user: str, trace: Trace) -> Ask:
    """Raises UnknownModel, LimitReached and InvalidRequest (ContextTooLong among them)."""
    assistant = find_assistant(state, request.model)
    _check(request)
    await trace.widen(request.n)
    options = {
        "temperature": assistant.sampling.temperature,
        "top_p": assistant.sampling.top_p,
        **request.sampled(),
    }
    max_tokens = (
        request.max_completion_tokens or request.max_tokens or assistant.sampling.max_tokens
    )
    messages = with_system(assistant, plain_messages(request.messages))
    fitted = await fit_messages(
        state, trace, assistant.name, user, messages, max_tokens, options.get("tools")
    )
    return Ask(
        assistant=assistant,
        user=user,
        messages=fitted.messages,
        options={**options, "max_tokens": fitted.max_tokens},
        n=request.n,
        dropped=fitted.dropped,
        payers=trace.payers,
    )


async def complete(state: State, ask: Ask, trace: Trace) -> dict[str, Any]:
    """The whole completion in OpenAI's shape."""
    answers, reply = await whole_answers(state, ask, trace)
    trace.version = answers[0].response.version
    return {
        "id": ask.response_ids[0],
        "object": "chat.completion",
        "created": int(answers[0].response.created),
        "model": ask.assistant.name,
        "choices": [_choice(ask, c) for c in reply["choices"]],
        "usage": _count(answers),
    }


async def stream(
    state: State, ask: Ask, trace: Trace, include_usage: bool
) -> AsyncGenerator[bytes, None]:
    """Chunks as they go over the wire. What fails before the first one is raised; later failures
    are the stream's last event but one.
    """
    begun = False
    try:
        async with stream_answers(state, ask, trace, include_usage) as running:
            trace.version = running.answers[0].response.version
            async for data in _stream_chunks(ask, running, include_usage):
                begun = True
                yield data
    except ThumbwheelError as error:
        if not begun:
            raise
        yield _data(describe_error(error))
    except Exception:
        if not begun:
            raise
        logger.exception("stream failed", extra={"action": "stream"})
        yield _data(error_body("Something went wrong here; it has been logged", SERVER))
    yield DONE


async def _stream_chunks(
    ask: Ask, running: Running, include_usage: bool
) -> AsyncGenerator[bytes, None]:
    """The hot path: per chunk one dictionary and one orjson call."""
    head: dict[str, Any] = {
        "id": ask.response_ids[0],
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": ask.assistant.name,
    }
    if include_usage:
        head["usage"] = None
    names = ask.response_ids if ask.n > 1 else None
    async for chunk in running.chunks:
        running.take(chunk)
        if choices := chunk["choices"]:
            shown = [s for c in choices if (s := _delta_choice(c, names)) is not None]
            if shown:
                yield _data({**head, "choices": shown})
        elif include_usage and (usage := chunk.get("usage")):
            yield _data({**head, "choices": [], "usage": _usage(usage)})


def _delta_choice(choice: dict[str, Any], response_ids: list[str] | None) -> dict[str, Any] | None:
    """OpenAI's fields of a streamed choice; None when only vLLM's own were in it."""
    given = choice["delta"]
    delta = {k: given[k] for k in DELTA_FIELDS if given.get(k) is not None}
    reason = choice.get("finish_reason")
    logprobs = choice.get("logprobs")
    if not delta and reason is None and logprobs is None:
        return None
    index = choice["index"]
    shown = {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": reason}
    if response_ids is not None:
        shown["response_id"] = response_ids[index]
    return shown


def _choice(ask: Ask, choice: dict[str, Any]) -> dict[str, Any]:
    message = choice["message"]
    shown = {"role": "assistant", "content": message.get("content"), "refusal": None}
    if calls := message.get("tool_calls"):
        shown["tool_calls"] = calls
    result = {
        "index": choice["index"],
        "message": shown,
        "logprobs": choice.get("logprobs"),
        "finish_reason": choice.get("finish_reason"),
    }
    if ask.n > 1:
        result["response_id"] = ask.response_ids[choice["index"]]
    return result


def _count(answers: list[Answer]) -> dict[str, int]:
    """OpenAI's usage: the prompt once, what was said of every choice."""
    asked = len(answers[0].prompt_ids or ())
    said = sum(len(answer.output_ids) for answer in answers)
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def _usage(usage: dict[str, Any]) -> dict[str, int]:
    return {k: usage[k] for k in ("prompt_tokens", "completion_tokens", "total_tokens")}


def _data(body: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(body) + b"\n\n"


def plain_messages(messages: list[Message]) -> list[ChatMessage]:
    """The messages as vLLM takes them. Raises InvalidRequest naming the one that is wrong."""
    plain = []
    for position, message in enumerate(messages):
        try:
            plain.append(message.plain())
        except ValueError as error:
            raise InvalidRequest(str(error), f"messages[{position}].content") from error
    if all(m["role"] in ("system", "developer") for m in plain):
        raise InvalidRequest("There is no message to answer, only system messages", "messages")
    return plain


def _check(request: ChatRequest) -> None:
    """What needs two fields to be seen wrong."""
    if request.stream_options is not None and not request.stream:
        raise InvalidRequest("stream_options needs stream to be true", "stream_options")
    if request.top_logprobs is not None and not request.logprobs:
        raise InvalidRequest("top_logprobs needs logprobs to be true", "top_logprobs")
    if request.tool_choice not in (None, "none") and not request.tools:
        raise InvalidRequest("tool_choice needs tools", "tool_choice")
    if request.seed is not None and request.seed + request.n - 1 > INT64_MAX:
        raise InvalidRequest(
            f"Each of n choices has a seed one higher than the last: with n = {request.n} seed may "
            f"be at most {INT64_MAX - request.n + 1}",
            "seed",
        )
