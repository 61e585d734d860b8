"""Preference losses, each on summed log-probabilities: one number per pair, or per judged answer.

Letters, for a prompt x with chosen y_w and rejected y_l:
    h = [log pi(y_w|x) - log pi_ref(y_w|x)] - [log pi(y_l|x) - log pi_ref(y_l|x)]
    s = the logistic function, beta = weight of the reference, e = label_smoothing

sigmoid       L = -(1 - e) log s(beta h) - e log s(-beta h)
              e = 0: Rafailov et al. 2023, equation 7; e > 0: conservative DPO (Mitchell 2023)
robust        L = [-(1 - e) log s(beta h) + e log s(-beta h)] / (1 - 2e)
              Chowdhury et al. 2024, equation 12: unbiased where a share e of the votes is flipped
ipo           L = (h' - 1 / (2 beta))^2, h' as h but of means per token
              Azar et al. 2023, equation 17, with its authors' per-token means

For an answer y alone, with r = log pi(y|x) - log pi_ref(y|x) and a distance z0 >= 0 that is not
learned from (see trainer/kto.py):

kto           L = 1 - s(beta (r - z0)) where it was liked, 1 - s(beta (z0 - r)) where it was not
              Ethayarajh et al. 2024, equation 8, before the weights of the two
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn.functional import logsigmoid

from trainer.config import DpoConfig


@dataclass(frozen=True, slots=True)
class PairLogps:
    """Log-ratios log pi - log pi_ref of M pairs, summed over an answer's tokens, and lengths."""

    chosen_M: torch.Tensor
    rejected_M: torch.Tensor
    chosen_tokens_M: torch.Tensor
    rejected_tokens_M: torch.Tensor

    @property
    def h_M(self) -> torch.Tensor:
        return self.chosen_M - self.rejected_M


def sigmoid_loss(pairs: PairLogps, beta: float, e: float) -> torch.Tensor:
    h = pairs.h_M
    return -(1 - e) * logsigmoid(beta * h) - e * logsigmoid(-beta * h)


def robust_loss(pairs: PairLogps, beta: float, e: float) -> torch.Tensor:
    h = pairs.h_M
    return (-(1 - e) * logsigmoid(beta * h) + e * logsigmoid(-beta * h)) / (1 - 2 * e)


def ipo_loss(pairs: PairLogps, beta: float, e: float) -> torch.Tensor:
    """Has no e: the configuration refuses one."""
    chosen = pairs.chosen_M / pairs.chosen_tokens_M
    rejected = pairs.rejected_M / pairs.rejected_tokens_M
    return (chosen - rejected - 1 / (2 * beta)) ** 2


Loss = Callable[[PairLogps, float, float], torch.Tensor]

LOSSES: dict[str, Loss] = {"sigmoid": sigmoid_loss, "robust": robust_loss, "ipo": ipo_loss}


def kto_loss(
    ratio_B: torch.Tensor, up_B: torch.Tensor, z0: torch.Tensor, beta: float
) -> torch.Tensor:
    """[B], before weights; `ratio_B` is r, `up_B` says which were liked."""
    return torch.sigmoid(beta * torch.where(up_B, z0 - ratio_B, ratio_B - z0))


def preference_loss(pairs: PairLogps, config: DpoConfig) -> torch.Tensor:
    """[M], before weights."""
    return LOSSES[config.loss](pairs, config.beta, config.label_smoothing)


def won(margins: torch.Tensor) -> torch.Tensor:
    """Of the same shape: 1 where the better answer is ahead, a half where neither is."""
    return (margins > 0).float() + 0.5 * (margins == 0).float()
