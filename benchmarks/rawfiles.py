"""What a file of feedback holds, counted from its JSON: nothing of the product reads it here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]
Counts = Counter[str]


@dataclass(frozen=True, slots=True)
class Raw:
    """`opinions` by kind, as the product calls them; `besides`: what else was counted, by what it
    is.
    """

    rows: int
    opinions: dict[str, int]
    besides: dict[str, int]


def count_file(path: Path, form: str, mapping: Mapping[str, str]) -> Raw:
    """Raises KeyError for a format that nobody counts here."""
    rows = read_json(path)
    counted = COUNTERS[form](rows, mapping)
    opinions = {name: counted.pop(name) for name in KINDS if counted[name]}
    return Raw(len(rows), opinions, dict(+counted))


def read_json(path: Path) -> list[Json]:
    """One array, or an object a line."""
    text = path.read_text(encoding="utf-8")
    if text.lstrip().startswith("["):
        found: list[Json] = json.loads(text)
        return found
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def _count_trees(rows: Sequence[Json], _: Mapping[str, str]) -> Counts:
    found: Counts = Counter()
    for node in _nodes(rows):
        found["messages"] += 1
        emojis = node.get("emojis") or {}
        thumbs = emojis.get("+1", 0) + emojis.get("-1", 0)
        found["messages with thumbs"] += bool(thumbs)
        found["thumb" if node["role"] == "assistant" else "thumbs on what people asked"] += thumbs
        ranks = [r["rank"] for r in _replies(node) if r.get("rank") is not None]
        found["ranked messages"] += len(ranks)
        if len(ranks) > 1:
            found["ranking"] += 1
            found["ordered pairs"] += sum(a != b for a, b in combinations(ranks, 2))
    return found


def _nodes(rows: Sequence[Json]) -> Iterator[Json]:
    waiting = _replies({"replies": [row.get("prompt", row) for row in rows]})
    while waiting:
        node = waiting.pop()
        yield node
        waiting += _replies(node)


def _replies(node: Json) -> list[Json]:
    """Without those that were deleted or that reviewers refused."""
    replies: list[Json] = node.get("replies") or []
    return [r for r in replies if not r.get("deleted") and r.get("review_result") is not False]


def _count_pairs(rows: Sequence[Json], _: Mapping[str, str]) -> Counts:
    return Counter({"comparison": len(rows), "ordered pairs": len(rows)})


def _count_labels(rows: Sequence[Json], _: Mapping[str, str]) -> Counts:
    liked = sum(row["label"] is True for row in rows)
    return Counter({"thumb": len(rows), "liked": liked, "disliked": len(rows) - liked})


def _count_mapped(rows: Sequence[Json], mapping: Mapping[str, str]) -> Counts:
    if "choice" not in mapping:
        kind = "comparison" if "chosen" in mapping else "thumb" if "label" in mapping else "edit"
        return Counter({kind: len(rows)})
    answered = [row for row in rows if all(_is_said(row[mapping[name]]) for name in _ANSWERS)]
    said = Counter(str(row[mapping["choice"]]) for row in answered)
    decided = len(answered) - said["0"] - said["tie"] - said["both_bad"]
    sources = [source for name in mapping for source in mapping[name].split("+")]
    distinct = {tuple(row[source] for source in sources) for row in answered}
    return Counter(
        {
            "comparison": len(answered),
            "ordered pairs": decided,
            "different ones": len(distinct),
            "rows with an answer that is empty or no text": len(rows) - len(answered),
        }
    )


def _is_said(answer: object) -> bool:
    return isinstance(answer, str) and bool(answer.strip())


def _count_shown(rows: Sequence[Json], _: Mapping[str, str]) -> Counts:
    return Counter({"edit": len(rows)})


_ANSWERS: Final = ("answer_a", "answer_b")
KINDS: Final = ("comparison", "ranking", "thumb", "edit")
COUNTERS: Final[dict[str, Callable[[Sequence[Json], Mapping[str, str]], Counts]]] = {
    "openassistant": _count_trees,
    "preference": _count_pairs,
    "hh": _count_pairs,
    "kto": _count_labels,
    "sft": _count_shown,
    "jsonl": _count_mapped,
}
