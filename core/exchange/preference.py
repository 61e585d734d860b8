"""TRL's preference rows: `prompt`, `chosen`, `rejected`, as text or as messages; without `prompt`
it is what the two begin with.

Also read: `conversations` for `prompt` (LLaMA-Factory), and whole chats beside a `prompt`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from typing import Any, Final

import pyarrow as pa

from core.errors import InvalidRequest
from core.exchange.columns import MESSAGES
from core.exchange.example import Example, Turn, tiers
from core.exchange.turns import (
    Row,
    find,
    read_answer,
    read_text,
    read_turns,
    split_answer,
    write_answer,
    write_turns,
)

SCHEMA: Final = pa.schema([(name, MESSAGES) for name in ("prompt", "chosen", "rejected")])


def read(row: Row, left_out: Counter[str]) -> Iterator[Example]:
    chosen, rejected = find(row, "chosen"), find(row, "rejected")
    asked = row.get("prompt", row.get("conversations"))
    if _is_chat(chosen) and _is_chat(rejected):
        prompt, answers = shared_prompt(
            read_turns(chosen, "chosen"), read_turns(rejected, "rejected")
        )
    elif asked is not None:
        prompt = read_turns(asked, "prompt")
        answers = (read_answer(chosen, "chosen"), read_answer(rejected, "rejected"))
    else:
        prompt, answers = _shared_text(read_text(chosen, "chosen"), read_text(rejected, "rejected"))
    yield Example(prompt, answers, "comparison", {"choice": "a"})


def write(example: Example) -> list[Row] | None:
    """A row per ordered pair; None for what has no two answers or no preference."""
    prompt = write_turns(example.prompt)
    return [
        {"prompt": prompt, "chosen": write_answer(better), "rejected": write_answer(worse)}
        for better, worse in ordered_answers(example)
    ] or None


def shared_prompt(
    chosen: tuple[Turn, ...], rejected: tuple[Turn, ...]
) -> tuple[tuple[Turn, ...], tuple[str, str]]:
    """Of two whole chats that part only at their last answer. Raises InvalidRequest otherwise."""
    prompt, better = split_answer(chosen, "chosen")
    other, worse = split_answer(rejected, "rejected")
    if prompt != other:
        raise InvalidRequest("chosen and rejected part before their last answer")
    return prompt, (better, worse)


def _is_chat(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1


def _shared_text(chosen: str, rejected: str) -> tuple[tuple[Turn, ...], tuple[str, str]]:
    """As TRL's extract_prompt: up to where the texts part, the space before it left to them."""
    pairs = zip(chosen, rejected, strict=False)
    part = next((i for i, (one, other) in enumerate(pairs) if one != other), None)
    if part is None:
        raise InvalidRequest("chosen and rejected are the same, or one begins the other")
    if part and chosen[part - 1] == " ":
        part -= 1
    return (Turn("user", chosen[:part]),), (chosen[part:], rejected[part:])


def ordered_answers(example: Example) -> list[tuple[str, str]]:
    """Every (better, worse) that an opinion implies; an edit is better than what it corrects."""
    if example.kind == "edit":
        return [(example.body["text"], said) for said in example.answers]
    return [
        (example.answers[better], example.answers[worse])
        for above, below in combinations(tiers(example) or [], 2)
        for better in above
        for worse in below
    ]
