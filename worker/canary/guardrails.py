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

from core.assistants import Limits
from worker.canary.rates import Count, log_evidence
from worker.check import Check

ALPHA: Final = 0.01
"""Chance of a false alarm, of each guardrail and trial."""
MIN_LENGTHS: Final = 50
"""Answers of an arm from which a mean is near enough to normal."""
_RHO_SQUARED: Final = 0.065
"""Makes the sequence narrowest near 200 answers (Waudby-Smith et al. 2024, eq. 10)."""


@dataclass(frozen=True, slots=True)
class Arm:
    """What came of one version's answers during the trial. Complaints are of a person's first few
    ratings, so that one angry person is no guardrail.

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


RATES: Final = (
    ("error_rate", "answers failed"),
    ("slow_rate", "answers were slower than the limit"),
    ("complaint_rate", "rated answers were complained about"),
)
"""Checks in the order of `_counts`, with what happened."""


def check(challenger: Arm, champion: Arm, limits: Limits) -> list[Check]:
    margins = (limits.errors, limits.slow, limits.complaints)
    counted = zip(RATES, _counts(challenger), _counts(champion), margins, strict=True)
    rates = [_rate(*named, mine, theirs, margin) for named, mine, theirs, margin in counted]
    return [*rates, _length(challenger, champion, limits.length_ratio)]


def _counts(arm: Arm) -> tuple[Count, Count, Count]:
    return (
        Count(arm.errors, arm.answers),
        Count(arm.slow, arm.answers),
        Count(arm.complaints, arm.rated),
    )


def _rate(name: str, what: str, challenger: Count, champion: Count, margin: float) -> Check:
    passed = log_evidence(challenger, champion, margin) < math.log(1 / ALPHA)
    why = (
        f"{challenger.rate:.1%} of its {challenger.n} {what}, {champion.rate:.1%} of the "
        f"{champion.n} of the version before; {100 * margin:g} points more are allowed"
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
    longer = f"its answers are {ratio:.2f} times as long as those of the version before"
    why = f"{longer}, {limit:g} times is allowed"
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
