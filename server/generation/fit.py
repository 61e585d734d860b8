"""Makes a chat fit the model's context: the oldest turns go first, what was said last stays.

Counting is cheap where it can be: a byte-level tokenizer never makes more tokens than bytes, so a
short chat is known to fit without asking. Otherwise vLLM counts, since it knows the template.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from server.errors import ContextTooLong
from server.generation.ask import ChatMessage

MESSAGE_TOKENS: Final = 16
"""At most what a template puts around one message."""
TEMPLATE_TOKENS: Final = 64
"""At most what it puts around the whole chat."""
LEAST_ROOM: Final = 4
"""Turns are dropped until this part (1/4) of the context, or what was asked for, is left to
answer in."""

Count = Callable[[list[ChatMessage]], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Fitted:
    messages: list[ChatMessage]
    max_tokens: int
    dropped: int


async def fit(
    messages: list[ChatMessage],
    max_tokens: int,
    context_tokens: int,
    count: Count,
    tools: list[dict[str, Any]] | None = None,
) -> Fitted:
    """The chat without as many of its oldest turns as needed, and how long the answer may be.

    Keeps the system message and everything from the last user message on. Raises ContextTooLong
    when not even that leaves room for a word.
    """
    if not tools and most_tokens(messages) + max_tokens <= context_tokens:
        return Fitted(messages, max_tokens, 0)
    room = min(max_tokens, context_tokens // LEAST_ROOM)
    kept = messages
    tokens = await count(kept)
    while tokens + room > context_tokens:
        shorter = _drop(kept, tokens, tokens + room - context_tokens)
        if shorter is kept:
            break
        kept, tokens = shorter, await count(shorter)
    if tokens >= context_tokens:
        raise ContextTooLong(
            f"The last message and what must go with it take {tokens} tokens; "
            f"this model reads and writes at most {context_tokens}. Say it shorter.",
            "messages",
        )
    return Fitted(kept, min(max_tokens, context_tokens - tokens), len(messages) - len(kept))


def most_tokens(messages: list[ChatMessage]) -> int:
    """An upper bound that needs no tokenizer."""
    return TEMPLATE_TOKENS + sum(MESSAGE_TOKENS + _size(m) for m in messages)


def _drop(messages: list[ChatMessage], tokens: int, excess: int) -> list[ChatMessage]:
    """Without at least one of the oldest turns, and as many as should make up for `excess` tokens;
    the same list when none may go. A turn is a user's message and what follows it.
    """
    turns = [i for i, m in enumerate(messages) if m["role"] == "user"]
    first = next((i for i, m in enumerate(messages) if m["role"] != "system"), len(messages))
    # Whatever stands before the first user message goes with the first turn.
    cuts = [i for i in turns if i > first]
    if not cuts:
        return messages
    tokens_per_byte = tokens / max(1, sum(_size(m) for m in messages))
    gone = 0.0
    cut = cuts[0]
    for start, end in zip([first, *cuts], cuts, strict=False):
        gone += sum(_size(m) for m in messages[start:end]) * tokens_per_byte
        cut = end
        if gone >= excess:
            break
    return [*messages[:first], *messages[cut:]]


def _size(message: ChatMessage) -> int:
    """Bytes of what the tokenizer will see."""
    size = len((message.get("content") or "").encode())
    for call in message.get("tool_calls") or ():
        size += len(str(call).encode())
    return size
