"""What one completion asks of vLLM, as plain data. Built only from checked fields: nothing of a
request is passed through unseen.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import orjson

from core.arms import Assignment
from core.assistants import Assistant
from core.ids import new_id
from core.records import Role
from server.fleet.router import Route

ChatMessage = dict[str, Any]
"""A message in OpenAI's shape: role, content (a string) and, for tools, the calls."""

LARGE: Final = frozenset({"tools", "tool_choice", "response_format"})
"""Options that may be as large as a body: of them the record has a hash."""
NO_SEED: Final = -1
"""What vLLM, too, takes for none."""
SEED_BITS: Final = 31
GREEDY_BELOW: Final = 1e-5
"""Below this temperature vLLM leaves nothing to chance, and refuses more choices than one."""


@dataclass(frozen=True, slots=True)
class Ask:
    """`options` are vLLM's own fields beside the messages."""

    assistant: Assistant
    user: str
    messages: list[ChatMessage]
    options: dict[str, Any]
    prompt: str = ""
    """The last message's place in the tree; "" where the chat is stored once vLLM has taken it."""
    n: int = 1
    dropped: int = 0
    """Messages of the history that did not fit and were left out."""
    conversation: str = ""
    comparison: str = ""
    response_ids: list[str] = field(default_factory=list)
    side: Assignment | None = None
    """The arm that is to answer, where it is not the person's own."""
    payers: tuple[str, ...] = ()
    """Whose tokens the answers are, as the limits call them."""

    def __post_init__(self) -> None:
        if not self.response_ids:
            self.response_ids.extend(new_id("resp") for _ in range(self.n))
        # An answer can only be said again with the seed it was said with.
        if self.options.get("seed", NO_SEED) == NO_SEED:
            self.options["seed"] = draw_seed()

    def body(self, route: Route) -> dict[str, Any]:
        """The request for one replica."""
        return {
            **self.options,
            "model": route.model,
            "messages": self.messages,
            "n": 1 if self.is_said_once else self.n,
            "return_token_ids": True,
            # Versions never share cached prefixes, whatever their names once stood for.
            "cache_salt": route.version,
        }

    @property
    def is_said_once(self) -> bool:
        """Several choices are wanted that can only be the same."""
        return self.n > 1 and self.options.get("temperature", 1.0) < GREEDY_BELOW

    def spread(self, said: dict[str, Any]) -> dict[str, Any]:
        """vLLM's chunk or reply of one choice, as if it were of all n."""
        places = range(self.n)
        spread = {**said, "choices": [{**c, "index": i} for i in places for c in said["choices"]]}
        if usage := said.get("usage"):
            more = usage["completion_tokens"] * (self.n - 1)
            counts = {k: usage[k] + more for k in ("completion_tokens", "total_tokens")}
            spread["usage"] = {**usage, **counts}
        return spread

    def sampling(self, choice: int = 0) -> dict[str, Any]:
        """How one of the n choices is sampled, for the record. vLLM seeds each with its place more
        than the first.
        """
        options: dict[str, Any] = {
            k: _record(v) if k in LARGE else v for k, v in self.options.items()
        }
        options["seed"] += choice
        if self.n > 1:
            options["n"] = self.n
        if self.dropped:
            options["dropped_messages"] = self.dropped
        return options


def draw_seed() -> int:
    return secrets.randbits(SEED_BITS)


def _record(value: Any) -> str:
    """A word ("auto") as it is, of all else the sha256."""
    if isinstance(value, str):
        return value
    return sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def with_system(assistant: Assistant, messages: list[ChatMessage]) -> list[ChatMessage]:
    """The assistant's specification first, what callers say as system or developer behind it, all
    in one system message: many chat templates know no second one.
    """
    said = [m["content"] for m in messages if m["role"] in ("system", "developer")]
    rest = [m for m in messages if m["role"] not in ("system", "developer")]
    system = "\n\n".join([assistant.system_prompt, *filter(None, said)])
    return [{"role": "system", "content": system}, *rest]


def tree_text(message: ChatMessage) -> tuple[Role, str]:
    """A message as the tree stores it: text, or the tool calls where there is none."""
    content = message.get("content") or ""
    if not content and (calls := message.get("tool_calls")):
        content = orjson.dumps({"tool_calls": calls}).decode()
    return message["role"], content
