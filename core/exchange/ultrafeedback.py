"""UltraFeedback's rows: an `instruction` and `completions`, each a `response` with its scores.

The score is the mean of the numeric ratings in `annotations` where there are any, else the first
of `score`, `rating`, `fine-grained_score`, `overall_score`. Equal scores tie. Written rows have a
`score` that counts tiers, the best highest, and `history`: the messages before the instruction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import fmean
from typing import Any, Final

import pyarrow as pa

from core.errors import InvalidRequest
from core.exchange.columns import MESSAGES
from core.exchange.example import Example, group_by_level, tiers
from core.exchange.turns import Row, find, read_answer, read_turns, write_turns

_COMPLETION: Final = pa.struct([("response", pa.string()), ("score", pa.float64())])
_COLUMNS: Final[dict[str, pa.DataType]] = {
    "history": MESSAGES,
    "instruction": pa.string(),
    "completions": pa.list_(_COMPLETION),
}
SCHEMA: Final = pa.schema(_COLUMNS)
_SCORES: Final = ("score", "rating", "fine-grained_score", "overall_score")


def read(row: Row, left_out: Counter[str]) -> Iterator[Example]:
    before = read_turns(row["history"], "history") if row.get("history") else ()
    prompt = before + read_turns(find(row, "instruction", "prompt"), "instruction")
    completions = find(row, "completions")
    if not isinstance(completions, list) or not all(isinstance(c, dict) for c in completions):
        raise InvalidRequest("completions must be a list of objects")
    scored = [(_read_text(c), score) for c in completions if (score := _score(c)) is not None]
    left_out["completions without a score"] += len(completions) - len(scored)
    if len(scored) < 2:
        raise InvalidRequest("an order needs two completions with a score")
    answers, scores = zip(*scored, strict=True)
    order = group_by_level([-score for score in scores])
    yield Example(prompt, answers, "ranking", {"order": order})


def write(example: Example) -> list[Row] | None:
    """None for what orders nothing, or asks by something else than a person's message."""
    order, last = tiers(example), example.prompt[-1]
    if order is None or last.role != "user":
        return None
    score = {i: float(len(order) - place) for place, tier in enumerate(order) for i in tier}
    completions = [{"response": a, "score": score[i]} for i, a in enumerate(example.answers)]
    history = write_turns(example.prompt[:-1])
    return [{"history": history, "instruction": last.content, "completions": completions}]


def _read_text(completion: Row) -> str:
    return read_answer(find(completion, "response", "text", "content"), "completions.response")


def _score(completion: Row) -> float | None:
    """None for a completion nobody could rate ("N/A")."""
    annotations = completion.get("annotations")
    if isinstance(annotations, dict):
        rated = [a.get("Rating") for a in annotations.values() if isinstance(a, dict)]
        if numbers := [n for n in map(_number, rated) if n is not None]:
            return fmean(numbers)
    named = (_number(completion.get(name)) for name in _SCORES)
    return next((number for number in named if number is not None), None)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < 1e9 else None
