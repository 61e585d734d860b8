"""Logistic regression with a ridge, and how sure its coefficients are when a person's votes hang
together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.int64]

NEWTON_STEPS: Final = 50
CONVERGED: Final = 1e-9
"""Largest change of a coefficient that is none."""
STEEPEST: Final = 30.0
"""Log-odds beyond which a chance is 0 or 1."""


@dataclass(frozen=True, slots=True)
class Fit:
    """`estimate` [F] in log-odds, `covariance` [F, F]."""

    estimate: Floats
    covariance: Floats


def sigmoid(log_odds: Floats) -> Floats:
    result: Floats = 1 / (1 + np.exp(-np.clip(log_odds, -STEEPEST, STEEPEST)))
    return result


def fit_logistic(x: Floats, y: Floats, weight: Floats, ridge: float) -> Floats:
    """The w [F] that minimises sum_i weight_i cross-entropy(y_i, s(w.x_i)) + ridge / 2 |w|^2 for
    x [N, F] and y [N] in [0, 1]. Newton's method with halved steps; with ridge > 0 there is exactly
    one, also where y is separated or there are no votes.
    """
    w: Floats = np.zeros(x.shape[1])
    loss = _loss(w, x, y, weight, ridge)
    for _ in range(NEWTON_STEPS):
        gradient = x.T @ (weight * (sigmoid(x @ w) - y)) + ridge * w
        step: Floats = np.linalg.solve(_curvature(w, x, weight, ridge), gradient)
        w, loss, moved = _descend(w, step, loss, (x, y, weight, ridge))
        if moved < CONVERGED:
            break
    return w


def fit_with_covariance(
    x: Floats, y: Floats, weight: Floats, person: Integers, ridge: float
) -> Fit:
    """`fit_logistic` with the covariance A^-1 B A^-1 G / (G - 1): A the curvature, B the sum over
    the G people of the outer product of each one's score (Liang and Zeger 1986; Cameron and Miller
    2015, eq. 11 and 12).

    With few people, or votes that are all alike, that is too small; so a coefficient's variance is
    never below A^-1's, what independent votes and the ridge as a normal prior give (the larger of
    both, as Angrist and Pischke 2009, section 8.2, advise).
    """
    w = fit_logistic(x, y, weight, ridge)
    bread: Floats = np.linalg.inv(_curvature(w, x, weight, ridge))
    groups = int(person.max()) + 1 if len(person) else 0
    if groups < 2:
        return Fit(w, bread)
    scores = np.zeros((groups, x.shape[1]))
    np.add.at(scores, person, x * (weight * (y - sigmoid(x @ w)))[:, None])
    robust: Floats = bread @ (scores.T @ scores) @ bread * groups / (groups - 1)
    return Fit(w, _larger(robust, bread))


def _larger(robust: Floats, plain: Floats) -> Floats:
    """`robust`, with what a variance lacks of `plain`'s added to it."""
    lacking = np.maximum(0.0, np.diag(plain) - np.diag(robust))
    result: Floats = robust + np.diag(lacking)
    return result


def _curvature(w: Floats, x: Floats, weight: Floats, ridge: float) -> Floats:
    p = sigmoid(x @ w)
    result: Floats = (x * (weight * p * (1 - p))[:, None]).T @ x + ridge * np.eye(len(w))
    return result


def _loss(w: Floats, x: Floats, y: Floats, weight: Floats, ridge: float) -> float:
    odds = x @ w
    return float(weight @ (np.logaddexp(0, odds) - y * odds) + ridge / 2 * w @ w)


def _descend(
    w: Floats, step: Floats, loss: float, problem: tuple[Floats, Floats, Floats, float]
) -> tuple[Floats, float, float]:
    """The new w, its loss and the largest change: the whole step, or the largest half of it that
    does not make the loss worse.
    """
    for size in 0.5 ** np.arange(30):
        tried = w - size * step
        reached = _loss(tried, *problem)
        if reached <= loss:
            return tried, reached, float(np.abs(size * step).max(initial=0.0))
    return w, loss, 0.0
