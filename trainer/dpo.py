"""Direct preference optimisation (Rafailov et al. 2023) of a fresh adapter on a frozen base.

Equation 7: L = -E log s(beta log[pi(y_w|x) / pi_ref(y_w|x)] - beta log[pi(y_l|x) / pi_ref(y_l|x)]),
here with a weight per pair and an optional likelihood term on the chosen answers. The reference's
log-probabilities are computed once and kept for all epochs.

Shapes: N scored tokens, A answers, M pairs.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from core.errors import OutOfBudget, RunCancelled
from trainer.backbone import Backbone
from trainer.batches import micro_batches, plan_steps
from trainer.checkpoint import Checkpoint, Checkpoints
from trainer.config import DpoConfig
from trainer.errors import Diverged
from trainer.guard import Guard
from trainer.logprobs import batch_logprobs, sum_by_answer
from trainer.lora import Role
from trainer.losses import PairLogps, preference_loss
from trainer.monitor import Monitor, StepMetrics
from trainer.rows import Batch, Row, collate

_ADAM_BETAS = (0.9, 0.95)
_FINAL_LR = 0.1
_START_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class Trained:
    steps: int
    tokens: int
    seconds: float


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


@torch.no_grad()
def row_logprobs(
    backbone: Backbone,
    role: Role,
    rows: Sequence[Row],
    micro_tokens: int,
    report: Callable[[float], None],
) -> list[torch.Tensor]:
    """Answer-token log-probabilities of every row, in the rows' order. `report` hears the share."""
    out: list[torch.Tensor] = [torch.empty(0)] * len(rows)
    done = 0
    for part in micro_batches(range(len(rows)), rows, micro_tokens):
        batch = collate([rows[i] for i in part], backbone.dtype, backbone.device)
        with backbone.role(role):
            logps_N = batch_logprobs(backbone, batch)
        sizes = [len(rows[i].targets) for i in part]
        for index, logps in zip(part, torch.split(logps_N, sizes), strict=True):
            out[index] = logps
        done += len(part)
        report(done / len(rows))
    return out


@torch.no_grad()
def check_start(backbone: Backbone, rows: Sequence[Row]) -> None:
    """A fresh policy is the bare base. Raises Diverged when it is not: the roles are mixed up."""
    batch = collate(rows, backbone.dtype, backbone.device)
    with backbone.role(Role.BASE):
        base_N = batch_logprobs(backbone, batch)
    with backbone.role(Role.POLICY):
        policy_N = batch_logprobs(backbone, batch)
    gap = (sum_by_answer(policy_N, batch) - sum_by_answer(base_N, batch)).abs().max().item()
    if not gap < _START_TOLERANCE:
        raise Diverged(f"the untrained policy differs from its base by {gap:.2g} nats an answer")


