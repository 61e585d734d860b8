"""Direct preference optimisation (Rafailov et al. 2023) of a fresh adapter on a frozen base.

Equation 7: L = -E log s(beta log[pi(y_w|x) / pi_ref(y_w|x)] - beta log[pi(y_l|x) / pi_ref(y_l|x)]),
here with a weight per pair and an optional likelihood term on the chosen answers. The reference's
log-probabilities are computed once and kept for all epochs. With `dpo.start = "champion"` the
adapter is no fresh one but starts as a copy of the reference's, as in the paper.

Shapes: N scored tokens, A answers, M pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from trainer import processes
from trainer.backbone import Backbone
from trainer.batches import micro_batches
from trainer.config import DpoConfig
from trainer.job import Job
from trainer.logprobs import batch_logprobs, sum_by_answer
from trainer.loop import Totals, sum_figures
from trainer.lora import Role
from trainer.losses import PairLogps, preference_loss, won
from trainer.rows import Batch, Row, pack_groups
from trainer.warm_start import copy_reference


@dataclass(frozen=True, slots=True)
class PairScores:
    """What the policy makes of M pairs. `margin_M` is beta h, the implicit reward margin."""

    loss_M: torch.Tensor
    margin_M: torch.Tensor
    chosen_logp_M: torch.Tensor
    rejected_logp_M: torch.Tensor
    kl: torch.Tensor


def score_pairs(
    logps_N: torch.Tensor, reference_N: torch.Tensor, batch: Batch, config: DpoConfig
) -> PairScores:
    """The losses of a batch's pairs from its answers' log-probabilities under both policies.

    kl estimates KL(reference || policy) per token, exp(d) - 1 - d with d = log pi - log pi_ref,
    as far as the answers are the reference's own samples.
    """
    w_M, l_M = batch.chosen_M, batch.rejected_M
    logps_A = sum_by_answer(logps_N, batch)
    ratios_A = sum_by_answer(logps_N - reference_N, batch)
    pairs = PairLogps(
        ratios_A[w_M], ratios_A[l_M], batch.lengths_A[w_M].float(), batch.lengths_A[l_M].float()
    )
    loss_M = preference_loss(pairs, config)
    if config.nll_weight:
        loss_M = loss_M - config.nll_weight * logps_A[w_M] / pairs.chosen_tokens_M
    with torch.no_grad():
        d_N = (logps_N - reference_N).clamp(-20, 20)
        kl = (d_N.exp() - 1 - d_N).mean()
    return PairScores(
        loss_M,
        (config.beta * pairs.h_M).detach(),
        logps_A[w_M].detach(),
        logps_A[l_M].detach(),
        kl,
    )


def train(job: Job) -> None:
    """Raises BadConfig when there is no pair to learn from."""
    job.data.train.require_pairs(job.config.data.path, job.backbone.max_length)
    rows = pack_groups(job.data.train.groups, job.backbone.max_length)
    reference = job.reference(rows)
    config = job.config.dpo
    if config.start == "champion":
        copy_reference(job.backbone, job.config.lora, job.config.run.seed)
    job.fit(
        DpoObjective(job.backbone, rows, reference, config, job.config.run.micro_tokens), config
    )


class DpoObjective:
    def __init__(
        self,
        backbone: Backbone,
        rows: Sequence[Row],
        reference: Sequence[torch.Tensor],
        config: DpoConfig,
        micro_tokens: int,
    ) -> None:
        """`reference`: the reference's log-probabilities of every row's answer tokens."""
        self.backbone = backbone
        self.rows = rows
        self.reference = reference
        self.config = config
        self.micro_tokens = micro_tokens
        self.parameters = backbone.parameters(Role.POLICY)

    def accumulate(self, indices: Sequence[int]) -> Totals:
        weight = sum(sum(self.rows[i].weights) for i in indices)
        figures: list[dict[str, torch.Tensor]] = []
        tokens = 0
        own = micro_batches(processes.mine(indices), self.rows, self.micro_tokens)
        for part in self.backbone.level(own, spare=indices[:1]):
            rows = [self.rows[i] for i in part.indices]
            batch = self.backbone.collate(rows, part.share)
            reference_N = torch.cat([self.reference[i] for i in part.indices])
            with self.backbone.role(Role.POLICY):
                logps_N = batch_logprobs(self.backbone, batch)
            scores = score_pairs(logps_N, reference_N, batch, self.config)
            w_M = batch.weights_M / weight
            loss = (w_M * scores.loss_M).sum()
            loss.backward()
            figures.append(
                {
                    "loss": loss,
                    "accuracy": (w_M * won(scores.margin_M)).sum(),
                    "margin": (w_M * scores.margin_M).sum(),
                    "chosen_logp": (w_M * scores.chosen_logp_M).sum(),
                    "rejected_logp": (w_M * scores.rejected_logp_M).sum(),
                    "kl": scores.kl * w_M.sum(),
                }
            )
            tokens += batch.tokens
        return Totals(sum_figures(figures), tokens)

    def state(self) -> dict[str, torch.Tensor]:
        return {"reference_N": torch.cat(list(self.reference))}
