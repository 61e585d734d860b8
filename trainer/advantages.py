"""From scores to advantages, on answers padded to one length. Pure functions that know no model.

Letters, for an answer y_0 ... y_{T-1} to a prompt x; s_t = x, y_0 ... y_{t-1} is what the policy
has read when it chooses y_t:
    V_t = V(s_t), read where y_t is predicted from, so it knows nothing of y_t; V_T = 0, since
          nothing follows the last token
    r_t = -beta (log pi(y_t|s_t) - log pi_ref(y_t|s_t)), and the score beside it at t = T-1
    delta_t = r_t + gamma V_{t+1} - V_t
    A_t = delta_t + gamma lambda A_{t+1}        Schulman et al. 2016, equation 16
    R_t = A_t + V_t

Shapes: A answers, T padded length, N tokens of all answers, one answer after another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn.utils.rnn import pad_sequence

_EPSILON = 1e-8
_LOG_RATIO = 20.0
"""Nats beyond which a token's log-ratio is not believed."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How N tokens lie in A answers. `mask_AT` is true at real tokens."""

    lengths: list[int]
    mask_AT: torch.Tensor

    def pad(self, values_N: torch.Tensor) -> torch.Tensor:
        """[A, T], 0 where there is no token."""
        return pad_sequence(list(values_N.split(self.lengths)), batch_first=True)

    def flatten(self, values_AT: torch.Tensor) -> torch.Tensor:
        """[N]: what `pad` was given."""
        return values_AT[self.mask_AT]


def lay_out(lengths: Sequence[int], device: torch.device) -> Layout:
    """`lengths`: tokens of each answer, at least one."""
    lengths_A1 = torch.tensor(lengths, device=device)[:, None]
    mask_AT = torch.arange(max(lengths), device=device) < lengths_A1
    return Layout(list(lengths), mask_AT)


def limit_scores(
    scores_A: torch.Tensor, ended_A: torch.Tensor, clip: float, no_eos_score: float
) -> torch.Tensor:
    """Within +-clip; an answer that was cut off gets `no_eos_score` whatever it says."""
    return torch.where(ended_A, scores_A.clamp(-clip, clip), no_eos_score)


def token_rewards(
    scores_A: torch.Tensor,
    logps_AT: torch.Tensor,
    reference_AT: torch.Tensor,
    mask_AT: torch.Tensor,
    beta: float,
) -> torch.Tensor:
    """r [A, T]: the estimator k1 of the distance at every token, the score at the last real one."""
    rewards_AT = -beta * (logps_AT - reference_AT) * mask_AT
    last_A1 = mask_AT.sum(1, keepdim=True) - 1
    return rewards_AT.scatter_add(1, last_A1, scores_A[:, None].to(rewards_AT.dtype))


def estimate_advantages(
    rewards_AT: torch.Tensor,
    values_AT: torch.Tensor,
    mask_AT: torch.Tensor,
    gamma: float,
    lam: float,
) -> torch.Tensor:
    """A [A, T] by generalised advantage estimation, 0 where there is no token."""
    values_AT = values_AT * mask_AT
    advantages_AT = torch.zeros_like(values_AT)
    next_value_A = next_advantage_A = torch.zeros_like(values_AT[:, 0])
    for t in reversed(range(values_AT.shape[1])):
        delta_A = rewards_AT[:, t] + gamma * next_value_A - values_AT[:, t]
        next_advantage_A = (delta_A + gamma * lam * next_advantage_A) * mask_AT[:, t]
        next_value_A = values_AT[:, t]
        advantages_AT[:, t] = next_advantage_A
    return advantages_AT


def whiten(values_AT: torch.Tensor, mask_AT: torch.Tensor) -> torch.Tensor:
    """Mean 0 and variance 1 over the real tokens of the whole batch, 0 elsewhere."""
    count = mask_AT.sum()
    mean = (values_AT * mask_AT).sum() / count
    centred_AT = (values_AT - mean) * mask_AT
    variance = centred_AT.square().sum() / count
    return centred_AT * torch.rsqrt(variance + _EPSILON)


def distance(logps_N: torch.Tensor, others_N: torch.Tensor) -> torch.Tensor:
    """[N]: the estimator k3 of KL(pi || other) at tokens that pi sampled; never negative."""
    d_N = (others_N - logps_N).clamp(-_LOG_RATIO, _LOG_RATIO)
    return d_N.exp() - 1 - d_N


def explained_variance(values_N: torch.Tensor, returns_N: torch.Tensor) -> torch.Tensor:
    """1 where the values are the returns, 0 where they are as good as a constant."""
    rest = (returns_N - values_N).var(correction=0)
    return 1 - rest / returns_N.var(correction=0).clamp(min=_EPSILON)
