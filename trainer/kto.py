"""Kahneman-Tversky optimisation (Ethayarajh et al. 2024) of a fresh adapter on a frozen base.

Equation 8, for an answer y to x that was liked (up) or not (down):
    r  = log pi(y|x) - log pi_ref(y|x), summed over the answer
    z0 = max(0, E[log pi(y'|x) - log pi_ref(y'|x)]) with y' an answer to another prompt; no gradient
    L  = w+ (1 - s(beta (r - z0))) where up,  w- (1 - s(beta (z0 - r))) where down
z0 is one number for the optimiser's whole step, whatever goes through the model at once.

y' is the answer of the next example to another prompt, in an order that the seed shuffles once for
the run. So [x, y_1, y'_1, y_2, y'_2, ...] is one row that computes x once for all its answers, and
the reference's log-probabilities are computed once for all epochs. (A y' drawn anew within every
batch, as the paper has it, would cost a pass of the reference per step, and estimates the same
mean.)

w+ and w- hold (w+ n+) : (w- n-) within 1 and 4/3, section 4.2's bounds.

Shapes: N scored tokens, B examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from core.errors import BadConfig
from trainer import processes
from trainer.backbone import Backbone
from trainer.batches import micro_batches
from trainer.completions import Completion, judged_answers
from trainer.config import KtoConfig
from trainer.job import Job
from trainer.logprobs import answer_hidden, token_logprobs
from trainer.loop import Totals, sum_figures
from trainer.lora import Role
from trainer.losses import kto_loss, won
from trainer.report import Report
from trainer.rows import Row, pack_answers
from trainer.sharding import Part

_SMALLEST_SHARE = 0.1
_FEW_ANSWERS = 200
_HIGHEST_RATIO = 4 / 3
_ANSWERS_A_ROW = 4
"""Judged ones to a prompt. More would save little, and a step would see few prompts."""


@dataclass(frozen=True, slots=True)
class ClassWeights:
    """How much an answer counts for being liked (`up`) or not (`down`): w+ and w-."""

    up: float
    down: float


@dataclass(frozen=True, slots=True)
class Packed:
    """Rows of judged answers, each followed by its y', and which of a row's were liked."""

    rows: list[Row]
    up: list[tuple[bool, ...]]


@dataclass(frozen=True, slots=True)
class Scores:
    """What the policy makes of B examples: r with its gradient, the log-ratio of y' without, and
    each example's weight, its class's weight and whether it was liked.

    `kl` estimates KL(reference || policy) per token as dpo's does.
    """

    ratio_B: torch.Tensor
    mismatched_B: torch.Tensor
    weights_B: torch.Tensor
    class_weights_B: torch.Tensor
    up_B: torch.Tensor
    kl: torch.Tensor
    tokens: int


def train(job: Job) -> None:
    """Raises BadConfig when there are too few labels, of one kind only, or on one prompt only."""
    config = job.config.kto
    votes = [a for g in job.data.train.groups for a in judged_answers(g)]
    examples = [*job.data.thumbs.items, *(votes if config.comparisons else ())]
    _require_labels(examples, job.config.data.path)
    weights = class_weights(examples)
    _describe(job.report, examples, len(job.data.thumbs.items), weights)
    packed = pack_mismatched(
        examples, draw_partners(examples, job.config.run.seed), job.backbone.max_length
    )
    reference = job.reference(packed.rows)
    micro_tokens = job.config.run.micro_tokens
    job.fit(KtoObjective(job.backbone, packed, reference, weights, config, micro_tokens), config)


def _require_labels(examples: Sequence[Completion], where: str) -> None:
    unlabelled = sum(example.label is None for example in examples)
    if unlabelled:
        raise BadConfig(
            f"{where}: {unlabelled} of {len(examples)} rows have no label; kto expects label true "
            "(thumb up) or false on each, sft learns without"
        )
    up = sum(example.label is True for example in examples)
    down = len(examples) - up
    if min(up, down) < max(1, _SMALLEST_SHARE * len(examples)):
        raise BadConfig(
            f"{where} has {up} answers that were liked and {down} that were not; kto needs both, "
            f"at least {_SMALLEST_SHARE:.0%} of the rarer: collect more of those, let votes count "
            "(kto.comparisons = true), or learn the liked ones with sft"
        )
    if len({example.prompt_ids for example in examples}) == 1:
        raise BadConfig(
            f"{where} has one prompt only; kto measures its distance from the reference on answers "
            "to other prompts: collect a second one, or use dpo"
        )


def class_weights(examples: Sequence[Completion]) -> ClassWeights:
    """The rarer class is raised until (w+ n+) : (w- n-) is within 1 and 4/3; n counts weights."""
    up = sum(example.weight for example in examples if example.label)
    down = sum(example.weight for example in examples if not example.label)
    return ClassWeights(up=max(1.0, down / up), down=max(1.0, up / down / _HIGHEST_RATIO))


def _describe(
    report: Report, examples: Sequence[Completion], thumbs: int, weights: ClassWeights
) -> None:
    """Says how many of each were learned from; `examples` begins with the thumbs."""
    for name, part in (("thumbs", examples[:thumbs]), ("votes", examples[thumbs:])):
        up = sum(example.label is True for example in part)
        report.rows |= {f"{name}_up": up, f"{name}_down": len(part) - up}
    if len(examples) < _FEW_ANSWERS:
        report.warn(
            f"only {len(examples)} judged answers, fewer than {_FEW_ANSWERS}: expect little"
        )
    if weights != ClassWeights(1.0, 1.0):
        report.warn(
            f"an answer that was liked counts {weights.up:.2f}, one that was not "
            f"{weights.down:.2f}, to balance how many there are of each"
        )


def draw_partners(examples: Sequence[Completion], seed: int) -> list[int]:
    """For each example the one whose answer is its y': the next to another prompt, in an order
    shuffled by the seed. There must be two different prompts.
    """
    order = np.random.default_rng(seed).permutation(len(examples)).tolist()
    partners = [0] * len(order)
    for place, index in enumerate(order):
        following = (*order[place + 1 :], *order[:place])
        prompt = examples[index].prompt_ids
        partners[index] = next(i for i in following if examples[i].prompt_ids != prompt)
    return partners


def pack_mismatched(
    examples: Sequence[Completion], partners: Sequence[int], max_length: int
) -> Packed:
    """[x, y_1, y'_1, y_2, y'_2, ...], the examples of a prompt in one row as far as they fit; a y'
    that would not fit after x is cut.
    """
    rows, up = [], []
    for part in _share_prompts(examples, partners, max_length):
        prompt = examples[part[0]].prompt_ids
        longest = max_length - len(prompt)
        answers = [
            ids
            for index in part
            for ids in (
                examples[index].answer.ids,
                examples[partners[index]].answer.ids[:longest],
            )
        ]
        weights = tuple(examples[index].weight for index in part)
        rows.append(pack_answers(part[0], prompt, answers, weights))
        up.append(tuple(bool(examples[index].label) for index in part))
    return Packed(rows, up)


def _share_prompts(
    examples: Sequence[Completion], partners: Sequence[int], max_length: int
) -> list[list[int]]:
    """Which examples are in a row. One that shares its row keeps it within `max_length` tokens."""
    open_rows: dict[tuple[int, ...], tuple[list[int], int]] = {}
    found = []
    for index, (example, partner) in enumerate(zip(examples, partners, strict=True)):
        prompt = example.prompt_ids
        length = len(example.answer.ids) + len(examples[partner].answer.ids)
        part, before = open_rows.get(prompt, ([], 0))
        if not part or len(part) == _ANSWERS_A_ROW or before + length > max_length:
            part, before = [], len(prompt)
            found.append(part)
        part.append(index)
        open_rows[prompt] = part, before + length
    return found


class KtoObjective:
    def __init__(
        self,
        backbone: Backbone,
        packed: Packed,
        reference: Sequence[torch.Tensor],
        weights: ClassWeights,
        config: KtoConfig,
        micro_tokens: int,
    ) -> None:
        """`reference`: the reference's log-probabilities of every row's answer tokens."""
        self.backbone = backbone
        self.rows = packed.rows
        self.up = packed.up
        self.reference = reference
        self.weights = weights
        self.config = config
        self.micro_tokens = micro_tokens
        self.parameters = backbone.parameters(Role.POLICY)

    def accumulate(self, indices: Sequence[int]) -> Totals:
        weight = sum(sum(self.rows[i].weights) for i in indices)
        own_parts = micro_batches(processes.mine(indices), self.rows, self.micro_tokens)
        parts = self.backbone.level(own_parts, spare=indices[:1])
        # z0 is needed before the first gradient. A step that fits in one part goes through the
        # model once; of one that does not, all parts but the last go through it twice.
        with torch.no_grad():
            distances = [_distance(self._score(part)) for part in parts[:-1]]
        last = [self._score(part) for part in parts[-1:]]
        own = torch.tensor(0.0, device=self.backbone.device)
        own = own + sum([*distances, *map(_distance, last)])
        z0 = (processes.sum_value(own) / weight).clamp(min=0)
        figures = [self._learn(scores, z0, weight) for scores in last]
        tokens = sum(scores.tokens for scores in last)
        for part in parts[:-1]:
            scores = self._score(part)
            figures.append(self._learn(scores, z0, weight))
            tokens += scores.tokens
        return Totals(sum_figures(figures), tokens)

    def _score(self, part: Part) -> Scores:
        rows = [self.rows[i] for i in part.indices]
        batch = self.backbone.collate(rows, part.share)
        reference_N = torch.cat([self.reference[i] for i in part.indices])
        own_N = batch.answer_N % 2 == 0
        other_N = ~own_N
        with self.backbone.role(Role.POLICY):
            hidden_NH = answer_hidden(self.backbone, batch)
        head_VH, y_N = self.backbone.head_VH, batch.targets_N
        d_own = token_logprobs(hidden_NH[own_N], head_VH, y_N[own_N]) - reference_N[own_N]
        with torch.no_grad():
            d_other = token_logprobs(hidden_NH[other_N], head_VH, y_N[other_N])
            d_other -= reference_N[other_N]
            d_N = d_own.clamp(-20, 20)
            kl = (d_N.exp() - 1 - d_N).mean()
        up_B = torch.tensor([up for i in part.indices for up in self.up[i]], device=d_own.device)
        return Scores(
            ratio_B=_sum_by(d_own, batch.answer_N[own_N] // 2, len(up_B)),
            mismatched_B=_sum_by(d_other, batch.answer_N[other_N] // 2, len(up_B)),
            weights_B=batch.weights_M,
            class_weights_B=torch.where(up_B, self.weights.up, self.weights.down),
            up_B=up_B,
            kl=kl,
            tokens=batch.tokens,
        )

    def _learn(self, scores: Scores, z0: torch.Tensor, weight: float) -> dict[str, torch.Tensor]:
        """Adds the gradient; the figures are this part's share of the step's."""
        beta = self.config.beta
        w_B = scores.weights_B / weight
        loss_B = scores.class_weights_B * kto_loss(scores.ratio_B, scores.up_B, z0, beta)
        loss = (w_B * loss_B).sum()
        loss.backward()
        margin_B = beta * torch.where(scores.up_B, 1.0, -1.0) * (scores.ratio_B.detach() - z0)
        return {
            "loss": loss,
            "accuracy": (w_B * won(margin_B)).sum(),
            "margin": (w_B * margin_B).sum(),
            "z0": z0 * w_B.sum(),
            "kl": scores.kl * w_B.sum(),
        }

    def state(self) -> dict[str, torch.Tensor]:
        return {"reference_N": torch.cat(list(self.reference))}


def _distance(scores: Scores) -> torch.Tensor:
    """Of mismatched answers from the reference, summed by weight."""
    return (scores.weights_B * scores.mismatched_B).sum()


def _sum_by(values_N: torch.Tensor, index_N: torch.Tensor, count: int) -> torch.Tensor:
    return torch.zeros(count, device=values_N.device).index_add(0, index_N, values_N)
