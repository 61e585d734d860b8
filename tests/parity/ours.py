"""Our side of a run that TRL trained: the same adapter to begin with, the same rows and steps.

The whole of `Loop.step` is compared, not only the loss: the schedule, the clip and the optimiser.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from tests.parity import task
from tests.parity.task import ANSWERS_PER_STEP, DIFFERENT_STEPS, STEPS
from trainer.backbone import Backbone, load_backbone
from trainer.completions import Completion, Completions, load_completions
from trainer.config import Config, parse_config
from trainer.data import Group, Limits, Preferences, load_preferences
from trainer.dpo import DpoObjective
from trainer.job import Data
from trainer.kto import ClassWeights, KtoObjective, pack_mismatched
from trainer.logprobs import batch_logprobs, row_logprobs, sum_by_answer
from trainer.loop import Loop, Objective
from trainer.lora import Role
from trainer.reward import make_objective
from trainer.reward_model import score_answers
from trainer.rows import Batch, Row, pack_groups
from trainer.sft import SftObjective, pack_demonstrations

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


def configure(base: Path, directory: Path, reference: Path | None = None, **method: Any) -> Config:
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
    begin(adapter(backbone, Role.POLICY), directory)
    groups = read_pairs(backbone, directory).groups
    rows = pack_groups(groups, backbone.max_length)
    role = Role.REFERENCE if start else Role.BASE
    reference = row_logprobs(backbone, role, rows, MICRO_TOKENS, lambda _: None)
    objective = DpoObjective(backbone, rows, reference, config.dpo, MICRO_TOKENS)

    def score(rows: Sequence[Row]) -> torch.Tensor:
        return in_pairs(*answer_logprobs(backbone, rows))

    losses, scores = run(objective, config, score)
    return Trace(losses, scores, pair_ids(groups), adapter(backbone, Role.POLICY))


def train_sft(base: Path, directory: Path) -> Trace:
    config = configure(base, directory, sft={})
    backbone = load_backbone(config)
    begin(adapter(backbone, Role.POLICY), directory)
    answers = read_answers(backbone, directory)
    objective = SftObjective(backbone, pack_demonstrations(answers), MICRO_TOKENS)
    losses, scores = run(objective, config, lambda rows: answer_logprobs(backbone, rows)[0])
    ids = {
        "input_ids": [[*a.prompt_ids, *a.answer.ids] for a in answers],
        "labels": [[-100] * len(a.prompt_ids) + list(a.answer.ids) for a in answers],
    }
    return Trace(losses, scores, ids, adapter(backbone, Role.POLICY))


def train_kto(base: Path, directory: Path) -> Trace:
    config = configure(base, directory, kto={"beta": task.BETA})
    backbone = load_backbone(config)
    begin(adapter(backbone, Role.POLICY), directory)
    answers = read_answers(backbone, directory)
    partners = [previous_in_step(index) for index in range(len(answers))]
    packed = pack_mismatched(answers, partners, backbone.max_length)
    reference = row_logprobs(backbone, Role.BASE, packed.rows, MICRO_TOKENS, lambda _: None)
    objective = KtoObjective(
        backbone,
        packed,
        reference,
        ClassWeights(up=task.DESIRABLE_WEIGHT, down=1.0),
        config.kto,
        MICRO_TOKENS,
    )
    losses, scores = run(objective, config, lambda rows: answer_logprobs(backbone, rows)[0][::2])
    ids = {
        "prompt_ids": [list(a.prompt_ids) for a in answers],
        "completion_ids": [list(a.answer.ids) for a in answers],
        "KL_completion_ids": [list(answers[partner].answer.ids) for partner in partners],
    }
    return Trace(losses, scores, ids, adapter(backbone, Role.POLICY))


def previous_in_step(index: int) -> int:
    """Whose answer TRL puts after a prompt to measure the distance from the reference."""
    return index - 1 if index % ANSWERS_PER_STEP else index + ANSWERS_PER_STEP - 1


def train_reward(base: Path, directory: Path) -> Trace:
    config = configure(
        base,
        directory,
        reward={
            "center": task.CENTER,
            "ensemble": 1,
            "thumbs_weight": 0.0,
            "position_covariate": False,
        },
    )
    backbone = load_backbone(config)
    pairs = read_pairs(backbone, directory)
    none = Completions()
    data = Data(pairs, Preferences(), none, none, none, none, prompts=[], golden=[])
    objective = make_objective(backbone, data, config)
    member = objective.learners[0].member
    trained = {
        **adapter(backbone, Role.REWARD),
        "base_model.model.score.weight": member.head_H[None],
    }
    begin(trained, directory)

    def score(rows: Sequence[Row]) -> torch.Tensor:
        batch = backbone.collate(rows)
        return in_pairs(score_answers(backbone, member, batch), batch)

    losses, scores = run(objective, config, score)
    ids = pair_ids(pairs.groups)
    whole = {
        name: [[*x, *y] for x, y in zip(ids["prompt_ids"], ids[name], strict=True)]
        for name in ("chosen_ids", "rejected_ids")
    }
    return Trace(losses, scores, whole, {k: v.detach() for k, v in trained.items()})


def read_pairs(backbone: Backbone, directory: Path) -> Preferences:
    limits = Limits(backbone.max_length, backbone.vocabulary)
    return load_preferences(directory.parent / "pairs.jsonl", backbone.renderer, limits)


def read_answers(backbone: Backbone, directory: Path) -> list[Completion]:
    limits = Limits(backbone.max_length, backbone.vocabulary)
    return load_completions(directory.parent / "completions.jsonl", backbone.renderer, limits).items


@torch.no_grad()
def begin(trained: dict[str, torch.Tensor], directory: Path) -> None:
    """Gives the tensors the values that TRL began with."""
    for name, value in load_file(directory / "init" / "adapter_model.safetensors").items():
        trained[name].copy_(value)


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
    batch = backbone.collate(rows)
    with backbone.role(Role.POLICY):
        logps_N = batch_logprobs(backbone, batch)
    return sum_by_answer(logps_N, batch), batch


def in_pairs(values_A: torch.Tensor, batch: Batch) -> torch.Tensor:
    """All chosen, then all rejected, as TRL stacks them."""
    return torch.cat((values_A[batch.chosen_M], values_A[batch.rejected_M]))


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
        f"base_model.model.{name}.lora_{letter}.weight": tensor
        for name, factors in backbone.factors(role).items()
        for letter, tensor in (("A", factors.a), ("B", factors.b))
    }


RUNS: dict[str, Callable[[Path, Path], Trace]] = {
    "dpo-sigmoid": lambda base, at: train_dpo(base, at, "sigmoid"),
    "dpo-ipo": lambda base, at: train_dpo(base, at, "ipo"),
    "dpo-robust": lambda base, at: train_dpo(base, at, "robust", smoothing=task.LABEL_SMOOTHING),
    "dpo-champion": lambda base, at: train_dpo(base, at, "sigmoid", start="dpo-sigmoid"),
    "sft": train_sft,
    "kto": train_kto,
    "reward": train_reward,
}
