"""Chats as people write them down: a string, a message, a list of messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from core.errors import InvalidRequest
from core.exchange.example import Turn
from core.records import Role

ROLES: Final[dict[str, Role]] = {
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "system": "system",
    "developer": "system",
    "tool": "tool",
}

Row = dict[str, Any]


def find(row: Row, *names: str) -> Any:
    """The first of these fields that is there and not null. Raises InvalidRequest for none."""
    for name in names:
        if row.get(name) is not None:
            return row[name]
    raise InvalidRequest(f"there is no {' or '.join(names)}; it has {', '.join(row) or 'nothing'}")


def read_text(value: Any, where: str) -> str:
    """Raises InvalidRequest for anything but a string."""
    if not isinstance(value, str):
        raise InvalidRequest(f"{where} must be a string, not {type(value).__name__}")
    return value


def read_turns(value: Any, where: str) -> tuple[Turn, ...]:
    """A plain string is one user message; `from` and `value` are understood as role and content."""
    if isinstance(value, str):
        return (Turn("user", value),)
    if isinstance(value, dict):
        return (_read_turn(value, where),)
    if not isinstance(value, list) or not value:
        raise InvalidRequest(f"{where} must be a string or a list of messages")
    return tuple(_read_turn(message, f"{where}[{i}]") for i, message in enumerate(value))


def read_answer(value: Any, where: str) -> str:
    """A string, or one assistant's message."""
    if isinstance(value, str):
        return value
    turns = read_turns(value, where)
    if len(turns) != 1 or turns[0].role != "assistant":
        raise InvalidRequest(f"{where} must be one answer of the assistant")
    return turns[0].content


def split_answer(turns: tuple[Turn, ...], where: str) -> tuple[tuple[Turn, ...], str]:
    """Prompt and answer of a chat that ends with the assistant."""
    if len(turns) < 2 or turns[-1].role != "assistant":
        raise InvalidRequest(f"{where} must end with an answer of the assistant")
    return turns[:-1], turns[-1].content


def write_turns(turns: Iterable[Turn]) -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.content} for turn in turns]


def write_answer(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def _read_turn(message: Any, where: str) -> Turn:
    if not isinstance(message, dict):
        raise InvalidRequest(f"{where} must be a message with role and content")
    role = message.get("role", message.get("from"))
    if not isinstance(role, str) or role not in ROLES:
        raise InvalidRequest(f"{where}.role must be one of {', '.join(ROLES)}, not {role!r:.40}")
    return Turn(ROLES[role], read_text(message.get("content", message.get("value")), where))
