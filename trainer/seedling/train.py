"""The training loop of both stages: pre-training (all tokens) and fine-tuning (answers only).

Resumable: model, both optimisers and the step are saved together, and batches follow from the
step. Stops on SIGTERM with a checkpoint.
"""

import json
import logging
import math
import os
import signal
import time
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from trainer.seedling.model import ModelConfig, Seedling
from trainer.seedling.optim import Optimiser, warmup_stable_decay
from trainer.seedling.rows import Batch, Converse, Packer, Shape, talk
from trainer.seedling.tokenizer import load_tokenizer
from trainer.seedling.workers import Workers

log = logging.getLogger(__name__)
SHORT, LONG = Shape(24, 256), Shape(6, 1024)
MICRO_TOKENS = 1024
"""Of one micro-batch: small enough for a core's cache, large enough for its matmuls."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What one stage trains on, how fast and how long. One of the budgets is given."""

    name: str
    prompt_weight: float
    budget_tokens: int = 0
    budget_s: float = 0.0
    muon_lr: float = 0.02
    adam_lr: float = 4e-3
    warmup: float = 0.01
    decay: float = 0.0
    """Share of the budget over which the rate falls; 0 keeps it for a later stage to bring down."""
    seed: int = 1
    short: Shape = SHORT
    long: Shape = LONG
    long_every: int = 12
    save_every_s: float = 120.0
    log_every: int = 20


@dataclass(slots=True)
class Progress:
    step: int = 0
    tokens: int = 0
    seconds: float = 0.0

    def share(self, stage: Stage) -> float:
        if stage.budget_tokens:
            return self.tokens / stage.budget_tokens
        return self.seconds / stage.budget_s


def save(path: Path, model: Seedling, optimiser: Optimiser, progress: Progress) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    state = {
        "model": model.state_dict(),
        "optimiser": optimiser.state(),
        "progress": asdict(progress),
        "config": asdict(model.config),
    }
    torch.save(state, part)
    os.replace(part, path)


def load_model(path: Path) -> Seedling:
    state = torch.load(path, weights_only=True)
    model = Seedling(ModelConfig(**state["config"]))
    model.load_state_dict(state["model"])
    return model


def pretrain_stage(seed: int, tokens: int, minutes: float | None) -> Stage:
    """All tokens count, those of prompts a tenth; the rate stays up, fine-tuning brings it down."""
    budget_s = 60 * minutes if minutes else 0.0
    return Stage("pretrain", 0.1, 0 if minutes else tokens, budget_s, warmup=0.004, seed=seed)


def sft_stage(seed: int, tokens: int, minutes: float | None) -> Stage:
    """Only answers count; the learning rate falls to nothing."""
    budget_s = 60 * minutes if minutes else 0.0
    return Stage("sft", 0.0, 0 if minutes else tokens, budget_s, warmup=0.0, decay=1.0, seed=seed)


class Loop:
    def __init__(
        self,
        stage: Stage,
        out: Path,
        threads: int,
        start: Path | None = None,
        config: ModelConfig | None = None,
        converse: Converse = talk,
    ) -> None:
        torch.manual_seed(stage.seed)
        self.stage, self.out = stage, out
        self.packer = Packer(load_tokenizer(out / "tokenizer"), stage.prompt_weight, converse)
        self.model = Seedling(config or ModelConfig())
        self.progress = Progress()
        self.stopping = False
        self.batches: dict[int, Future[Batch]] = {}
        self.workers = Workers(self.model, threads)
        if start is not None:
            state = torch.load(start, weights_only=True)
            self.model.load_state_dict(state["model"])
        self.optimiser = Optimiser(self.model, stage.muon_lr, stage.adam_lr)
        if start is not None:
            # A stage takes over the momentum of the one before it: no new warm-up is needed.
            self.optimiser.load(state["optimiser"])
        self.path = out / stage.name / "last.pt"
        if self.path.exists():
            self._resume()

    def _resume(self) -> None:
        state: dict[str, Any] = torch.load(self.path, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimiser.load(state["optimiser"])
        self.progress = Progress(**state["progress"])
        log.info("%s resumes at step %d", self.stage.name, self.progress.step)

    def run(self, max_steps: int | None = None) -> Progress:
        signal.signal(signal.SIGTERM, self._on_term)
        saved_at = time.monotonic()
        losses: list[float] = []
        while self.progress.share(self.stage) < 1.0 and not self.stopping:
            if max_steps is not None and self.progress.step >= max_steps:
                break
            losses.append(self._step())
            if self.progress.step % self.stage.log_every == 0:
                self._log(losses)
                losses = []
            if time.monotonic() - saved_at > self.stage.save_every_s:
                save(self.path, self.model, self.optimiser, self.progress)
                saved_at = time.monotonic()
        save(self.path, self.model, self.optimiser, self.progress)
        return self.progress

    def _on_term(self, signum: int, frame: Any) -> None:
        log.info("%s stops on signal %d after this step", self.stage.name, signum)
        self.stopping = True

    def _step(self) -> float:
        began = time.monotonic()
        step = self.progress.step
        shape = self._shape(step)
        ids, weights = self.batches.pop(step).result() if self.batches else self._pack(step)
        self.batches[step + 1] = self.workers.pool.submit(self._pack, step + 1)
        rows = max(1, MICRO_TOKENS // shape.length)
        parts = [
            (torch.from_numpy(ids[i : i + rows]), torch.from_numpy(weights[i : i + rows]))
            for i in range(0, shape.rows, rows)
        ]
        loss = self.workers.gradients(parts, float(weights.sum()))
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step(self._scale(), self.workers.pool)
        self.progress.step += 1
        self.progress.tokens += int((ids > 0).sum())
        self.progress.seconds += time.monotonic() - began
        return loss

    def _shape(self, step: int) -> Shape:
        every = self.stage.long_every
        is_long = every > 0 and step % every == every - 1
        return self.stage.long if is_long else self.stage.short

    def _pack(self, step: int) -> Batch:
        key = f"{self.stage.seed}:{self.stage.name}:{step}"
        return self.packer.batch(key, self._shape(step))

    def _scale(self) -> float:
        share = min(self.progress.share(self.stage), 1.0)
        return warmup_stable_decay(share, self.stage.warmup, self.stage.decay or 1e-9, 0.01)

    def _log(self, losses: list[float]) -> None:
        p = self.progress
        left_s = p.seconds / max(p.share(self.stage), 1e-9) - p.seconds
        line = {
            "stage": self.stage.name,
            "step": p.step,
            "tokens": p.tokens,
            "seconds": round(p.seconds, 1),
            "loss": round(sum(losses) / max(len(losses), 1), 4),
            "tokens_per_s": round(p.tokens / max(p.seconds, 1e-9)),
            "eta_min": round(left_s / 60, 1) if math.isfinite(left_s) else None,
        }
        log.info("%s", json.dumps(line))
        with (self.out / "metrics.jsonl").open("a") as f:
            f.write(json.dumps(line) + "\n")
