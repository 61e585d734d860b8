"""How strongly people's votes say that the challenger is better than the champion, or worse:
betting against both, one person at a time.

A vote scores x = 1 where the challenger won, 0 where it lost, 0.5 for a tie. Somebody who doubts
that it is better bets on it at the odds of a fair coin. Person i has a stake of 1, handed out over
their first votes in the shares c_1 >= c_2 >= ... (sum 1), and each is lowered by the person's
reliability w_i in [0, 1]:

    s_i = w_i sum_j c_j (2 x_ij - 1)                    in [-1, 1]
    E   = mean over bets b in BETS of prod_i (1 + b s_i)

and with -b for the mirror. E is the wealth of a bettor who began with 1 (Waudby-Smith & Ramdas
2024, "Estimating means of bounded random variables by betting", section 4; the mean over b is
Robbins' mixture). What it promises:

- If no vote, given all before it, is likelier to go to the challenger than not (E[x | past] <=
  1/2), E is a nonnegative supermartingale, whoever votes, how often, in whatever order. By Ville's
  inequality the chance that it ever reaches 1/alpha is at most alpha, however often one looks.
- If only people are fair, not their votes (each has a taste and votes by it again and again, but as
  many are for the one as for the other), a person's later votes follow from the earlier ones and no
  product over votes is fair any more. A product over people still is, at every moment fixed in
  advance: E[s_i] <= 0. That it also holds at the moment of the crossing is not proved but measured:
  benchmarks/trials.py, where a product over votes breaks its promise.
- k people together multiply E by less than 2^k, whatever they do and however often they vote; who
  is believed with w, by less than 1 + w.

The cap is the number of shares: a person's first votes count, later ones do not. That is
predictable: before a vote is cast it is settled whether it counts and for how much, so a tie uses
up a share too. Of what a person says of one comparison only the first is a vote (core/fold.py): it
is answered with who said what, so what follows it is not blind. To count the last votes, an average
of all, or votes until somebody changes their mind would not be predictable.

A reliability is learned from what was voted before the trial began (worker/reliability.py; 1 of who
is new) and never changes in it, so it is known before each vote it multiplies. That is all the
proof needs: after votes that came to s, person i's next one multiplies the wealth of bet b by

    1 + b c_j w_i (2x - 1) / (1 + b s),

where 1 + b s > 0, since b < 1 and |s| <= 1. With c_j, w_i and s given by the past, its mean given
the past is at most 1 if E[x | past] <= 1/2, whatever w_i >= 0 is; with -b for the mirror. So
weights change how soon evidence comes, not how often it lies: wrong ones, too, only waste votes. Of
people with tastes of their own, E[s_i] <= 0 has to hold with w_i in it: as many for the one as for
the other, each counted by w_i. A weight that learned from the trial's own votes, and so fell for
who is in its minority, would make E grow by itself.

Who is erased takes their votes along, and may do so because of whom they learned to have voted for:
what is left is chosen by its outcome. So they count as lost for either side, from the first of them
on: of n votes at once 1 - b (c_1 + ... + c_n), which is never more than what these votes made of
the wealth, for E and for its mirror, however they were cast.
Evidence that is at most what it was keeps its promise; all an erasure can do is to slow a trial.

With one share only (cap 1) the promise would be exact for people too, but what wins 55 % was then
found in fewer than half of the trials of 2,000 votes by 500 people. The shares fall as 1/sqrt(j):
equal ones take a third more votes of people who vote once to promote what wins 65 %, steeper ones
waste the votes of those who come back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidRequest

Floats = NDArray[np.float64]

BETS: Final[Floats] = np.geomspace(0.2, 0.99, 12)
"""Parts of the stake that are bet. Of the grids tried, at the same alpha, with the fewest votes to
promote what wins 55, 60 and 65 %.
"""
_HIGHEST: Final = 700.0
"""Of a logarithm whose exponential is still a number."""


def shares_of(cap: int) -> tuple[float, ...]:
    """What a person's first `cap` votes are each worth; they sum to 1."""
    falling = [1 / math.sqrt(j) for j in range(1, cap + 1)]
    return tuple(share / sum(falling) for share in falling)


@dataclass(frozen=True, slots=True)
class Vote:
    """One opinion on challenger against champion. Raises InvalidRequest.

    >>> Vote(person="u1", score=1.0, weight=0.8)
    """

    person: str
    score: float
    """1 where the challenger won, 0 where it lost, 0.5 for a tie; of a ranking, the mean over its
    pairs.
    """
    weight: float = 1.0
    """The person's reliability in [0, 1], as it was before this vote."""
    at: float = 0.0
    """When it was given, Unix time in seconds. Decides nothing."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise InvalidRequest(f"A vote's score is in [0, 1], not {self.score!r}", "score")
        if not 0.0 <= self.weight <= 1.0:
            raise InvalidRequest(f"A vote's weight is in [0, 1], not {self.weight!r}", "weight")


@dataclass(slots=True)
class Tally:
    """One person's: `votes` as many as were cast, `staked` = sum c w, `won` = sum c w x."""

    votes: int = 0
    staked: float = 0.0
    won: float = 0.0

    @property
    def lead(self) -> float:
        """s_i, in [-1, 1]."""
        return 2 * self.won - self.staked


class Evidence:
    """A fold over votes, of each person the first `cap`. One vote costs O(bets)."""

    def __init__(self, cap: int) -> None:
        self.shares = shares_of(cap)
        self.bets = BETS
        self.people: dict[str, Tally] = {}
        self.erased = 0
        self._better: Floats = np.zeros(len(BETS))
        self._worse: Floats = np.zeros(len(BETS))

    def add(self, vote: Vote) -> None:
        tally = self.people.setdefault(vote.person, Tally())
        before = tally.lead
        if tally.votes < len(self.shares):
            stake = self.shares[tally.votes] * vote.weight
            tally.staked += stake
            tally.won += stake * vote.score
            self._better += _growth(self.bets, before, tally.lead)
            self._worse += _growth(-self.bets, before, tally.lead)
        tally.votes += 1

    def lose(self, votes: int) -> None:
        """One person's so many votes, which nobody knows any more."""
        stake = sum(self.shares[:votes])
        self._better += np.log1p(-self.bets * stake)
        self._worse += np.log1p(-self.bets * stake)
        self.erased += 1

    @property
    def better(self) -> float:
        """E: that the challenger is better."""
        return _mean_of(self._better)

    @property
    def worse(self) -> float:
        """Its mirror: that the challenger is worse."""
        return _mean_of(self._worse)

    @property
    def votes(self) -> int:
        """As many as were cast."""
        return sum(tally.votes for tally in self.people.values())

    @property
    def counted(self) -> int:
        return sum(min(tally.votes, len(self.shares)) for tally in self.people.values())


def log_mean(logs: Floats) -> float:
    """ln of the mean of exp(logs)."""
    highest = float(logs.max())
    return highest + math.log(float(np.exp(logs - highest).mean()))


def _growth(bets: Floats, before: float, after: float) -> Floats:
    growth: Floats = np.log1p(bets * after) - np.log1p(bets * before)
    return growth


def _mean_of(logs: Floats) -> float:
    return math.exp(min(log_mean(logs), _HIGHEST))
