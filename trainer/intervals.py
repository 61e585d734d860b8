"""Intervals for shares, on small numbers."""

from __future__ import annotations

from dataclasses import dataclass

from core.intervals import wilson


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % Wilson interval; None where nothing was counted."""

    value: float | None
    low: float | None
    high: float | None


def share(count: float, total: int) -> Share:
    """`count` may hold halves (ties)."""
    if total == 0:
        return Share(None, None, None)
    return Share(count / total, *wilson(count / total, total))
