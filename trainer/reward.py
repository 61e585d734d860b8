"""A reward model learned from people's votes: K-wise Bradley-Terry, with thumbs beside it.

InstructGPT (Ouyang et al. 2022), equation 1, one element per prompt x with answers y_1 ... y_K:
    L(x) = -1 / C(K, 2) sum_(w, l) log s(r_w - r_l)
A prompt and its answers are one packed row, so the prompt is read once. Weights: a prompt's pairs
are w_p / max(1, W) of an element, W the sum of its w_p. A snapshot gives each pair of a ranking
2 / K, so the factor is 1 / C(K, 2); a prompt counts once however many votes it has, and less where
they weigh less than one. A tie is both orders of a pair, each at half the weight.

With d = r_w - r_l + a . (x_w - x_l), s the logistic function, e = label_smoothing:
    sigmoid     -(1 - e) log s(d) - e log s(-d)
    robust      [-(1 - e) log s(d) + e log s(-d)] / (1 - 2e), unbiased where a share e of the votes
                is wrong (as Chowdhury et al. 2024, equation 12); falls without end as d grows, so
                keep it to few epochs
    centring    + center (r_w + r_l)^2 (Eisenstein et al. 2023, equation 2; TRL)
x are covariates: the answer's length and the place it was shown at, each scaled to 1; a is learned.
They are there in training only. What people's votes owe to length or place goes into a, which is
dropped when answers are scored, so that the reward itself does not learn it.

Thumbs: -log s(+-(r - theta)) with a learned theta, the score at which a thumb turns; its weight is
`thumbs_weight`, less where thumbs would be more than `thumbs_cap` of a step's loss. A step brings
the thumbs dealt to its rows, so an epoch sees each once.

An ensemble's members learn from prompts of their own, in the same steps: every row is read by the
one member it was dealt to, and each member's gradient is that of the mean over its own rows.

Shapes: N scored tokens, A answers, M pairs, C covariates, T thumbs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import logsigmoid

from core.errors import BadConfig
from trainer import processes
from trainer.backbone import Backbone
from trainer.batches import micro_batches
from trainer.completions import Completion
from trainer.config import Config, RewardConfig
from trainer.data import Group, Pair
from trainer.job import Data, Job
from trainer.loop import Totals, sum_figures
from trainer.lora import Role
from trainer.losses import won
from trainer.report import reward_figures_of
from trainer.reward_figures import Scale, judge_reward, length_correlation
from trainer.reward_model import (
    ROLES,
    Member,
    RewardModel,
    classify_command,
    publish_reward,
    score_answers,
    start_member,
)
from trainer.rows import Row, pack_answers, pack_groups
from trainer.sampling import Ask, generate

_QUICK = 30.0
"""Slopes and threshold are few and may be large: they move so many learning rates a step."""

_FEWEST_SAMPLES = 8

_PAIR_FIGURES = ("loss", "accuracy", "margin", "chosen_score", "rejected_score")


def pair_losses(
    chosen_M: torch.Tensor, rejected_M: torch.Tensor, shift_M: torch.Tensor, config: RewardConfig
) -> torch.Tensor:
    """[M] from raw scores; `shift_M` is the covariates' part a . (x_w - x_l)."""
    e, d_M = config.label_smoothing, chosen_M - rejected_M + shift_M
    right_M, wrong_M = -logsigmoid(d_M), -logsigmoid(-d_M)
    if config.loss == "robust":
        loss_M = ((1 - e) * right_M - e * wrong_M) / (1 - 2 * e)
    else:
        loss_M = (1 - e) * right_M + e * wrong_M
    return loss_M + config.center * (chosen_M + rejected_M) ** 2


def thumb_losses(
    scores_T: torch.Tensor, threshold: torch.Tensor, signs_T: torch.Tensor
) -> torch.Tensor:
    """[T] from raw scores; a sign is 1 for a thumb up and -1 for one down."""
    return -logsigmoid(signs_T * (scores_T - threshold))


def train(job: Job) -> None:
    """Raises BadConfig when there is too little to learn from."""
    fit(job)


def fit(job: Job) -> RewardModel:
    """Learns, sets the scale, judges, publishes into output/reward and reports."""
    data, config = job.data, job.config
    data.train.require_pairs(config.data.path, job.backbone.max_length)
    objective = make_objective(job.backbone, data, config)
    job.fit(objective, config.reward)
    members = tuple(learner.member for learner in objective.learners)
    model, scale = set_scale(RewardModel(job.backbone, members, 1.0, config.run.micro_tokens), job)
    _tick(job, 0.6, "held-out votes")
    figures = judge_reward(model, data.train, data.heldout, scale)
    for warning in figures.warnings():
        job.report.warn(warning)
    job.report.reward = figures
    job.monitor.scalars(reward_figures_of(figures), job.report.steps)
    directory = Path(config.run.output) / "reward"
    publish_reward(
        directory,
        model,
        config.lora,
        config.run.served_model_name,
        {"accuracy": figures.accuracy, "heldout": figures.n, "scale": asdict(scale)},
    )
    job.report.serve_reward = classify_command(directory.resolve(), model, config.lora, config.run)
    return model


