"""What can be seen of an answer without understanding it: length, layout, courtesy."""

from __future__ import annotations

import json
import math
import re

from core.style import LIST_ITEM

STYLE_FEATURES = (
    "log_words",
    "log_bullets",
    "log_lines",
    "json",
    "question",
    "courtesy",
    "empty",
)

_COURTESY = re.compile(
    r"\b(please|thank|thanks|sorry|glad|happy to|welcome|kindly|appreciate|of course)\b",
    re.IGNORECASE,
)


def style_of(text: str) -> list[float]:
    """One number per name in STYLE_FEATURES."""
    return [
        math.log1p(len(text.split())),
        math.log1p(len(LIST_ITEM.findall(text))),
        math.log1p(text.strip().count("\n")),
        float(_is_json(text)),
        float("?" in text),
        math.log1p(len(_COURTESY.findall(text))),
        float(not text.strip()),
    ]


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except ValueError:
        return False
