"""The optimisation that every method shares: steps over rows, AdamW, checkpoints, figures.

A method is an `Objective`: rows, and how some of them become gradients. The loop knows no loss.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from core.errors import OutOfBudget, RunCancelled
from trainer import processes
from trainer.batches import plan_steps
from trainer.checkpoint import Checkpoint, Checkpoints
from trainer.config import StepsConfig
from trainer.errors import Diverged
from trainer.guard import Guard
from trainer.monitor import Monitor, StepMetrics
from trainer.rows import Row

_ADAM_BETAS = (0.9, 0.95)
_FINAL_RATE = 0.1


@dataclass(frozen=True, slots=True)
class Totals:
    """What one step's rows came to. `figures` holds `loss` and the method's own figures."""

    figures: dict[str, float]
    tokens: int


class Objective(Protocol):
    """What a method minimises, on rows of its own."""

    @property
    def rows(self) -> Sequence[Row]: ...

    @property
    def parameters(self) -> Sequence[torch.Tensor]:
        """What is trained. Always the same tensors in the same order."""

    def accumulate(self, indices: Sequence[int]) -> Totals:
        """Adds this process's share of the gradient of the mean loss of these rows, in parts that
        fit in memory. Figures are shares too.
        """

    def state(self) -> Mapping[str, torch.Tensor]:
        """What a checkpoint keeps beside the parameters: what took work and does not change."""


class Loop:
    def __init__(self, objective: Objective, config: StepsConfig, seed: int) -> None:
        self.objective = objective
        self.config = config
        self.plan = plan_steps(objective.rows, config.batch_size, config.epochs, config.steps, seed)
        self.parameters = list(objective.parameters)
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=config.learning_rate, betas=_ADAM_BETAS, weight_decay=0.0
        )
        self.next_step = 0
        self.tokens = 0
        self.seconds = 0.0

    def train(
        self, guard: Guard, monitor: Monitor, checkpoints: Checkpoints, checkpoint_every_s: float
    ) -> None:
        """Runs the steps that are left. Saves before it raises RunCancelled or OutOfBudget."""
        saved = time.monotonic()
        while self.next_step < len(self.plan):
            try:
                guard.check_together()
            except (RunCancelled, OutOfBudget):
                checkpoints.save(self.snapshot())
                raise
            monitor.step(self.step())
            if time.monotonic() - saved > checkpoint_every_s:
                checkpoints.save(self.snapshot())
                saved = time.monotonic()
        checkpoints.save(self.snapshot())

    def step(self) -> StepMetrics:
        """One optimiser step. Raises Diverged when loss or gradient are not finite."""
        began = time.monotonic()
        config = self.config
        share = learning_rate(self.next_step, len(self.plan), config.warmup_steps)
        rate = config.learning_rate * share
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        totals = self._accumulate()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, config.max_grad_norm).item()
        if not (math.isfinite(totals.figures["loss"]) and math.isfinite(norm)):
            raise Diverged(
                f"step {self.next_step + 1}: loss {totals.figures['loss']}, gradient norm {norm}; "
                "lower the method's learning_rate"
            )
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.next_step += 1
        self.tokens += totals.tokens
        took = time.monotonic() - began
        self.seconds += took
        return StepMetrics(
            step=self.next_step,
            steps=len(self.plan),
            lr=rate,
            grad_norm=norm,
            tokens_per_s=totals.tokens / took,
            eta_s=(len(self.plan) - self.next_step) * self.seconds / self.next_step,
            figures=totals.figures,
        )

    def _accumulate(self) -> Totals:
        """The gradient and the figures of all processes' rows of this step."""
        own = self.objective.accumulate(self.plan[self.next_step])
        processes.sum_gradients(self.parameters)
        figures = processes.sum_figures({**own.figures, "tokens": own.tokens})
        return Totals(figures, int(figures.pop("tokens")))

    def snapshot(self) -> Checkpoint:
        return Checkpoint(
            step=self.next_step,
            tokens=self.tokens,
            seconds=self.seconds,
            parameters=[p.detach().clone() for p in self.parameters],
            optimizer=self.optimizer.state_dict(),
            random=torch.get_rng_state(),
            objective=dict(self.objective.state()),
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        with torch.no_grad():
            for parameter, saved in zip(self.parameters, checkpoint.parameters, strict=True):
                parameter.copy_(saved)
        self.optimizer.load_state_dict(checkpoint.optimizer)
        torch.set_rng_state(checkpoint.random)
        self.next_step = checkpoint.step
        self.tokens, self.seconds = checkpoint.tokens, checkpoint.seconds


def learning_rate(step: int, steps: int, warmup: int) -> float:
    """Share of the peak: linear warm-up, then linearly down to a tenth."""
    if step < warmup:
        return (step + 1) / warmup
    return 1 - (1 - _FINAL_RATE) * (step - warmup) / max(1, steps - warmup)


def sum_figures(parts: Sequence[Mapping[str, torch.Tensor]]) -> dict[str, float]:
    """Figures of micro-batches, already weighted, to one number each: one transfer, not many."""
    if not parts:
        return {}
    names = list(parts[0])
    stacked = torch.stack([torch.stack([part[name].detach() for name in names]) for part in parts])
    return dict(zip(names, stacked.sum(0).tolist(), strict=True))