def set_scale(model: RewardModel, job: Job) -> tuple[RewardModel, Scale]:
    """Mean 0 and standard deviation 1 on the champion's sampled answers; on the training answers
    where there are few prompts to sample for.
    """
    prompts, config = job.data.prompts, job.config.evaluate
    if len(prompts) < _FEWEST_SAMPLES:
        source = "training answers"
        rows = pack_groups(job.data.train.groups, model.backbone.max_length, keep_ends=True)
    else:
        source = "champion's samples"
        with model.backbone.role(Role.REFERENCE):
            samples = generate(
                model.backbone,
                [Ask(prompt.ids, config.temperature) for prompt in prompts],
                config.max_new_tokens,
                config.seed,
                lambda share: _tick(job, 0.5 * share, "answers of the champion"),
            )
        rows = [
            pack_answers(index, prompt.ids, [sample.ids], keep_ends=True)
            for index, (prompt, sample) in enumerate(zip(prompts, samples, strict=True))
        ]
    _tick(job, 0.5, "the reward's scale")
    model = model.normalised(rows)
    answers = sum(len(row.answers) for row in rows)
    return model, Scale(source, answers, length_correlation(model, rows))


def _tick(job: Job, share: float, message: str) -> None:
    job.check()
    job.monitor.progress("evaluate", share, message)


@dataclass(frozen=True, slots=True)
class Learner:
    """A member in training. `extra`: slopes of the covariates, then the thumbs' threshold."""

    member: Member
    extra: torch.Tensor
    parameters: tuple[torch.Tensor, ...]

    def slopes_and_threshold(self) -> tuple[torch.Tensor, torch.Tensor]:
        # _QUICK times the parameter, with the gradient of the parameter itself: the step is larger,
        # the norm that all gradients are clipped by is not.
        values = self.extra + (_QUICK - 1) * self.extra.detach()
        return values[:-1], values[-1]


@dataclass(frozen=True, slots=True)
class Thumbs:
    """`dealt[i]`: which thumbs row i brings with it."""

    rows: list[Row]
    signs_T: torch.Tensor
    weights_T: torch.Tensor
    dealt: list[list[int]]


def make_objective(backbone: Backbone, data: Data, config: Config) -> RewardObjective:
    """Raises BadConfig when there are fewer prompts than members."""
    groups, reward = data.train.groups, config.reward
    thumbs = [item for item in data.thumbs.items if item.label is not None]
    thumbs = thumbs if reward.thumbs_weight else []
    owner = deal_prompts(groups, thumbs, reward.ensemble, config.run.seed)
    rows = weigh(pack_groups(groups, backbone.max_length, keep_ends=True), groups)
    owners = [owner[groups[row.group].prompt_ids] for row in rows]
    covariates = make_covariates(rows, groups, reward, backbone.device)
    learners = [
        _start_learner(backbone, role, config, number, covariates[0].shape[1])
        for number, role in enumerate(ROLES[: reward.ensemble])
    ]
    return RewardObjective(
        backbone=backbone,
        rows=rows,
        owners=owners,
        covariates=covariates,
        thumbs=_deal_thumbs(thumbs, owner, owners, backbone.device),
        learners=learners,
        config=reward,
        micro_tokens=config.run.micro_tokens,
    )


def _start_learner(
    backbone: Backbone, role: Role, config: Config, number: int, covariates: int
) -> Learner:
    member = start_member(backbone, role, config.lora, config.run.seed + number)
    extra = torch.zeros(covariates + 1, device=backbone.device, requires_grad=True)
    return Learner(member, extra, (*backbone.parameters(role), member.head_H, extra))


def deal_prompts(
    groups: Sequence[Group], thumbs: Sequence[Completion], members: int, seed: int
) -> dict[tuple[int, ...], int]:
    """Prompt -> the member that learns from it, as evenly as may be.

    Raises BadConfig when there are fewer prompts than members.
    """
    compared = list(dict.fromkeys(group.prompt_ids for group in groups))
    if len(compared) < members:
        raise BadConfig(
            f"reward.ensemble: {members} members need prompts of their own, but the votes have "
            f"{len(compared)}; lower it or collect more"
        )
    known = set(compared)
    others = list(dict.fromkeys(t.prompt_ids for t in thumbs if t.prompt_ids not in known))
    random = np.random.default_rng(seed)
    owner = {}
    for prompts in (compared, others):
        for place, index in enumerate(random.permutation(len(prompts)).tolist()):
            owner[prompts[index]] = place % members
    return owner


