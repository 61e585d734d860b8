"""The golden set: prompts with checks that any version must go on passing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.checks import Check, checks_from_json, failures
from core.errors import BadConfig, ThumbwheelError
from trainer.data import Limits, Prompt, read_jsonl, read_messages
from trainer.render import Renderer


@dataclass(frozen=True, slots=True)
class GoldenItem:
    name: str
    prompt: Prompt
    checks: list[Check]


@dataclass(frozen=True, slots=True)
class Regression:
    """A prompt that the champion answers well and the candidate does not."""

    name: str
    prompt: str
    champion: str
    candidate: str
    failed: list[str]


@dataclass(frozen=True, slots=True)
class GoldenFigures:
    """Shares that pass; `drop` is champion less candidate."""

    n: int
    champion_pass: float | None
    candidate_pass: float | None
    drop: float | None
    regressions: list[Regression]


def load_golden(
    path: Path, renderer: Renderer, limits: Limits, system: list[dict[str, str]]
) -> list[GoldenItem]:
    """JSONL of {messages or prompt, checks, name or kind}. Raises BadConfig.

    `system` (one message or none) goes before the messages that bring none of their own, as the
    server would put it.
    """
    if not path.is_file():
        raise BadConfig(f"evaluate.golden: expected a JSONL file at {path}")
    items = []
    for number, raw in enumerate(read_jsonl(path), start=1):
        where = f"{path}, line {number}"
        messages = read_messages(raw.get("messages", raw.get("prompt")), where)
        if messages[0]["role"] != "system":
            messages = [*system, *messages]
        prompt = Prompt(messages, tuple(renderer.prompt_ids(messages)))
        if len(prompt.ids) >= limits.max_length:
            raise BadConfig(f"{where}: the prompt has {len(prompt.ids)} tokens, too many to answer")
        name = str(raw.get("name") or raw.get("kind") or number)
        items.append(GoldenItem(name, prompt, _checks(raw.get("checks"), where)))
    return items


def _checks(raw: Any, where: str) -> list[Check]:
    if not isinstance(raw, list) or not raw:
        raise BadConfig(f"{where}: expected a list of checks, got {raw!r}")
    try:
        return checks_from_json(raw)
    except ThumbwheelError as error:
        raise BadConfig(f"{where}: {error.message}") from error


def judge_golden(
    items: Sequence[GoldenItem], champion: Sequence[str], candidate: Sequence[str]
) -> GoldenFigures:
    """Texts are in the order of the items."""
    if not items:
        return GoldenFigures(0, None, None, None, [])
    before = [not failures(text, i.checks) for i, text in zip(items, champion, strict=True)]
    failed = [failures(text, i.checks) for i, text in zip(items, candidate, strict=True)]
    regressions = [
        Regression(item.name, item.prompt.messages[-1]["content"], old, new, why)
        for item, ok, why, old, new in zip(items, before, failed, champion, candidate, strict=True)
        if ok and why
    ]
    champion_pass = sum(before) / len(items)
    candidate_pass = sum(not why for why in failed) / len(items)
    return GoldenFigures(
        len(items), champion_pass, candidate_pass, champion_pass - candidate_pass, regressions
    )
