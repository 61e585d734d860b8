"""How well a reward model foretells votes it has not seen, and how much of it is length.

The log-odds of a vote are the difference of two answers' scores in nats (Bradley-Terry), so its
probability is s(difference). Measures and reports; decides nothing.

Shapes: M held-out pairs.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainer.data import Preferences
from trainer.heldout import length_baseline
from trainer.intervals import share
from trainer.judge import Floats
from trainer.reward_model import RewardModel
from trainer.rows import Row, pack_groups

_EDGES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Of the buckets, in the probability of the answer that has the higher score."""

_CERTAIN = 1 - 1e-12


@dataclass(frozen=True, slots=True)
class Scale:
    """What the reward's mean and standard deviation were taken from. `length_correlation`: of
    score and tokens there; None where all answers are equally long.
    """

    source: str
    answers: int
    length_correlation: float | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """Pairs whose better-scored answer is foretold with a probability from `low` to `high`."""

    low: float
    high: float
    n: int
    foretold: float | None
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class RewardFigures:
    """Of `n` held-out pairs; equal scores count half. `nll`: in nats a vote, 0.693 knows nothing.
    `calibration_error`: mean distance of `foretold` and `accuracy`, each bucket as often as it has
    pairs. `members`: each one's own accuracy. `disagreement`: mean standard deviation of the
    members' scores. `length_baseline`: accuracy of the longer (or the shorter) wins.
    """

    n: int
    accuracy: float | None
    accuracy_low: float | None
    accuracy_high: float | None
    length_baseline: float | None
    nll: float | None
    calibration_error: float | None
    calibration: list[Bucket]
    members: list[float]
    disagreement: float | None
    scale: Scale

    def warnings(self) -> list[str]:
        """What a reader must know before trusting it."""
        if self.accuracy is None or self.length_baseline is None:
            return []
        if self.accuracy > self.length_baseline:
            return []
        return [
            f"the reward model agrees with {self.accuracy:.0%} of the held-out votes, length alone "
            f"with {self.length_baseline:.0%}"
        ]


def read_figures(raw: dict[str, Any]) -> RewardFigures:
    """From what `dataclasses.asdict` made of them."""
    calibration = [Bucket(**bucket) for bucket in raw["calibration"]]
    return RewardFigures(**{**raw, "calibration": calibration, "scale": Scale(**raw["scale"])})


def judge_reward(
    model: RewardModel, train: Preferences, heldout: Preferences, scale: Scale
) -> RewardFigures:
    """On the held-out votes; all None where there are none."""
    if not heldout.groups:
        return RewardFigures(0, None, None, None, None, None, None, [], [], None, scale)
    rows = pack_groups(heldout.groups, model.backbone.max_length, keep_ends=True)
    scores_EA = model.member_scores(rows).double().cpu().numpy()
    margins_EM = pair_margins(rows, scores_EA)
    margins_M = margins_EM.mean(0) * model.nats_per_score
    right = share(float(_won(margins_M).sum()), len(margins_M))
    buckets, error = calibrate(margins_M)
    return RewardFigures(
        n=len(margins_M),
        accuracy=right.value,
        accuracy_low=right.low,
        accuracy_high=right.high,
        length_baseline=length_baseline(train, heldout),
        nll=float(np.logaddexp(0, -margins_M).mean()),
        calibration_error=error,
        calibration=buckets,
        members=[float(_won(margins).mean()) for margins in margins_EM],
        disagreement=float(scores_EA.std(0).mean()),
        scale=scale,
    )


def pair_margins(rows: Sequence[Row], scores_EA: Floats) -> Floats:
    """[E, M]: score of the chosen answer less that of the rejected one."""
    starts = np.cumsum([0, *(len(row.answers) for row in rows)])
    pairs = [
        (start + chosen, start + rejected)
        for row, start in zip(rows, starts[:-1], strict=True)
        for chosen, rejected in row.pairs
    ]
    chosen_M, rejected_M = np.asarray(pairs, dtype=np.int64).T
    margins: Floats = scores_EA[:, chosen_M] - scores_EA[:, rejected_M]
    return margins


def calibrate(margins_M: Floats) -> tuple[list[Bucket], float]:
    """By margin, and the expected calibration error (Naeini et al. 2015), from margins in nats."""
    foretold_M = 1 / (1 + np.exp(-np.abs(margins_M)))
    won_M = _won(margins_M)
    place_M = np.digitize(np.minimum(foretold_M, _CERTAIN), _EDGES) - 1
    buckets = []
    error = 0.0
    for place, (low, high) in enumerate(itertools.pairwise(_EDGES)):
        here = place_M == place
        n = int(here.sum())
        foretold = float(foretold_M[here].mean()) if n else None
        accuracy = float(won_M[here].mean()) if n else None
        buckets.append(Bucket(low, high, n, foretold, accuracy))
        if foretold is not None and accuracy is not None:
            error += n / len(margins_M) * abs(accuracy - foretold)
    return buckets, error


def length_correlation(model: RewardModel, rows: Sequence[Row]) -> float | None:
    """Pearson's, of an answer's score and its number of tokens."""
    scores = model.scores(rows).double().cpu().numpy()
    lengths = np.concatenate(
        [np.bincount(row.target_answer, minlength=len(row.answers)) for row in rows]
    )
    if not lengths.std() > 0 or not scores.std() > 0:
        return None
    return float(np.corrcoef(scores, lengths)[0, 1])


def _won(margins_M: Floats) -> Floats:
    won: Floats = np.where(margins_M == 0, 0.5, margins_M > 0)
    return won