def weigh(rows: Sequence[Row], groups: Sequence[Group]) -> list[Row]:
    """The rows with each pair's part of its prompt's element, w_p / max(1, W), as weight."""
    total: defaultdict[tuple[int, ...], float] = defaultdict(float)
    for group in groups:
        total[group.prompt_ids] += sum(pair.weight for pair in group.pairs)
    most = [max(1.0, total[group.prompt_ids]) for group in groups]
    return [
        replace(row, weights=tuple(weight / most[row.group] for weight in row.weights))
        for row in rows
    ]


def make_covariates(
    rows: Sequence[Row], groups: Sequence[Group], config: RewardConfig, device: torch.device
) -> list[torch.Tensor]:
    """[M, C] for each row: chosen less rejected. A column that never differs is left out."""
    pairs = [(group, pair) for group in groups for pair in group.pairs]
    lengths = np.asarray([_length_gap(group, pair) for group, pair in pairs], dtype=np.float32)
    places = np.asarray([pair.position_gap for _, pair in pairs], dtype=np.float32)
    wanted = [(config.length_covariate, lengths), (config.position_covariate, places)]
    columns = [_scaled(column) for use, column in wanted if use and column.any()]
    table = np.stack(columns, axis=1) if columns else np.zeros((len(pairs), 0), dtype=np.float32)
    sizes = [len(row.pairs) for row in rows]
    return list(torch.split(torch.from_numpy(table).to(device), sizes))


def _length_gap(group: Group, pair: Pair) -> int:
    return len(group.answers[pair.chosen].ids) - len(group.answers[pair.rejected].ids)


def _scaled(gaps: NDArray[np.float32]) -> NDArray[np.float32]:
    """To root mean square 1. Not centred: a pair turned round must give the negative."""
    scaled: NDArray[np.float32] = gaps / np.sqrt(np.mean(gaps**2))
    return scaled


def _deal_thumbs(
    thumbs: Sequence[Completion],
    owner: dict[tuple[int, ...], int],
    owners: Sequence[int],
    device: torch.device,
) -> Thumbs:
    """In turn to the rows of the member that a thumb's prompt belongs to."""
    rows_of: dict[int, list[int]] = {}
    for row, member in enumerate(owners):
        rows_of.setdefault(member, []).append(row)
    dealt: list[list[int]] = [[] for _ in owners]
    given: Counter[int] = Counter()
    for number, thumb in enumerate(thumbs):
        member = owner[thumb.prompt_ids]
        rows = rows_of[member]
        dealt[rows[given[member] % len(rows)]].append(number)
        given[member] += 1
    return Thumbs(
        rows=[
            pack_answers(number, thumb.prompt_ids, [thumb.answer.ids], keep_ends=True)
            for number, thumb in enumerate(thumbs)
        ],
        signs_T=torch.tensor([1.0 if thumb.label else -1.0 for thumb in thumbs], device=device),
        weights_T=torch.tensor([thumb.weight for thumb in thumbs], device=device),
        dealt=dealt,
    )


