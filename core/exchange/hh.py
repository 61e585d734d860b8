"""HH-RLHF's rows: `chosen` and `rejected`, two transcripts that part at their last answer.

Carries no system message, and no text that itself begins a turn.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

import pyarrow as pa

from core.errors import InvalidRequest
from core.exchange.example import Example, Turn, without_system
from core.exchange.preference import ordered_answers, shared_prompt
from core.exchange.turns import ROLES, Row, find, read_text

SCHEMA: Final = pa.schema([("chosen", pa.string()), ("rejected", pa.string())])
_TURN: Final = re.compile(r"\n\n(Human|Assistant):")
_SPEAKERS: Final = {"user": "Human", "assistant": "Assistant"}


def read(row: Row, left_out: Counter[str]) -> Iterator[Example]:
    chosen, rejected = (_parse(find(row, name), name) for name in ("chosen", "rejected"))
    prompt, answers = shared_prompt(chosen, rejected)
    yield Example(prompt, answers, "comparison", {"choice": "a"})


def write(example: Example) -> list[Row] | None:
    """A row per ordered pair; None for what has none, or what a transcript cannot tell apart."""
    prompt, pairs = without_system(example.prompt), ordered_answers(example)
    texts = [*(turn.content for turn in prompt), *(text for pair in pairs for text in pair)]
    if any(turn.role not in _SPEAKERS for turn in prompt) or any(map(_TURN.search, texts)):
        return None
    asked = "".join(map(_render, prompt))
    return [
        {
            "chosen": asked + _render(Turn("assistant", better)),
            "rejected": asked + _render(Turn("assistant", worse)),
        }
        for better, worse in pairs
    ] or None


def _render(turn: Turn) -> str:
    return f"\n\n{_SPEAKERS[turn.role]}: {turn.content}"


def _parse(value: object, where: str) -> tuple[Turn, ...]:
    text = read_text(value, where)
    marks = list(_TURN.finditer(text))
    if not marks or text[: marks[0].start()].strip():
        raise InvalidRequest(f"{where} must begin with '\\n\\nHuman:'")
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return tuple(
        Turn(ROLES[mark[1].lower()], text[mark.end() : end].removeprefix(" "))
        for mark, end in zip(marks, ends, strict=True)
    )
