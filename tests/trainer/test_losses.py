"""Each loss against numbers worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from trainer.config import DpoConfig
from trainer.losses import PairLogps, preference_loss

# log pi - log pi_ref: chosen 1.5, rejected -0.5, so h = 2; 3 and 2 tokens.
PAIRS = PairLogps(
    torch.tensor([1.5]), torch.tensor([-0.5]), torch.tensor([3.0]), torch.tensor([2.0])
)
LOG_S_UP = math.log(1 / (1 + math.exp(-0.2)))  # beta h = 0.2
LOG_S_DOWN = math.log(1 / (1 + math.exp(0.2)))


@pytest.mark.parametrize(
    ("loss", "smoothing", "expected"),
    [
        ("sigmoid", 0.0, -LOG_S_UP),
        ("sigmoid", 0.1, -0.9 * LOG_S_UP - 0.1 * LOG_S_DOWN),
        ("robust", 0.0, -LOG_S_UP),
        ("robust", 0.1, (-0.9 * LOG_S_UP + 0.1 * LOG_S_DOWN) / 0.8),
        # h' = 1.5 / 3 + 0.5 / 2 = 0.75, target 1 / (2 beta) = 5.
        ("ipo", 0.0, (0.75 - 5.0) ** 2),
    ],
)
def test_loss_by_hand(loss: str, smoothing: float, expected: float) -> None:
    config = replace(DpoConfig(), loss=loss, label_smoothing=smoothing, beta=0.1)
    assert preference_loss(PAIRS, config).item() == pytest.approx(expected, abs=1e-6)


def test_robust_loss_is_unbiased_under_flips() -> None:
    """Averaged over votes of which a share e is flipped, it is the loss of the true votes."""
    e = 0.2
    flipped = PairLogps(
        PAIRS.rejected_M, PAIRS.chosen_M, PAIRS.rejected_tokens_M, PAIRS.chosen_tokens_M
    )
    robust = replace(DpoConfig(), loss="robust", label_smoothing=e)
    mean = (1 - e) * preference_loss(PAIRS, robust) + e * preference_loss(flipped, robust)
    assert mean.item() == pytest.approx(preference_loss(PAIRS, DpoConfig()).item(), abs=1e-6)
