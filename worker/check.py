"""One question that a gate or a guardrail asks, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Check:
    """`value` is None where nothing was measured.

    >>> Check("win_rate", 0.71, 0.5, True, "0.71 of 64 answers won, at least 0.50 needed")
    """

    name: str
    value: float | None
    limit: float | None
    passed: bool
    why: str


def number(figures: Mapping[str, Any], name: str) -> float | None:
    """NaN is no measurement: it would pass every comparison that is written the wrong way round."""
    value = figures.get(name)
    if not isinstance(value, int | float) or value != value:
        return None
    return float(value)