@dataclass(frozen=True, slots=True)
class RewardObjective:
    """`owners`: the member each row teaches. `covariates`: [M, C] of each row's pairs."""

    backbone: Backbone
    rows: list[Row]
    owners: list[int]
    covariates: list[torch.Tensor]
    thumbs: Thumbs
    learners: list[Learner]
    config: RewardConfig
    micro_tokens: int

    @property
    def parameters(self) -> list[torch.Tensor]:
        return [tensor for learner in self.learners for tensor in learner.parameters]

    def state(self) -> dict[str, torch.Tensor]:
        return {}

    def accumulate(self, indices: Sequence[int]) -> Totals:
        """Figures are means over all members' prompts of the step."""
        total = self._weight(indices)
        parts: list[dict[str, torch.Tensor]] = []
        tokens = 0
        for number, learner in enumerate(self.learners):
            own = [index for index in indices if self.owners[index] == number]
            if own:
                figures, read = self._teach(learner, own)
                share = self._weight(own) / total
                parts.append({name: share * value for name, value in figures.items()})
                tokens += read
        return Totals(sum_figures(parts), tokens)

    def _weight(self, indices: Sequence[int]) -> float:
        return sum(sum(self.rows[i].weights) for i in indices)

    def _teach(self, learner: Learner, own: Sequence[int]) -> tuple[dict[str, torch.Tensor], int]:
        figures = self._learn_pairs(learner, own)
        tokens = sum(len(self.rows[i]) for i in processes.mine(own))
        if not self.thumbs.rows:
            return figures, tokens
        thumbs = [thumb for i in own for thumb in self.thumbs.dealt[i]]
        figures |= self._learn_thumbs(learner, thumbs, figures["loss"])
        return figures, tokens + sum(len(self.thumbs.rows[t]) for t in processes.mine(thumbs))

    def _learn_pairs(self, learner: Learner, own: Sequence[int]) -> dict[str, torch.Tensor]:
        """Adds the gradient of the mean over these rows' elements."""
        weight = self._weight(own)
        parts: list[dict[str, torch.Tensor]] = []
        mine = micro_batches(processes.mine(own), self.rows, self.micro_tokens)
        for part in self.backbone.level(mine, spare=own[:1]):
            rows = [self.rows[i] for i in part.indices]
            batch = self.backbone.collate(rows, part.share)
            r_A = score_answers(self.backbone, learner.member, batch)
            chosen_M, rejected_M = r_A[batch.chosen_M], r_A[batch.rejected_M]
            slopes_C, _ = learner.slopes_and_threshold()
            shift_M = torch.cat([self.covariates[i] for i in part.indices]) @ slopes_C
            w_M = batch.weights_M / weight
            loss = (w_M * pair_losses(chosen_M, rejected_M, shift_M, self.config)).sum()
            loss.backward()
            margin_M = (chosen_M - rejected_M).detach()
            parts.append(
                {
                    "loss": loss.detach(),
                    "accuracy": (w_M * won(margin_M)).sum(),
                    "margin": (w_M * margin_M).sum(),
                    "chosen_score": (w_M * chosen_M.detach()).sum(),
                    "rejected_score": (w_M * rejected_M.detach()).sum(),
                }
            )
        nothing = torch.zeros((), device=self.backbone.device)
        return {name: sum((part[name] for part in parts), nothing) for name in _PAIR_FIGURES}

    def _learn_thumbs(
        self, learner: Learner, thumbs: Sequence[int], pairs_loss: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """Adds the thumbs' gradient, weighed down to their share. The step's `loss` with them."""
        before = _take_gradients(learner.parameters)
        loss = self._thumbs_loss(learner, thumbs)
        # The cap is of the whole step's losses, whichever process found them.
        all_pairs, all_thumbs = processes.sum_value(pairs_loss), processes.sum_value(loss)
        weight = capped_weight(all_pairs, all_thumbs, self.config)
        _add_gradients(learner.parameters, before, weight)
        total = (all_pairs + weight * all_thumbs).clamp(min=torch.finfo(loss.dtype).tiny)
        return {
            "loss": pairs_loss + weight * loss,
            "thumbs_loss": loss,
            "thumbs_share": weight * loss / total,
        }

    def _thumbs_loss(self, learner: Learner, thumbs: Sequence[int]) -> torch.Tensor:
        """The weighted mean over these thumbs, 0 where there are none; adds its gradient."""
        device = self.backbone.device
        found = torch.zeros((), device=device)
        weight = self.thumbs.weights_T[list(thumbs)].sum()
        mine = micro_batches(processes.mine(thumbs), self.thumbs.rows, self.micro_tokens)
        for part in self.backbone.level(mine, spare=thumbs[:1]):
            places = list(part.indices)
            batch = self.backbone.collate([self.thumbs.rows[t] for t in places])
            r_T = score_answers(self.backbone, learner.member, batch)
            _, threshold = learner.slopes_and_threshold()
            losses_T = thumb_losses(r_T, threshold, self.thumbs.signs_T[places])
            loss = part.share * (self.thumbs.weights_T[places] / weight * losses_T).sum()
            loss.backward()
            found = found + loss.detach()
        return found


def capped_weight(
    pairs_loss: torch.Tensor, thumbs_loss: torch.Tensor, config: RewardConfig
) -> torch.Tensor:
    """thumbs_weight, or less: so that weight L_thumbs <= cap (L_pairs + weight L_thumbs)."""
    most = config.thumbs_cap / (1 - config.thumbs_cap) * pairs_loss.clamp(min=0)
    smallest = torch.finfo(thumbs_loss.dtype).tiny
    return (most / thumbs_loss.clamp(min=smallest)).clamp(max=config.thumbs_weight)


def _take_gradients(parameters: Sequence[torch.Tensor]) -> list[torch.Tensor | None]:
    found = [parameter.grad for parameter in parameters]
    for parameter in parameters:
        parameter.grad = None
    return found


def _add_gradients(
    parameters: Sequence[torch.Tensor], before: Sequence[torch.Tensor | None], weight: torch.Tensor
) -> None:
    """The gradient before, and `weight` of the one since."""
    for parameter, old in zip(parameters, before, strict=True):
        new = parameter.grad
        if new is not None:
            new.mul_(weight)
        if old is not None:
            parameter.grad = old if new is None else new.add_(old)
