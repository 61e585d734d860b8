"""The golden set: prompts with checks that any version must go on passing.

It is JSON Lines, one prompt a line, in as many files as one likes:

    {"messages": [{"role": "user", "content": "How long do I have to return it?"}],
     "category": "sycophancy", "name": "returns", "checks": [
       {"kind": "contains_all", "terms": ["30 days"]}, {"kind": "max_words", "high": 40}]}

`messages` (or `prompt`: a string is one user message) end with what is asked; the assistant's own
system prompt goes before them where they bring none. `checks`: core/checks.py's `Check` says which
kinds there are and what each takes; every one must hold, and an empty answer never passes.
`category` is one of core/golden.py's; without one a prompt is `helpful`. `name` (or `kind`) is what
a verdict calls it; without, its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.check_rows import checks_from_json
from core.checks import Check, failures
from core.errors import BadConfig, ThumbwheelError
from core.golden import CATEGORIES, BeforeAfter
from trainer.data import Limits, Prompt, read_jsonl, read_messages
from trainer.render import Renderer

SHOWN = 20
"""Golden prompts whose answers a report shows."""
SHOWN_CHANGED = 6
"""Of those that were lost, and of those that were gained, before others are shown."""
_KEYS = ("messages", "prompt", "category", "name", "kind", "checks")


@dataclass(frozen=True, slots=True)
class GoldenItem:
    name: str
    category: str
    prompt: Prompt
    checks: list[Check]


@dataclass(frozen=True, slots=True)
class Regression:
    """A prompt that the champion answers well and the candidate does not."""

    name: str
    category: str
    prompt: str
    champion: str
    candidate: str
    failed: list[str]


@dataclass(frozen=True, slots=True)
class CategoryFigures:
    """Of one category: shares that pass; how many prompts only the champion answers well (`lost`),
    and how many only the candidate (`gained`).
    """

    n: int
    champion_pass: float
    candidate_pass: float
    lost: int
    gained: int


@dataclass(frozen=True, slots=True)
class GoldenFigures:
    """Shares that pass; `drop` is champion less candidate."""

    n: int
    champion_pass: float | None
    candidate_pass: float | None
    drop: float | None
    regressions: list[Regression]
    categories: dict[str, CategoryFigures] = field(default_factory=dict)


def load_golden(
    paths: Sequence[str], renderer: Renderer, limits: Limits, system: list[dict[str, str]]
) -> list[GoldenItem]:
    """All files' prompts, in order. Raises BadConfig naming the file and the line.

    `system` (one message or none) goes before the messages that bring none of their own, as the
    server would put it.
    """
    items = []
    for path in map(Path, paths):
        if not path.is_file():
            raise BadConfig(f"evaluate.golden: expected a JSONL file at {path}")
        for number, raw in enumerate(read_jsonl(path), start=1):
            items.append(_item(raw, f"{path}, line {number}", renderer, limits, system))
    return items


def _item(
    raw: dict[str, Any],
    where: str,
    renderer: Renderer,
    limits: Limits,
    system: list[dict[str, str]],
) -> GoldenItem:
    unknown = sorted(set(raw).difference(_KEYS))
    if unknown:
        raise BadConfig(f"{where}: unknown {', '.join(unknown)}; expected {', '.join(_KEYS)}")
    messages = read_messages(raw.get("messages", raw.get("prompt")), where)
    if messages[0]["role"] != "system":
        messages = [*system, *messages]
    prompt = Prompt(messages, tuple(renderer.prompt_ids(messages)))
    if len(prompt.ids) >= limits.max_length:
        raise BadConfig(f"{where}: the prompt has {len(prompt.ids)} tokens, too many to answer")
    category = raw.get("category", "helpful")
    if category not in CATEGORIES:
        known = ", ".join(CATEGORIES)
        raise BadConfig(f"{where}: expected a category of {known}, got {category!r}")
    name = str(raw.get("name") or raw.get("kind") or where.rpartition("/")[2])
    return GoldenItem(name, category, prompt, _checks(raw.get("checks"), where))


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
    rows = zip(items, before, failed, champion, candidate, strict=True)
    regressions = [
        Regression(i.name, i.category, i.prompt.messages[-1]["content"], old, new, why)
        for i, ok, why, old, new in rows
        if ok and why
    ]
    after = [not why for why in failed]
    whole = _compare(before, after)
    categories: dict[str, CategoryFigures] = {}
    for name in CATEGORIES:
        own = [n for n, item in enumerate(items) if item.category == name]
        if own:
            categories[name] = _compare([before[n] for n in own], [after[n] for n in own])
    drop = whole.champion_pass - whole.candidate_pass
    return GoldenFigures(
        whole.n, whole.champion_pass, whole.candidate_pass, drop, regressions, categories
    )


def show_golden(
    items: Sequence[GoldenItem], champion: Sequence[str], candidate: Sequence[str]
) -> list[BeforeAfter]:
    """Up to SHOWN of them: some that were lost and some that were gained first, then what is said
    otherwise, then the rest. Texts are in the order of the items.
    """
    rows = [
        BeforeAfter(
            name=i.name,
            category=i.category,
            prompt=i.prompt.messages[-1]["content"],
            champion=old,
            candidate=new,
            champion_passes=not failures(old, i.checks),
            candidate_passes=not failures(new, i.checks),
        )
        for i, old, new in zip(items, champion, candidate, strict=True)
    ]
    lost = [r for r in rows if r.champion_passes and not r.candidate_passes]
    gained = [r for r in rows if r.candidate_passes and not r.champion_passes]
    first = [*lost[:SHOWN_CHANGED], *gained[:SHOWN_CHANGED]]
    rest = sorted((r for r in rows if r not in first), key=lambda r: r.champion == r.candidate)
    return [*first, *rest][:SHOWN]


def _compare(before: Sequence[bool], after: Sequence[bool]) -> CategoryFigures:
    pairs = list(zip(before, after, strict=True))
    return CategoryFigures(
        n=len(pairs),
        champion_pass=sum(before) / len(pairs),
        candidate_pass=sum(after) / len(pairs),
        lost=pairs.count((True, False)),
        gained=pairs.count((False, True)),
    )
