"""Is the candidate worse than the champion on the same prompts? Two tests, because few prompts can
answer only one of them.

Of n prompts with one category's checks, d_i = 1 where only the champion passes (lost), -1 where
only the candidate does (gained), else 0. The prompts are a sample of those people might send; what
counts is E[d].

- Worse? H0: E[d] <= 0. Of the prompts on which they differ, as many are lost as gained in
  expectation, so P(at least that many lost) is a tail of Binomial(lost + gained, 1/2): the exact
  sign test (McNemar 1947). Six lost and none gained are the fewest that say so at 0.1 over six
  categories. The level is the same at every attempt: this test only stops, and stopping wrongly
  costs an improvement.
- Not worse? H0: E[d] >= delta, the test of non-inferiority. E = prod_i (1 + l (delta - d_i)) has a
  mean of at most 1 under H0 for 0 <= l <= 1 / (1 - delta), so P(E >= 1 / alpha) <= alpha (Markov;
  averaged over a few l chosen beforehand, it still is). That it is not worse in any of several
  categories needs no correction: it is said only where every one of them says so. Here the level
  must fall with the attempts against one champion, or trying long enough would get anything
  through: alpha / (k (k + 1)) at the k-th, worker/canary/spending.py. At delta 0.05 and alpha 0.05
  it takes 96 prompts of which none is lost at the first attempt.

Between the two lies what most golden sets have to say: not shown to be worse, nor to be as good.
The gate lets that pass, with the figures, to a trial on people; `gate.prove` names the categories
in which it does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from statistics import fmean
from typing import Final

WORSE_ALPHA: Final = 0.1
"""Chance that a candidate which is not worse in any category is stopped as worse, over all of them
together.
"""
_BETS: Final = (0.25, 0.5, 0.75, 0.95)
"""l, in parts of the largest one allowed."""
_DELTAS: Final = (0.01, 0.5)
"""Nothing shows that something is worse by less than nothing."""


@dataclass(frozen=True, slots=True)
class Paired:
    """How two versions did on the same `n` prompts."""

    n: int
    lost: int
    gained: int

    @property
    def drop(self) -> float:
        """The mean of d."""
        return (self.lost - self.gained) / self.n

    @property
    def chance(self) -> float:
        """Of at least as many lost ones if the candidate were not worse."""
        differ = self.lost + self.gained
        return sum(comb(differ, k) for k in range(self.lost, differ + 1)) / float(2**differ)

    def evidence(self, delta: float) -> float:
        """E: that it is worse by less than `delta`, in ]0, 1[."""
        same = self.n - self.lost - self.gained
        return fmean(
            (1 - bet * (1 - delta)) ** self.lost
            * (1 + bet * delta) ** same
            * (1 + bet * (1 + delta)) ** self.gained
            for bet in (part / (1 - delta) for part in _BETS)
        )


def prompts_needed(delta: float, alpha: float) -> int:
    """As many, none of them lost, show at level `alpha` that it is worse by less than `delta`."""
    n = 1
    while Paired(n, 0, 0).evidence(delta) < 1 / alpha:
        n += 1
    return n


@dataclass(frozen=True, slots=True)
class Margin:
    """What one attempt may do: `delta` is how much worse counts as no worse, `alpha` the chance of
    taking it for that wrongly, `worse_alpha` the chance of stopping a category wrongly.
    """

    delta: float
    alpha: float
    worse_alpha: float

    def find(self, paired: Paired, must_prove: bool) -> Finding:
        low, high = _DELTAS
        delta = min(max(self.delta, low), high)
        evidence, needed = paired.evidence(delta), 1 / self.alpha
        if paired.chance <= self.worse_alpha:
            chance = f"{paired.chance:.2g} by chance, {self.worse_alpha:.2g} allowed"
            return Finding(False, f"shown to be worse ({chance})")
        if evidence >= needed:
            return Finding(True, f"shown not to be worse by {delta:g} ({evidence:.0f} to 1)")
        least = prompts_needed(delta, self.alpha)
        why = (
            f"not shown to be worse, nor to be as good ({evidence:.2g} to 1 that it is not worse "
            f"by {delta:g}, {needed:.0f} needed, which takes {least} prompts without a loss)"
        )
        return Finding(not must_prove, why)


@dataclass(frozen=True, slots=True)
class Finding:
    passed: bool
    why: str
