"""How much of alpha one trial of many may spend."""

from __future__ import annotations


def level(alpha: float, trial: int) -> float:
    """Of the `trial`-th trial (from 1) against the same champion: alpha / (trial (trial + 1)). It
    may promote at an e-process of 1 / level.

    What is promised. A version reigns while it is champion; a champion that comes back by a
    rollback goes on with its old count. The levels of one reign sum to alpha over endless trials,
    so by Ville's inequality and the union bound, given all that happened before:

        the chance that a reign ends with the promotion of a version that is not better <= alpha.

    Every promotion ends a reign and begins one with all of alpha. So among the first m promotions
    by votes at most alpha m are wrong in expectation: their false discovery rate is at most alpha,
    for every m, however the trials depend on each other. No trial spends more than alpha / 2. That
    no promotion ever is wrong (family-wise, over all reigns) is not promised: that would take
    levels that die out for good.

    The rule is LORD with levels that depend on the time since the last discovery (Javanmard &
    Montanari 2018, "Online rules for control of false discovery rate and false discovery
    exceedance"). e-LOND (Xu & Ramdas 2024, "Online multiple testing with e-values") multiplies
    a falling series by the number of promotions so far and one more, which protects no champion by
    itself. Alpha 6 / (pi k)^2 over all trials of an assistant never earns back: its hundredth would
    need evidence of 330,000 to 1 at alpha 0.05. 1 / (k (k + 1)) is as simple, sums to 1 exactly and
    leaves more to the trials after the first: the fifth needs 600 to 1 where the other needs 820.
    """
    return alpha / (trial * (trial + 1))
