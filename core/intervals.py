"""How sure a share seen on few trials is."""

from __future__ import annotations

import math
from typing import Final

Z_95: Final = 1.959963984540054
"""Standard normal quantile of a two-sided 95 % interval."""


def wilson(rate: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % score interval of a share over n > 0 trials (Wilson 1927; Brown, Cai, DasGupta
    2001, eq. 4). Ties that count half only make the true variance smaller, so with them it is a
    little too wide, never too narrow.
    """
    c = Z_95**2 / n
    center = (rate + c / 2) / (1 + c)
    half = math.sqrt(c * rate * (1 - rate) + c * c / 4) / (1 + c)
    return max(0.0, center - half), min(1.0, center + half)
