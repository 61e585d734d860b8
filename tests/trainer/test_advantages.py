"""Rewards, advantages and whitening by hand, and against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from trainer.advantages import (
    distance,
    estimate_advantages,
    explained_variance,
    lay_out,
    limit_scores,
    token_rewards,
    whiten,
)

CPU = torch.device("cpu")


def test_scores_are_limited_and_an_answer_without_an_end_has_its_own() -> None:
    scores = torch.tensor([9.0, -7.0, 0.5, 4.0])
    ended = torch.tensor([True, True, True, False])
    assert limit_scores(scores, ended, 5.0, -1.0).tolist() == [5.0, -5.0, 0.5, -1.0]


def test_the_score_stands_at_the_last_token_and_the_distance_at_every_one() -> None:
    """End at the first token, in the middle, and at the full length."""
    layout = lay_out([1, 2, 3], CPU)
    logps = layout.pad(torch.tensor([-1.0, -2.0, -3.0, -1.0, -1.0, -4.0]))
    reference = layout.pad(torch.tensor([-3.0, -2.0, -2.0, -1.5, -1.0, -4.0]))
    rewards = token_rewards(torch.tensor([10.0, 20.0, 30.0]), logps, reference, layout.mask_AT, 0.1)
    expected = [[9.8, 0, 0], [0.0, 20.1, 0], [-0.05, 0, 30.0]]
    torch.testing.assert_close(rewards, torch.tensor(expected))


def test_advantages_by_hand() -> None:
    """lambda .95, gamma 1; worked backwards with V_T = 0:
    one token     A = 1 - .25
    three tokens  A_2 = 1 - .3; A_1 = .2 + .3 - .4 + .95 A_2; A_0 = .1 + .4 - .5 + .95 A_1
    two tokens    A_1 = -1 + .5; A_0 = 0 - .5 - .2 + .95 A_1
    """
    layout = lay_out([1, 3, 2], CPU)
    rewards = layout.pad(torch.tensor([1.0, 0.1, 0.2, 1.0, 0.0, -1.0]))
    values = layout.pad(torch.tensor([0.25, 0.5, 0.4, 0.3, 0.2, -0.5]))
    advantages = estimate_advantages(rewards, values, layout.mask_AT, 1.0, 0.95)
    expected = [[0.75, 0, 0], [0.72675, 0.765, 0.7], [-1.175, -0.5, 0]]
    torch.testing.assert_close(advantages, torch.tensor(expected))


@pytest.mark.parametrize(("gamma", "lam"), [(1.0, 0.95), (0.9, 0.5), (1.0, 1.0), (0.97, 0.0)])
def test_advantages_are_those_of_each_answer_alone(gamma: float, lam: float) -> None:
    """The definition, A_t = sum over k of (gamma lambda)^k delta_{t+k}, answer by answer."""
    draw = np.random.default_rng(0)
    lengths = [4, 1, 7, 2]
    rewards = [draw.normal(size=n) for n in lengths]
    values = [draw.normal(size=n) for n in lengths]
    expected = []
    for r, v in zip(rewards, values, strict=True):
        later = np.append(v[1:], 0.0)
        delta = r + gamma * later - v
        expected += [
            sum((gamma * lam) ** k * delta[t + k] for k in range(len(r) - t)) for t in range(len(r))
        ]
    layout = lay_out(lengths, CPU)
    found = estimate_advantages(
        layout.pad(torch.tensor(np.concatenate(rewards))),
        layout.pad(torch.tensor(np.concatenate(values))),
        layout.mask_AT,
        gamma,
        lam,
    )
    np.testing.assert_allclose(layout.flatten(found).numpy(), expected, atol=1e-12)
    assert (found[~layout.mask_AT] == 0).all()


def test_with_lambda_one_the_advantage_is_the_return_less_the_value() -> None:
    layout = lay_out([3], CPU)
    rewards, values = torch.tensor([[0.5, -1.0, 2.0]]), torch.tensor([[0.3, 0.2, 0.1]])
    found = estimate_advantages(rewards, values, layout.mask_AT, 1.0, 1.0)
    torch.testing.assert_close(found + values, torch.tensor([[1.5, 1.0, 2.0]]))


def test_whitening_sees_real_tokens_only() -> None:
    """1, 2, 3 have mean 2 and variance 2/3; the padding's 100 does not count."""
    mask = torch.tensor([[True, True], [True, False]])
    found = whiten(torch.tensor([[1.0, 2.0], [3.0, 100.0]]), mask)
    torch.testing.assert_close(found, torch.tensor([[-1.2247449, 0.0], [1.2247449, 0.0]]))


def test_whitening_of_one_value_is_nothing() -> None:
    assert whiten(torch.full((2, 3), 7.0), torch.ones(2, 3, dtype=torch.bool)).abs().max() == 0


def test_padding_comes_off_again() -> None:
    values = torch.arange(6.0)
    layout = lay_out([2, 1, 3], CPU)
    assert layout.pad(values).tolist() == [[0, 1, 0], [2, 0, 0], [3, 4, 5]]
    assert torch.equal(layout.flatten(layout.pad(values)), values)


def test_distance_is_k3_and_its_mean_the_divergence() -> None:
    """On every outcome of two small distributions, weighted by the first: KL exactly."""
    p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.2, 0.3, 0.5])
    terms = distance(p.log(), q.log())
    assert terms[1] == 0
    assert terms[0] == pytest.approx(0.4 - 1 - np.log(0.4), abs=1e-6)
    assert (p * terms).sum() == pytest.approx((p * (p / q).log()).sum().item(), abs=1e-6)


def test_explained_variance() -> None:
    returns = torch.tensor([1.0, 2.0, 3.0])
    assert explained_variance(returns, returns) == 1
    assert explained_variance(torch.zeros(3), returns) == pytest.approx(0)
    assert explained_variance(-returns, returns) == pytest.approx(-3)