class DpoTrainer:
    def __init__(
        self,
        backbone: Backbone,
        rows: Sequence[Row],
        reference: Sequence[torch.Tensor],
        config: DpoConfig,
        seed: int,
    ) -> None:
        self.backbone = backbone
        self.rows = rows
        self.reference = reference
        self.config = config
        self.plan = plan_steps(rows, config.batch_pairs, config.epochs, config.steps, seed)
        self.parameters = backbone.policy_parameters()
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=config.learning_rate, betas=_ADAM_BETAS, weight_decay=0.0
        )
        self.next_step = 0
        self.tokens = 0
        self.seconds = 0.0

    def train(
        self, guard: Guard, monitor: Monitor, checkpoints: Checkpoints, checkpoint_every_s: float
    ) -> Trained:
        """Runs the steps that are left. Saves before it raises RunCancelled or OutOfBudget."""
        saved = time.monotonic()
        while self.next_step < len(self.plan):
            try:
                guard.check()
            except (RunCancelled, OutOfBudget):
                checkpoints.save(self.snapshot(checkpoints.fits))
                raise
            monitor.step(self.step())
            if time.monotonic() - saved > checkpoint_every_s:
                checkpoints.save(self.snapshot(checkpoints.fits))
                saved = time.monotonic()
        checkpoints.save(self.snapshot(checkpoints.fits))
        return Trained(len(self.plan), self.tokens, self.seconds)

    def step(self) -> StepMetrics:
        """One optimiser step. Raises Diverged when loss or gradient are not finite."""
        began = time.monotonic()
        indices = self.plan[self.next_step]
        rate = self._learning_rate()
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        totals, tokens = self._accumulate(indices)
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, self.config.max_grad_norm).item()
        if not (math.isfinite(totals["loss"]) and math.isfinite(norm)):
            raise Diverged(
                f"step {self.next_step + 1}: loss {totals['loss']}, gradient norm {norm}; "
                "lower dpo.learning_rate"
            )
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.next_step += 1
        self.tokens += tokens
        took = time.monotonic() - began
        self.seconds += took
        left = (len(self.plan) - self.next_step) * self.seconds / self.next_step
        return StepMetrics(
            step=self.next_step,
            steps=len(self.plan),
            lr=rate,
            grad_norm=norm,
            tokens_per_s=tokens / took,
            eta_s=left,
            loss=totals["loss"],
            accuracy=totals["accuracy"],
            margin=totals["margin"],
            chosen_logp=totals["chosen_logp"],
            rejected_logp=totals["rejected_logp"],
            kl=totals["kl"],
        )

    def _accumulate(self, indices: Sequence[int]) -> tuple[dict[str, float], int]:
        """Gradients of the weighted mean loss over all pairs of these rows, and its figures."""
        weight = sum(sum(self.rows[i].weights) for i in indices)
        figures: list[torch.Tensor] = []
        tokens = 0
        for part in micro_batches(indices, self.rows, self.config.micro_tokens):
            batch = collate([self.rows[i] for i in part], self.backbone.dtype, self.backbone.device)
            reference_N = torch.cat([self.reference[i] for i in part])
            with self.backbone.role(Role.POLICY):
                logps_N = batch_logprobs(self.backbone, batch)
            scores = score_pairs(logps_N, reference_N, batch, self.config)
            weights_M = batch.weights_M / weight
            loss = (weights_M * scores.loss_M).sum()
            loss.backward()
            share = weights_M.sum()
            figures.append(
                torch.stack(
                    [
                        loss.detach(),
                        (weights_M * _won(scores.margin_M)).sum(),
                        (weights_M * scores.margin_M).sum(),
                        (weights_M * scores.chosen_logp_M).sum(),
                        (weights_M * scores.rejected_logp_M).sum(),
                        scores.kl * share,
                    ]
                )
            )
            tokens += batch.tokens
        names = ("loss", "accuracy", "margin", "chosen_logp", "rejected_logp", "kl")
        values = torch.stack(figures).sum(0).tolist()
        return dict(zip(names, values, strict=True)), tokens

    def _learning_rate(self) -> float:
        """Linear warm-up, then linearly down to a tenth."""
        peak, warmup = self.config.learning_rate, self.config.warmup_steps
        if self.next_step < warmup:
            return peak * (self.next_step + 1) / warmup
        done = (self.next_step - warmup) / max(1, len(self.plan) - warmup)
        return peak * (1 - (1 - _FINAL_LR) * done)

    def snapshot(self, fits: str) -> Checkpoint:
        return Checkpoint(
            step=self.next_step,
            fits=fits,
            tokens=self.tokens,
            seconds=self.seconds,
            policy=[p.detach().clone() for p in self.parameters],
            optimizer=self.optimizer.state_dict(),
            random=torch.get_rng_state(),
            reference_N=torch.cat(list(self.reference)),
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        with torch.no_grad():
            for parameter, saved in zip(self.parameters, checkpoint.policy, strict=True):
                parameter.copy_(saved)
        self.optimizer.load_state_dict(checkpoint.optimizer)
        torch.set_rng_state(checkpoint.random)
        self.next_step = checkpoint.step
        self.tokens, self.seconds = checkpoint.tokens, checkpoint.seconds


def _won(margin_M: torch.Tensor) -> torch.Tensor:
    """1 where the chosen answer has the higher implicit reward, a half where neither has."""
    return (margin_M > 0).float() + 0.5 * (margin_M == 0).float()
