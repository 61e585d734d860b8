"""What a method's `train` gets: the model, the data, and the run around them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from trainer.backbone import Backbone
from trainer.checkpoint import Checkpoint, Checkpoints
from trainer.completions import Completions
from trainer.config import Config, StepsConfig
from trainer.data import Preferences, Prompt
from trainer.golden import GoldenItem
from trainer.guard import Guard
from trainer.logprobs import check_start, row_logprobs
from trainer.loop import Loop, Objective
from trainer.lora import Role
from trainer.monitor import Monitor
from trainer.report import Report
from trainer.rows import Row


@dataclass(frozen=True, slots=True)
class Data:
    """All that the run's files hold; a method takes what it learns from."""

    train: Preferences
    heldout: Preferences
    thumbs: Completions
    thumbs_heldout: Completions
    demonstrations: Completions
    replay: Completions
    prompts: list[Prompt]
    golden: list[GoldenItem]

    def digest(self, method: str) -> str:
        """Of what a checkpoint of `method` depends on. What only judges a run may change before it
        is taken up again; ppo's prompts and its reward's scale come of that, too.
        """
        learned = (self.train, self.thumbs, self.demonstrations, self.replay)
        parts = [part.digest() for part in learned]
        if method == "ppo":
            asked = repr([prompt.ids for prompt in self.prompts]).encode()
            parts += [self.heldout.digest(), self.thumbs_heldout.digest()]
            parts.append(hashlib.sha256(asked).hexdigest())
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Job:
    config: Config
    backbone: Backbone
    data: Data
    guard: Guard
    monitor: Monitor
    report: Report
    checkpoints: Checkpoints
    saved: Checkpoint | None
    """Where an interrupted run stopped."""
    resumed: bool = False
    """Whether it goes on with what an interrupted one left, if it left anything."""

    def fit(self, objective: Objective, config: StepsConfig) -> None:
        """Runs the steps that are left. Raises what Loop.train raises."""
        loop = Loop(objective, config, self.config.run.seed)
        if self.saved:
            loop.restore(self.saved)
        try:
            loop.train(
                self.guard, self.monitor, self.checkpoints, self.config.run.checkpoint_every_s
            )
        finally:
            self.report.steps, self.report.tokens = loop.next_step, loop.tokens

    def reference(self, rows: Sequence[Row]) -> list[torch.Tensor]:
        """The reference's log-probabilities of each row's answer tokens; those of the checkpoint,
        where there is one.
        """
        if self.saved:
            sizes = [len(row.targets) for row in rows]
            kept = self.saved.objective["reference_N"].to(self.backbone.device)
            return list(torch.split(kept, sizes))
        check_start(self.backbone, rows[:8])
        micro_tokens = self.config.run.micro_tokens
        return row_logprobs(self.backbone, Role.REFERENCE, rows, micro_tokens, self._tick)

    def check(self) -> None:
        """Raises what Guard.check raises; in all processes alike where they need one another."""
        if self.backbone.sharded:
            self.guard.check_together()
        else:
            self.guard.check()

    def _tick(self, share: float) -> None:
        self.guard.check_together()
        self.monitor.progress("reference", share, "log-probabilities of the reference")


def open_checkpoints(
    config: Config, data: Data, base_hash: str, report: Report, resume: bool
) -> Checkpoints:
    fits = f"{config.digest()} {data.digest(config.run.method)} {base_hash}"
    checkpoints = Checkpoints(Path(config.run.output) / "checkpoints", fits, report)
    if not resume:
        checkpoints.clear()
    return checkpoints
