"""What all formats have in common: one opinion about the answers to one prompt."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from core.records import FeedbackKind, Role


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a prompt."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Example:
    """One opinion. `kind` and `body` are the log's; positions in `body` count `answers`.

    An `edit` without an answer is a demonstration: what should be said, in place of nothing.

    >>> Example((Turn("user", "Hi"),), ("Hello", "What?"), "comparison", {"choice": "a"})
    """

    prompt: tuple[Turn, ...]
    answers: tuple[str, ...]
    kind: FeedbackKind
    body: dict[str, Any] = field(default_factory=dict)
    person: str = ""
    """Who said so; empty where the format does not name people."""
    voter: int = 0
    """Tells apart unnamed people who had an opinion about the same answers."""
    at: float | None = None
    """Seconds since the epoch; None where the format has no time."""


def tiers(example: Example) -> list[list[int]] | None:
    """A comparison or ranking as positions, best first, ties grouped. None for other kinds and for
    "both bad", which orders nothing.
    """
    everyone = range(len(example.answers))
    if example.kind == "ranking":
        order: list[list[int]] = example.body["order"]
        return order
    if example.kind != "comparison" or example.body["choice"] == "both_bad":
        return None
    if example.body["choice"] == "tie":
        return [list(everyone)]
    chosen = ord(example.body["choice"]) - ord("a")
    return [[chosen], [position for position in everyone if position != chosen]]


def group_by_level(levels: Sequence[float]) -> list[list[int]]:
    """Positions, the lowest level first, equal ones grouped.

    >>> group_by_level((5.0, 1.0, 5.0))
    [[1], [0, 2]]
    """
    groups: dict[float, list[int]] = {}
    for position, level in enumerate(levels):
        groups.setdefault(level, []).append(position)
    return [groups[level] for level in sorted(groups)]


def without_system(prompt: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """For formats that know no system message."""
    return tuple(turn for turn in prompt if turn.role != "system")


def content_digest(*parts: Any) -> str:
    """104 bits of the content as 26 hexadecimal digits: the same content, the same id."""
    return hashlib.blake2b(orjson.dumps(parts), digest_size=13).hexdigest()


def opinion_key(example: Example) -> str:
    """The same opinion has the same key; of somebody who is named, said at the same time: they may
    change their mind and change it back.
    """
    turns = [[turn.role, turn.content] for turn in example.prompt]
    body = orjson.dumps(example.body, option=orjson.OPT_SORT_KEYS).decode()
    said = [example.at] if example.person and example.at is not None else []
    voice = [example.person, example.voter, *said]
    return content_digest(turns, example.answers, example.kind, body, voice)
