"""The two clipped losses of PPO, a number per token. Letters as in trainer/ppo.py."""

from __future__ import annotations

from dataclasses import dataclass

import torch

_LOG_RATIO = 20.0
"""Nats beyond which a ratio would only overflow."""


@dataclass(frozen=True, slots=True)
class Surrogate:
    """`clipped_N`: 1 where the gradient is cut off because the ratio went far enough."""

    loss_N: torch.Tensor
    clipped_N: torch.Tensor


def policy_loss(
    logps_N: torch.Tensor, old_N: torch.Tensor, advantages_N: torch.Tensor, clip: float
) -> Surrogate:
    """max(-A rho, -A clip(rho, 1 - eps, 1 + eps)), Schulman et al. 2017, equation 7."""
    rho_N = (logps_N - old_N).clamp(-_LOG_RATIO, _LOG_RATIO).exp()
    free_N = -advantages_N * rho_N
    held_N = -advantages_N * rho_N.clamp(1 - clip, 1 + clip)
    return Surrogate(torch.maximum(free_N, held_N), (held_N > free_N).float().detach())


def value_loss(
    values_N: torch.Tensor, old_N: torch.Tensor, returns_N: torch.Tensor, clip: float
) -> torch.Tensor:
    """max((V - R)^2, (clip(V, V_old - eps_v, V_old + eps_v) - R)^2) / 2."""
    held_N = old_N + (values_N - old_N).clamp(-clip, clip)
    return 0.5 * torch.maximum((values_N - returns_N).square(), (held_N - returns_N).square())
