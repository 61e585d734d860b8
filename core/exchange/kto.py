"""TRL's KTO rows: `prompt`, `completion`, `label`. Also read: `messages` that end with the answer
judged (LLaMA-Factory).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import pyarrow as pa

from core.errors import InvalidRequest
from core.exchange.columns import MESSAGES
from core.exchange.example import Example
from core.exchange.sft import read_shown
from core.exchange.turns import Row, find, write_answer, write_turns

SCHEMA: Final = pa.schema([("prompt", MESSAGES), ("completion", MESSAGES), ("label", pa.bool_())])


def read(row: Row, left_out: Counter[str]) -> Iterator[Example]:
    label = find(row, "label")
    if not isinstance(label, bool):
        raise InvalidRequest(f"label must be true or false, not {label!r:.40}")
    prompt, answer = read_shown(row)
    yield Example(prompt, (answer,), "thumb", {"value": "up" if label else "down"})


def write(example: Example) -> list[Row] | None:
    """None for what is no thumb."""
    if example.kind != "thumb":
        return None
    return [
        {
            "prompt": write_turns(example.prompt),
            "completion": write_answer(example.answers[0]),
            "label": example.body["value"] == "up",
        }
    ]
