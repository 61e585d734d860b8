"""The judge learns a planted taste, and says so honestly when there is none to learn."""

from __future__ import annotations

import numpy as np
import pytest

from trainer.data import Answer, Group, Pair
from trainer.intervals import share
from trainer.judge import Floats, compare, fit_judge
from trainer.style import STYLE_FEATURES, style_of


def make_votes(count: int, seed: int, taste: float) -> tuple[list[Group], Floats, Floats]:
    """Answers with 12 noisy hidden features and one style feature; votes follow the fourth hidden
    one, as strongly as `taste` says.
    """
    draw = np.random.default_rng(seed)
    hidden, style = draw.normal(size=(2 * count, 12)), draw.normal(size=(2 * count, 1))
    utility = taste * hidden[:, 3] + draw.logistic(size=2 * count) / 2
    groups = []
    for number in range(count):
        first = utility[2 * number] > utility[2 * number + 1]
        pair = Pair(0, 1, 1.0) if first else Pair(1, 0, 1.0)
        answers = [Answer((1,), "a"), Answer((2,), "b")]
        groups.append(Group(str(number), [], (0,), answers, [pair]))
    return groups, hidden, style


def test_learns_a_planted_taste() -> None:
    judge = fit_judge(*make_votes(200, seed=0, taste=3.0), fitted_on="all")
    groups, hidden, style = make_votes(300, seed=1, taste=3.0)
    scores = judge.scores(hidden, style).reshape(-1, 2)
    right = [
        (s[g.pairs[0].chosen] > s[g.pairs[0].rejected]) for g, s in zip(groups, scores, strict=True)
    ]
    assert np.mean(right) > 0.85
    assert judge.cv_accuracy == pytest.approx(np.mean(right), abs=0.08)
    assert (judge.n, judge.fitted_on) == (200, "all")


def test_random_votes_are_not_predicted() -> None:
    judge = fit_judge(*make_votes(200, seed=2, taste=0.0), fitted_on="heldout")
    assert judge.cv_accuracy is not None
    assert 0.4 < judge.cv_accuracy < 0.6


def test_one_prompt_cannot_be_cross_validated() -> None:
    assert fit_judge(*make_votes(1, seed=0, taste=1.0), fitted_on="all").cv_accuracy is None


def test_both_orders_agree_and_equals_tie() -> None:
    a, b = np.array([0.2, 1.0, 0.5]), np.array([0.1, 2.0, 0.5])
    assert compare(a, b).tolist() == [1.0, 0.0, 0.5]
    assert (compare(a, b) + compare(b, a)).tolist() == [1.0, 1.0, 1.0]


def test_style_sees_layout_and_manners() -> None:
    def seen(text: str) -> dict[str, float]:
        return dict(zip(STYLE_FEATURES, style_of(text), strict=True))

    assert seen("")["empty"] == 1
    assert seen('{"a": 1}')["json"] == 1
    assert seen("- a\n- b\n")["log_bullets"] == pytest.approx(np.log(3))
    assert seen("Thank you, could you say more?")["courtesy"] > 0
    assert seen("Thank you, could you say more?")["question"] == 1
    assert seen("12 words")["json"] == 0


def test_wilson_interval() -> None:
    found = share(8, 10)
    assert found.value == 0.8
    assert (found.low, found.high) == (
        pytest.approx(0.4902, abs=1e-4),
        pytest.approx(0.9433, abs=1e-4),
    )
    assert share(0, 0).value is None
    assert share(5, 5).high == 1.0
