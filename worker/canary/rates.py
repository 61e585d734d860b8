"""Is something more frequent in one arm than in the other? Evidence that is valid whenever one
looks, from counts alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

_NARROWINGS: Final = 60


@dataclass(frozen=True, slots=True)
class Count:
    """`hits` of `n` answers."""

    hits: int
    n: int

    @property
    def rate(self) -> float:
        return self.hits / self.n if self.n else 0.0


def log_evidence(challenger: Count, champion: Count, margin: float) -> float:
    """ln of an e-process against "the challenger's rate p is at most the champion's q + margin":

        ln [ integral p^h (1-p)^(n-h) dJ(p) * integral q^g (1-q)^(m-g) dJ(q) ]
        - max over p <= q + margin of ln [ p^h (1-p)^(n-h) q^g (1-q)^(m-g) ]

    J is Jeffreys' Beta(1/2, 1/2). With the true p and q in place of the maximum it is a martingale
    that starts at 1, and the maximum only makes it smaller (universal inference: Wasserman, Ramdas
    & Balakrishnan 2020, section 8). So the chance that it ever exceeds 1/alpha is at most alpha, at
    every number of answers, from the first one on; no least count is needed. Presumes that answers
    of one arm fail independently, each with the arm's rate.
    """
    return (
        _log_mixture(challenger) + _log_mixture(champion) - _highest(challenger, champion, margin)
    )


def _log_mixture(count: Count) -> float:
    hits, misses = count.hits + 0.5, count.n - count.hits + 0.5
    beta = math.lgamma(hits) + math.lgamma(misses) - math.lgamma(hits + misses)
    return beta - math.log(math.pi)


def _highest(challenger: Count, champion: Count, margin: float) -> float:
    """The log-likelihood is concave, so its maximum is at the rates seen or on the border."""
    if challenger.rate <= champion.rate + margin:
        return _log_likelihood(challenger, challenger.rate) + _log_likelihood(
            champion, champion.rate
        )

    def on_border(q: float) -> float:
        return _log_likelihood(challenger, q + margin) + _log_likelihood(champion, q)

    low, high = 0.0, 1.0 - margin
    for _ in range(_NARROWINGS):
        third = (high - low) / 3
        if on_border(low + third) < on_border(high - third):
            low += third
        else:
            high -= third
    return on_border((low + high) / 2)


def _log_likelihood(count: Count, p: float) -> float:
    return _times_log(count.hits, p) + _times_log(count.n - count.hits, 1 - p)


def _times_log(times: int, p: float) -> float:
    if times == 0:
        return 0.0
    return times * math.log(p) if p > 0 else -math.inf
