"""Single answers to tokenised examples: thumbs (with a label) and demonstrations (without).

Reads Parquet snapshots, JSONL in the same columns, and TRL's formats: prompt-completion with or
without `label`, and conversations as `messages`, whose last message is the answer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import BadConfig
from trainer.data import (
    Answer,
    Group,
    Limits,
    check_ids,
    make_answer,
    message_text,
    read_messages,
    read_raw,
    read_weight,
)
from trainer.render import Renderer

_EVEN = 1e-9
"""Weights that differ by no more are the same, but for rounding."""


@dataclass(frozen=True, slots=True)
class Completion:
    """`label`: thumbs up or down; None where nobody judged (a demonstration)."""

    prompt: list[dict[str, str]]
    prompt_ids: tuple[int, ...]
    answer: Answer
    label: bool | None
    weight: float
    user: str


@dataclass(slots=True)
class Completions:
    """What one file holds."""

    items: list[Completion] = field(default_factory=list)
    dropped_too_long: int = 0

    def digest(self) -> str:
        digest = hashlib.sha256()
        for item in self.items:
            digest.update(
                repr((item.prompt_ids, item.answer.ids, item.label, item.weight)).encode()
            )
        return digest.hexdigest()


def load_completions(path: Path, renderer: Renderer, limits: Limits) -> Completions:
    """Raises BadConfig when the file is missing or a row in it makes no sense."""
    found = Completions()
    for number, raw in enumerate(read_raw(path), start=1):
        item = _completion(raw, renderer, limits, f"{path}, row {number}")
        if len(item.prompt_ids) + len(item.answer.ids) > limits.max_length:
            found.dropped_too_long += 1
        else:
            found.items.append(item)
    return found


def judged_answers(group: Group) -> list[Completion]:
    """A prompt's answers as votes judged each alone: liked where its won pairs weigh more than its
    lost ones, with the difference as its weight; left out where they weigh the same.
    """
    net = [0.0] * len(group.answers)
    for pair in group.pairs:
        net[pair.chosen] += pair.weight
        net[pair.rejected] -= pair.weight
    return [
        Completion(group.prompt, group.prompt_ids, answer, won > 0, abs(won), "")
        for answer, won in zip(group.answers, net, strict=True)
        if abs(won) > _EVEN
    ]


def _completion(raw: dict[str, Any], renderer: Renderer, limits: Limits, where: str) -> Completion:
    raw = {name: value for name, value in raw.items() if value is not None}
    prompt, text = _split(raw, where)
    label = raw.get("label")
    if label is not None and not isinstance(label, bool):
        raise BadConfig(f"{where}: expected label true or false, got {label!r}")
    prompt_ids = tuple(raw.get("prompt_ids") or renderer.prompt_ids(prompt))
    answer = make_answer(text, raw.get("completion_ids"), renderer)
    check_ids((prompt_ids, answer.ids), limits.vocabulary, where)
    weight = read_weight(raw, where)
    return Completion(prompt, prompt_ids, answer, label, weight, str(raw.get("user", "")))


def _split(raw: dict[str, Any], where: str) -> tuple[list[dict[str, str]], str]:
    if "messages" in raw:
        messages = read_messages(raw["messages"], where)
        if len(messages) < 2 or messages[-1]["role"] != "assistant":
            raise BadConfig(f"{where}: expected messages that end with the assistant's")
        return messages[:-1], messages[-1]["content"]
    if "prompt" not in raw or "completion" not in raw:
        raise BadConfig(f"{where}: expected prompt and completion, or messages; got {list(raw)}")
    return read_messages(raw["prompt"], where), message_text(raw["completion"], where)
