"""An offline judge of answers, learned from the people's own votes.

A Bradley-Terry model, P(a beats b) = s(w . (f(a) - f(b))), with w fitted by ridge logistic
regression on frozen features f: the bare base model's mean final hidden state over the answer's
tokens, reduced to a few principal directions, and features of style. The ridge is chosen by
cross-validation. Both orders of a pair are the same by construction: no position bias.

What it can show: whether sampled answers moved in the direction that voters preferred, in style and
in coarse content. What it cannot: whether an answer is true, follows from the excerpt, or is what
one voter would have wanted here. It sees averages of a small model's states. Fitted on training
votes (where too few are held out) it shares their noise with the policy and flatters it; the report
says on which votes it was fitted and how well it predicts votes it has not seen (cv_accuracy, whole
prompts left out, with everybody's votes on them). The golden set and people's later votes are what
it must be read with.

Where there are hardly any comparisons, thumbs take their place: P(up) = s(w . f + b), logistic
regression on the same features, both kinds of thumb weighing the same. It knows less: a liked and a
disliked answer mostly are to different prompts, so what tells prompts apart is mistaken for what
tells answers apart. The report says that it was fitted on thumbs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from trainer.backbone import Backbone
from trainer.batches import micro_batches
from trainer.completions import Completion
from trainer.data import Group
from trainer.lora import Role
from trainer.rows import Row, pack_answers
from trainer.style import style_of

Floats = NDArray[np.float64]

_DIRECTIONS = 16
_DIRECTION_SIZE = 0.3
"""Beside a style feature's 1: the many directions are each less likely to matter, so the ridge
holds them down more.
"""

_RIDGES = (0.3, 1.0, 3.0, 10.0, 30.0)
_FOLDS = 5
_NEWTON_STEPS = 25
_CONSTANT = 10.0
"""Beside a feature's 1: so large that the ridge leaves b alone."""
_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class Space:
    """Where answers are compared: the features' principal directions and sizes."""

    mean: Floats
    directions: Floats
    scale: Floats

    def of(self, hidden: Floats, style: Floats) -> Floats:
        return np.hstack([(hidden - self.mean) @ self.directions, style]) / self.scale


@dataclass(frozen=True, slots=True)
class Judge:
    """`cv_accuracy` is on prompts left out of the fit; None with fewer than two prompts."""

    space: Space
    weights: Floats
    fitted_on: str
    n: int
    cv_accuracy: float | None

    def scores(self, hidden: Floats, style: Floats) -> Floats:
        return self.space.of(hidden, style) @ self.weights


def compare(a: Floats, b: Floats) -> Floats:
    """1 where a scores higher, 0 where b does, a half where neither."""
    return np.where(np.abs(a - b) < _TIE, 0.5, (a > b).astype(float))


def fit_judge(groups: Sequence[Group], hidden: Floats, style: Floats, fitted_on: str) -> Judge:
    """`hidden` and `style` hold the groups' answers, in order."""
    starts = np.cumsum([0, *(len(group.answers) for group in groups)])[:-1]
    numbers = _numbers(group.prompt_ids for group in groups)
    pairs = [
        (start + pair.chosen, start + pair.rejected, pair.weight, number)
        for group, start, number in zip(groups, starts, numbers, strict=True)
        for pair in group.pairs
    ]
    chosen, rejected, owner = (np.asarray([p[i] for p in pairs], dtype=int) for i in (0, 1, 3))
    weight = np.asarray([p[2] for p in pairs])
    space = _space(hidden, style)
    features = space.of(hidden, style)
    weights, cv_accuracy = _fit_best(features[chosen] - features[rejected], weight, owner)
    return Judge(space, weights, fitted_on, len(pairs), cv_accuracy)


def fit_thumb_judge(
    thumbs: Sequence[Completion], hidden: Floats, style: Floats, fitted_on: str
) -> Judge:
    """`hidden` and `style` hold the thumbs' answers, in order; both kinds of thumb must be there.
    `cv_accuracy` of one who knows nothing is a half, however many more there are of one kind.
    """
    up = np.asarray([bool(thumb.label) for thumb in thumbs])
    owner = np.asarray(_numbers(thumb.prompt_ids for thumb in thumbs))
    weight = np.asarray([thumb.weight for thumb in thumbs])
    for kind in (up, ~up):
        weight[kind] *= weight.sum() / (2 * weight[kind].sum())
    space = _space(hidden, style)
    features = space.of(hidden, style)
    centred = np.hstack([features - features.mean(0), np.full((len(thumbs), 1), _CONSTANT)])
    signed = np.where(up, 1.0, -1.0)[:, None] * centred
    weights, cv_accuracy = _fit_best(signed, weight, owner)
    return Judge(space, weights[:-1], fitted_on, len(thumbs), cv_accuracy)


