"""Supervised fine-tuning of a fresh adapter on answers as they should have been.

L = - sum_i w_i sum_t log pi(y_it | x_i, y_i<t) / sum_i w_i T_i over a step's answers y_i of T_i
tokens: the mean over their tokens, prompts left out, in which an answer of weight w counts as w of
its kind. With all weights 1 it is TRL's completion_only_loss.

It learns from demonstrations (edits). Where there are none, the answer that each prompt's votes
liked best stands in for one.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from core.errors import BadConfig
from trainer import processes
from trainer.backbone import Backbone
from trainer.batches import micro_batches
from trainer.completions import Completion, judged_answers
from trainer.data import Group
from trainer.job import Data, Job
from trainer.logprobs import batch_logprobs, check_start
from trainer.loop import Totals, sum_figures
from trainer.lora import Role
from trainer.rows import Row, join_short, pack_answers


def train(job: Job) -> None:
    """Raises BadConfig when there is no answer to learn from."""
    answers = job.data.demonstrations.items
    if not answers:
        answers = best_answers(job.data.train.groups)
        job.report.rows["best_answers"] = len(answers)
        job.report.warn(
            f"no demonstrations: learned from the {len(answers)} answers that votes liked best"
        )
    _require_answers(answers, job.data, job.config.data.path)
    rows = pack_demonstrations(answers)
    if job.saved is None:
        check_start(job.backbone, rows[:8])
    job.fit(SftObjective(job.backbone, rows, job.config.run.micro_tokens), job.config.sft)


def best_answers(groups: Sequence[Group]) -> list[Completion]:
    """Of each prompt, the answer that won most by weight; none where no answer won more than it
    lost.
    """
    liked = ([a for a in judged_answers(group) if a.label] for group in groups)
    return [max(answers, key=lambda answer: answer.weight) for answers in liked if answers]


def _require_answers(answers: Sequence[Completion], data: Data, where: str) -> None:
    if not answers:
        raise BadConfig(
            f"{where} has no answer to learn from: expected demonstrations (edits, or rows with "
            f"prompt and completion) or votes; {data.demonstrations.dropped_too_long} "
            "demonstrations were too long"
        )


def pack_demonstrations(answers: Sequence[Completion]) -> list[Row]:
    return [
        pack_answers(index, item.prompt_ids, [item.answer.ids], (item.weight,))
        for index, item in enumerate(answers)
    ]


class SftObjective:
    """Rows of one answer each; those of a step are joined, so that little of it is padding."""

    def __init__(self, backbone: Backbone, rows: Sequence[Row], micro_tokens: int) -> None:
        self.backbone = backbone
        self.rows = rows
        self.micro_tokens = micro_tokens
        self.parameters = backbone.parameters(Role.POLICY)

    def accumulate(self, indices: Sequence[int]) -> Totals:
        mine = processes.mine(indices)
        joined = join_short([self.rows[i] for i in mine or indices[:1]])
        weight = sum(self.rows[i].weights[0] * len(self.rows[i].targets) for i in indices)
        figures: list[dict[str, torch.Tensor]] = []
        tokens = 0
        own = micro_batches(range(len(joined) if mine else 0), joined, self.micro_tokens)
        for part in self.backbone.level(own, spare=[0]):
            rows = [joined[i] for i in part.indices]
            batch = self.backbone.collate(rows, part.share)
            with self.backbone.role(Role.POLICY):
                logps_N = batch_logprobs(self.backbone, batch)
            loss = -(batch.weights_M[batch.answer_N] * logps_N).sum() / weight
            loss.backward()
            figures.append({"loss": loss})
            tokens += batch.tokens
        return Totals(sum_figures(figures), tokens)

    def state(self) -> dict[str, torch.Tensor]:
        return {}
