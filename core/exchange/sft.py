"""TRL's rows for SFT: `messages` that end with what to say, or `prompt` and `completion`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import pyarrow as pa

from core.exchange.columns import MESSAGES
from core.exchange.example import Example, Turn
from core.exchange.turns import (
    Row,
    find,
    read_answer,
    read_turns,
    split_answer,
    write_answer,
    write_turns,
)

SCHEMA: Final = pa.schema([("messages", MESSAGES)])


def read(row: Row, left_out: Counter[str]) -> Iterator[Example]:
    prompt, answer = read_shown(row)
    yield Example(prompt, (), "edit", {"text": answer})


def write(example: Example) -> list[Row] | None:
    """What people wrote; None for other opinions."""
    if example.kind != "edit":
        return None
    return [{"messages": [*write_turns(example.prompt), *write_answer(example.body["text"])]}]


def read_shown(row: Row) -> tuple[tuple[Turn, ...], str]:
    """Prompt and answer of a row with one answer."""
    if row.get("completion") is None:
        chat = find(row, "messages", "conversations", "completion")
        return split_answer(read_turns(chat, "messages"), "messages")
    answer = read_answer(row["completion"], "completion")
    return read_turns(find(row, "prompt"), "prompt"), answer
