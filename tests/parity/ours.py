"""Our side of a run that TRL trained: the same adapter to begin with, the same rows and steps.

The whole of `Loop.step` is compared, not only the loss: the schedule, the clip and the optimiser.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tests.parity import task
from tests.parity.task import DIFFERENT_STEPS, STEPS
from trainer.backbone import Backbone, load_backbone
from trainer.config import Config, parse_config
from trainer.data import Group, Limits, load_preferences
from trainer.dpo import DpoObjective
from trainer.logprobs import batch_logprobs, row_logprobs, sum_by_answer
from trainer.loop import Loop, Objective
from trainer.lora import Role
from trainer.rows import Batch, Row, collate, pack_groups

MICRO_TOKENS = 512
"""Small enough that a step is accumulated from parts."""

Score = Callable[[Sequence[Row]], torch.Tensor]
"""What the policy makes of the sequences of some rows, in the order of TRL's batch."""


@dataclass(frozen=True, slots=True)
class Trace:
    """`losses` of T steps; `rows` [T, sequences], before each; the adapter after the last."""

    losses: torch.Tensor
    rows: torch.Tensor
    ids: dict[str, list[list[int]]]
    adapter: dict[str, torch.Tensor]


def load_trace(directory: Path) -> Trace:
    return Trace(**torch.load(directory / "trace.pt"))


def configure(base: Path, directory: Path, reference: Path | None, **method: Any) -> Config:
    """One method's table by name; what TRL was told is filled in."""
    ((name, table),) = method.items()
    steps = {
        "learning_rate": task.LEARNING_RATE,
        "warmup_steps": task.WARMUP_STEPS,
        "steps": STEPS,
        "max_grad_norm": 1.0,
    }
    return parse_config(
        {
            "run": {
                "output": str(directory / "ours"),
                "base_model": str(base),
                "method": name,
                "dtype": "float32",
                "device": "cpu",
                "threads": 1,
                "micro_tokens": MICRO_TOKENS,
            },
            "data": {"path": str(directory)},
            "reference": {"adapter": str(reference)} if reference else {},
            "lora": {"r": task.RANK, "alpha": task.ALPHA},
            name: {**steps, **table},
        }
    )


def train_dpo(
    base: Path, directory: Path, loss: str, start: str = "", smoothing: float = 0.0
) -> Trace:
    config = configure(
        base,
        directory,
        directory.parent / start / "final" if start else None,
        dpo={
            "loss": loss,
            "beta": task.BETA,
            "label_smoothing": smoothing,
            "nll_weight": 0.0,
        },
    )
    backbone = load_backbone(config)
    begin_with(backbone, Role.POLICY, directory / "init")
    limits = Limits(backbone.max_length, backbone.vocabulary)
    groups = load_preferences(directory.parent / "pairs.jsonl", backbone.renderer, limits).groups
    rows = pack_groups(groups, backbone.max_length)
    role = Role.REFERENCE if start else Role.BASE
    reference = row_logprobs(backbone, role, rows, MICRO_TOKENS, lambda _: None)
    objective = DpoObjective(backbone, rows, reference, config.dpo, MICRO_TOKENS)

    def score(rows: Sequence[Row]) -> torch.Tensor:
        logps_A, batch = answer_logprobs(backbone, rows)
        return torch.cat((logps_A[batch.chosen_M], logps_A[batch.rejected_M]))

    losses, scores = run(objective, config, score)
    return Trace(losses, scores, pair_ids(groups), adapter(backbone, Role.POLICY))


def begin_with(backbone: Backbone, role: Role, directory: Path) -> None:
    """The saved adapter, to be trained."""
    backbone.load(role, directory)
    for parameter in backbone.parameters(role):
        parameter.requires_grad_()


def run(objective: Objective, config: Config, score: Score) -> tuple[torch.Tensor, torch.Tensor]:
    """Losses [T] and what `score` gives before each step [T, sequences]."""
    loop = Loop(objective, config.method, config.run.seed)
    each = len(objective.rows) // DIFFERENT_STEPS
    first = [(step % DIFFERENT_STEPS) * each for step in range(STEPS)]
    loop.plan = [list(range(start, start + each)) for start in first]
    losses, scores = [], []
    for indices in loop.plan:
        with torch.no_grad():
            scores.append(score([objective.rows[i] for i in indices]))
        losses.append(loop.step().figures["loss"])
    return torch.tensor(losses), torch.stack(scores)


def answer_logprobs(backbone: Backbone, rows: Sequence[Row]) -> tuple[torch.Tensor, Batch]:
    """[A], as the policy sees them."""
    batch = collate(rows, backbone.dtype, backbone.device)
    with backbone.role(Role.POLICY):
        logps_N = batch_logprobs(backbone, batch)
    return sum_by_answer(logps_N, batch), batch


def pair_ids(groups: Sequence[Group]) -> dict[str, list[list[int]]]:
    """Columns as TRL names them."""
    pairs = [(group, pair) for group in groups for pair in group.pairs]
    return {
        "prompt_ids": [list(group.prompt_ids) for group, _ in pairs],
        "chosen_ids": [list(group.answers[pair.chosen].ids) for group, pair in pairs],
        "rejected_ids": [list(group.answers[pair.rejected].ids) for group, pair in pairs],
    }


def adapter(backbone: Backbone, role: Role) -> dict[str, torch.Tensor]:
    """Tensors by the names PEFT gives them."""
    return {
        f"base_model.model.{name}.lora_{letter}.weight": tensor.detach()
        for name, factors in backbone.factors(role).items()
        for letter, tensor in (("A", factors.a), ("B", factors.b))
    }


RUNS: dict[str, Callable[[Path, Path], Trace]] = {
    "dpo-sigmoid": lambda base, at: train_dpo(base, at, "sigmoid"),
    "dpo-ipo": lambda base, at: train_dpo(base, at, "ipo"),
    "dpo-robust": lambda base, at: train_dpo(base, at, "robust", smoothing=task.LABEL_SMOOTHING),
    "dpo-champion": lambda base, at: train_dpo(base, at, "sigmoid", start="dpo-sigmoid"),
}