def _numbers(prompts: Iterable[tuple[int, ...]]) -> list[int]:
    """By what was asked, whoever asked it: a group is one person's."""
    numbers: dict[tuple[int, ...], int] = {}
    return [numbers.setdefault(prompt, len(numbers)) for prompt in prompts]


def _space(hidden: Floats, style: Floats) -> Space:
    mean = hidden.mean(0)
    _, _, rows = np.linalg.svd(hidden - mean, full_matrices=False)
    directions = rows[:_DIRECTIONS].T
    features = np.hstack([(hidden - mean) @ directions, style])
    # Features that never vary say nothing, and dividing by almost nothing would say much.
    deviation = features.std(0)
    scale = np.where(deviation > 1e-6, deviation, np.inf)
    scale[: directions.shape[1]] /= _DIRECTION_SIZE
    return Space(mean, directions, scale)


def _fit_best(
    differences: Floats, weight: Floats, owner: NDArray[np.int64]
) -> tuple[Floats, float | None]:
    """The weights by the ridge that predicts best, and the accuracy it does it with."""
    tried = [_cross_validate(differences, weight, owner, ridge) for ridge in _RIDGES]
    best = int(np.argmin([result.log_loss for result in tried]))
    return _fit(differences, weight, _RIDGES[best]), tried[best].accuracy


def _fit(differences: Floats, weight: Floats, ridge: float) -> Floats:
    """Newton's method on sum_i weight_i log(1 + exp(-w.d_i)) + ridge / 2 |w|^2."""
    w = np.zeros(differences.shape[1])
    for _ in range(_NEWTON_STEPS):
        p = 1 / (1 + np.exp(-np.clip(differences @ w, -30, 30)))
        gradient = differences.T @ (weight * (p - 1)) + ridge * w
        curvature = (differences * (weight * p * (1 - p))[:, None]).T @ differences
        step = np.linalg.solve(curvature + ridge * np.eye(len(w)), gradient)
        w = w - step
        if np.abs(step).max() < 1e-8:
            break
    return w


@dataclass(frozen=True, slots=True)
class _Tried:
    log_loss: float
    accuracy: float | None


def _cross_validate(
    differences: Floats, weight: Floats, owner: NDArray[np.int64], ridge: float
) -> _Tried:
    """How a ridge does on prompts left out of the fit, in turn."""
    prompts = np.unique(owner)
    folds = min(_FOLDS, len(prompts))
    if folds < 2:
        return _Tried(0.0, None)
    score = np.empty(len(differences))
    for fold in range(folds):
        out = np.isin(owner, prompts[fold::folds])
        score[out] = differences[out] @ _fit(differences[~out], weight[~out], ridge)
    loss = np.average(np.logaddexp(0, -score), weights=weight)
    right = np.where(score == 0, 0.5, score > 0)
    return _Tried(float(loss), float(np.average(right, weights=weight)))


@torch.no_grad()
def answer_features(
    backbone: Backbone,
    prompts: Sequence[Sequence[int]],
    answers: Sequence[Sequence[Sequence[int]]],
    texts: Sequence[str],
    micro_tokens: int,
    tick: Callable[[], None],
) -> tuple[Floats, Floats]:
    """Hidden and style features of all answers of all prompts, in order."""
    rows = [pack_answers(i, p, a) for i, (p, a) in enumerate(zip(prompts, answers, strict=True))]
    means: list[Floats] = [np.empty(0)] * len(rows)
    for part in micro_batches(range(len(rows)), rows, micro_tokens):
        tick()
        for index, value in zip(part, _mean_states(backbone, [rows[i] for i in part]), strict=True):
            means[index] = value
    return np.concatenate(means), np.asarray([style_of(text) for text in texts])


def _mean_states(backbone: Backbone, rows: Sequence[Row]) -> list[Floats]:
    """Per row [K, H]: mean state over the positions that predict an answer's tokens."""
    batch = backbone.collate(rows)
    with backbone.role(Role.BASE):
        hidden_BSH = backbone.hidden(batch.ids_BS, batch.positions_BS, batch.mask_BSS)
    states_NH = hidden_BSH.flatten(0, 1)[batch.predict_at_N].float()
    sums_AH = torch.zeros(batch.answers, states_NH.shape[1], device=states_NH.device)
    sums_AH.index_add_(0, batch.answer_N, states_NH)
    means = (sums_AH / batch.lengths_A[:, None]).cpu().double().numpy()
    return np.split(means, np.cumsum([len(row.answers) for row in rows])[:-1])
