"""What stops a trial at once, whatever people prefer: the challenger's arm against the champion's.

Every check is sequentially valid: looked at as often as one likes, a challenger that is within its
limit trips one with a chance of at most ALPHA over the whole trial (of all four: 4 ALPHA). Errors,
slow answers and complaints are rates and use rates.log_evidence, exact from the first answer on.
Length is a mean and uses an asymptotic confidence sequence, which needs MIN_LENGTHS answers an arm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from worker.canary.rates import Count, log_evidence
from worker.check import Check

ALPHA: Final = 0.01
"""Chance of a false alarm, of each guardrail and trial."""
MIN_LENGTHS: Final = 50
"""Answers of an arm from which a mean is near enough to normal."""
_RHO_SQUARED: Final = 0.065
"""Makes the sequence narrowest near 200 answers (Waudby-Smith et al. 2024, eq. 10)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much worse than the champion's arm the challenger's may be."""

    errors: float = 0.02
    """Share of answers that failed, above the champion's."""
    slow: float = 0.05
    """Share of answers slower than a limit, above the champion's. The limit is fixed when the trial
    starts: the champion's 95th percentile then, times the ratio that is allowed. Few of its own are
    above that; with 5 points more, the challenger's 95th percentile is.
    """
    complaints: float = 0.05
    """Share of rated answers with a thumb down or a both_bad, above the champion's."""
    length_ratio: float = 2.0
    """Of geometric means of answer lengths; its inverse is the limit for shorter ones."""


@dataclass(frozen=True, slots=True)
class Arm:
    """What came of one version's answers during the trial; `plus` adds up. Complaints are of a
    person's first few ratings, so that one angry person is no guardrail.

    >>> Arm(answers=1, errors=0, slow=0, rated=1, complaints=0, log_length=4.6, squares=21.2)
    """

    answers: int = 0
    errors: int = 0
    slow: int = 0
    rated: int = 0
    complaints: int = 0
    log_length: float = 0.0
    """Sum of ln(tokens) over answers that did not fail."""
    squares: float = 0.0
    """Sum of ln(tokens)^2 over the same."""

    @property
    def lengths(self) -> int:
        return self.answers - self.errors

    def plus(self, other: Arm) -> Arm:
        return Arm(
            self.answers + other.answers,
            self.errors + other.errors,
            self.slow + other.slow,
            self.rated + other.rated,
            self.complaints + other.complaints,
            self.log_length + other.log_length,
            self.squares + other.squares,
        )


def check(challenger: Arm, champion: Arm, limits: Limits) -> list[Check]:
    return [
        _rate(
            "error_rate",
            "answers failed",
            Count(challenger.errors, challenger.answers),
            Count(champion.errors, champion.answers),
            limits.errors,
        ),
        _rate(
            "slow_rate",
            "answers were slower than the limit",
            Count(challenger.slow, challenger.answers),
            Count(champion.slow, champion.answers),
            limits.slow,
        ),
        _rate(
            "complaint_rate",
            "rated answers were complained about",
            Count(challenger.complaints, challenger.rated),
            Count(champion.complaints, champion.rated),
            limits.complaints,
        ),
        _length(challenger, champion, limits.length_ratio),
    ]


def _rate(name: str, what: str, challenger: Count, champion: Count, margin: float) -> Check:
    passed = log_evidence(challenger, champion, margin) < math.log(1 / ALPHA)
    why = (
        f"{challenger.rate:.1%} of its {challenger.n} {what}, {champion.rate:.1%} of the "
        f"champion's {champion.n}; {100 * margin:g} points more are allowed"
    )
    return Check(name, challenger.rate, margin, passed, why)


def _length(challenger: Arm, champion: Arm, limit: float) -> Check:
    few = min(challenger.lengths, champion.lengths)
    if few < MIN_LENGTHS:
        why = f"{few} answers of an arm are too few to compare lengths, {MIN_LENGTHS} needed"
        return Check("length_ratio", None, limit, True, why)
    ratio = math.exp(_mean(challenger) - _mean(champion))
    off = _half_width(challenger) + _half_width(champion)
    # Beyond the limit by more than both means may be off, on either side.
    passed = abs(math.log(ratio)) - off <= math.log(limit)
    why = f"its answers are {ratio:.2f} times as long as the champion's, {limit:g} times is allowed"
    return Check("length_ratio", ratio, limit, passed, why)


def _mean(arm: Arm) -> float:
    return arm.log_length / arm.lengths


def _half_width(arm: Arm) -> float:
    """Of the mean's confidence sequence at ALPHA / 2 (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas
    2024, "Time-uniform central limit theory and asymptotic confidence sequences", theorem 2.2).
    """
    n = arm.lengths
    variance = max(arm.squares / n - _mean(arm) ** 2, 0.0)
    scale = n * _RHO_SQUARED + 1
    return math.sqrt(
        variance * 2 * scale / (n * n * _RHO_SQUARED) * math.log(math.sqrt(scale) / (ALPHA / 2))
    )
