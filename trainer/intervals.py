"""Intervals for shares, on small numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % Wilson interval; None where nothing was counted."""

    value: float | None
    low: float | None
    high: float | None


def share(count: float, total: int) -> Share:
    """`count` may hold halves (ties): the interval is then a little too wide, never too narrow."""
    if total == 0:
        return Share(None, None, None)
    p, z2 = count / total, _Z95**2
    centre = (p + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z95 * math.sqrt(p * (1 - p) / total + z2 / (4 * total**2)) / (1 + z2 / total)
    return Share(p, max(0.0, centre - half), min(1.0, centre + half))
