"""One update of PPO: what sampled answers were worth, and the gradient steps on them.

Owns the policy's optimiser and the value head with its own. The head reads the policy's hidden
states without a gradient into them, so the values can never pull the policy away; it starts at 0,
so the first advantages are those of the rewards alone. Does not sample and does not score.

Letters as in trainer/ppo.py. Shapes: N tokens, A answers, H hidden width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from core.errors import BadConfig
from trainer import processes
from trainer.advantages import (
    distance,
    estimate_advantages,
    explained_variance,
    lay_out,
    limit_scores,
    token_rewards,
    whiten,
)
from trainer.backbone import Backbone
from trainer.batches import micro_batches, plan_steps
from trainer.config import Config
from trainer.errors import Diverged
from trainer.job import Data
from trainer.logprobs import batch_logprobs, token_logprobs
from trainer.loop import sum_figures
from trainer.lora import Role
from trainer.rollouts import Rollout, pack_rollouts
from trainer.rows import Batch, Row, pack_answers
from trainer.surrogate import policy_loss, value_loss

_ADAM_BETAS = (0.9, 0.95)
_ADAM_EPSILON = 1e-5

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class View:
    """What policy, value head and reference make of an update's answers, before it is learned from.
    All [N], in the order of `rows`.
    """

    rows: list[Row]
    logps_N: torch.Tensor
    values_N: torch.Tensor
    reference_N: torch.Tensor

    @property
    def kl(self) -> float:
        """KL(policy || reference) in nats an answer, as the reward charges it: the mean log-ratio
        of the policy's own answers. Unbiased, and one unlikely token cannot blow it up.
        """
        answers = sum(len(row.answers) for row in self.rows)
        return (self.logps_N - self.reference_N).sum().item() / answers


@dataclass(frozen=True, slots=True)
class Experience:
    """What is learned from: a tensor for each row."""

    rows: list[Row]
    old: Sequence[torch.Tensor]
    values: Sequence[torch.Tensor]
    advantages: Sequence[torch.Tensor]
    returns: Sequence[torch.Tensor]
    weights: Sequence[torch.Tensor]
    figures: Figures

    def take(self, indices: Sequence[int]) -> list[torch.Tensor]:
        """old, values, advantages, returns, weights of these rows, [N] each."""
        columns = (self.old, self.values, self.advantages, self.returns, self.weights)
        return [torch.cat([column[i] for i in indices]) for column in columns]


class Learner:
    def __init__(self, backbone: Backbone, config: Config, data: Data) -> None:
        """Raises BadConfig when there is nothing for `ppo.sft_weight` to learn from."""
        self.backbone = backbone
        self.config = config.ppo
        self.run = config.run
        self.policy = backbone.parameters(Role.POLICY)
        width = backbone.head_VH.shape[1]
        self.head_H = torch.zeros(width, device=backbone.device, requires_grad=True)
        self.head_bias = torch.zeros((), device=backbone.device, requires_grad=True)
        self.policy_optimizer = self._adam(self.policy, self.config.learning_rate)
        self.value_optimizer = self._adam(self.head, self.config.value_learning_rate)
        self.replay = _replay_rows(data) if self.config.sft_weight else []
        if self.config.sft_weight and not self.replay:
            raise BadConfig(
                "ppo.sft_weight: expected demonstrations or chosen answers in the data, found "
                "none; set it to 0"
            )

    @property
    def head(self) -> list[torch.Tensor]:
        return [self.head_H, self.head_bias]

    @property
    def parameters(self) -> list[torch.Tensor]:
        return [*self.policy, *self.head]

    def view(self, rollouts: Sequence[Rollout], tick: Callable[[], None]) -> View:
        """The answers as the policy sees them now. `tick` is called often and may raise."""
        rows = pack_rollouts(rollouts, self.backbone.max_length)

        def look(own: list[int]) -> list[torch.Tensor]:
            found: dict[int, torch.Tensor] = {}
            for part in micro_batches(own, rows, self.run.micro_tokens):
                tick()
                batch = self.backbone.collate([rows[i] for i in part])
                sizes = [len(rows[i].targets) for i in part]
                found.update(zip(part, self._look(batch).cpu().split(sizes, 1), strict=True))
            return [found[index] for index in own]

        found = self.backbone.share_out(len(rows), look)
        return View(rows, *torch.cat(found, 1).to(self.backbone.device))

    @torch.no_grad()
    def _look(self, batch: Batch) -> torch.Tensor:
        """Log-probabilities, values and the reference's log-probabilities, [3, N]."""
        with self.backbone.role(Role.POLICY):
            logps_N, hidden_NH = self._read(batch)
        with self.backbone.role(Role.REFERENCE):
            reference_N, _ = self._read(batch)
        return torch.stack([logps_N, self._values(hidden_NH), reference_N])

    def weigh(self, rollouts: Sequence[Rollout], view: View, scores_A: torch.Tensor) -> Experience:
        """`scores_A`: the reward model's, of every answer in order. Raises Diverged when one is not
        finite.
        """
        config, device = self.config, self.backbone.device
        samples = [sample for rollout in rollouts for sample in rollout.samples]
        if not bool(scores_A.isfinite().all()):
            raise Diverged("the reward model gave a score that is not a finite number")
        layout = lay_out([len(sample.ids) for sample in samples], device)
        mask_AT = layout.mask_AT
        ended_A = torch.tensor([sample.ended for sample in samples], device=device)
        limited_A = limit_scores(scores_A, ended_A, config.score_clip, config.no_eos_score)
        rewards_AT = token_rewards(
            limited_A,
            layout.pad(view.logps_N),
            layout.pad(view.reference_N),
            mask_AT,
            config.beta,
        )
        advantages_AT = estimate_advantages(
            rewards_AT, layout.pad(view.values_N), mask_AT, config.gamma, config.lam
        )
        returns_N = layout.flatten(advantages_AT) + view.values_N
        advantages_N = layout.flatten(whiten(advantages_AT, mask_AT))
        weights_N, gap = self._correct(rollouts, view)
        sizes = [len(row.targets) for row in view.rows]
        figures = {
            "score": limited_A.mean().item(),
            "reward": rewards_AT.sum(1).mean().item(),
            "kl": view.kl,
            # Of the policy's own samples, so its mean is the entropy.
            "entropy": -view.logps_N.mean().item(),
            "explained_variance": explained_variance(view.values_N, returns_N).item(),
            "length": len(view.logps_N) / len(samples),
            "eos_rate": ended_A.float().mean().item(),
            **gap,
        }
        return Experience(
            rows=view.rows,
            old=view.logps_N.split(sizes),
            values=view.values_N.split(sizes),
            advantages=advantages_N.split(sizes),
            returns=returns_N.split(sizes),
            weights=weights_N.split(sizes),
            figures=figures,
        )

    def _correct(self, rollouts: Sequence[Rollout], view: View) -> tuple[torch.Tensor, Figures]:
        """Weight of each token [N], and how far the sampler's log-probabilities are from ours: the
        mean absolute difference, where the sampler tells them.
        """
        told = [logp for rollout in rollouts for s in rollout.samples for logp in s.logps]
        ones_N = torch.ones_like(view.logps_N)
        if not told:
            return ones_N, {}
        gap_N = view.logps_N - torch.tensor(told, device=self.backbone.device)
        figures = {"sampler_gap": gap_N.abs().mean().item()}
        if not self.config.tis:
            return ones_N, figures
        return gap_N.exp().clamp(self.config.tis_low, self.config.tis_high), figures

    def learn(self, experience: Experience, rate: float, seed: int) -> Figures:
        """Gradient steps at `rate` of the learning rates; means over them. Ends early, before the
        step, when the policy is `ppo.update_kl` away from the one that sampled.

        Raises Diverged when loss or gradient are not finite.
        """
        config = self.config
        plan = plan_steps(
            experience.rows, max(1, config.batch_size // config.samples), config.passes, 0, seed
        )
        draw = np.random.default_rng(seed)
        _set_rate(self.policy_optimizer, config.learning_rate * rate)
        _set_rate(self.value_optimizer, config.value_learning_rate * rate)
        done: list[Figures] = []
        for indices in plan:
            figures = processes.sum_figures(self.accumulate(experience, indices, draw))
            if done and figures["moved"] > config.update_kl:
                self._forget_gradients()
                break
            done.append({**figures, "grad_norm": self._step(figures["loss"])})
        means = {name: float(np.mean([f[name] for f in done])) for name in done[0]}
        return {**means, "gradient_steps": float(len(done))}

    def accumulate(
        self, experience: Experience, indices: Sequence[int], draw: np.random.Generator
    ) -> Figures:
        """Adds this process's share of the gradient of the mean loss per token of these rows, in
        parts that fit in memory. Figures are shares too. `draw` picks what is replayed.
        """
        rows = experience.rows
        tokens = sum(len(rows[i].targets) for i in indices)
        parts = []
        own = micro_batches(processes.mine(indices), rows, self.run.micro_tokens)
        for part in self.backbone.level(own, spare=indices[:1]):
            batch = self.backbone.collate([rows[i] for i in part.indices])
            old_N, old_values_N, advantages_N, returns_N, weights_N = experience.take(part.indices)
            share = part.share / tokens
            with self.backbone.role(Role.POLICY):
                logps_N, hidden_NH = self._read(batch)
            surrogate = policy_loss(logps_N, old_N, advantages_N, self.config.clip)
            policy = share * (weights_N * surrogate.loss_N).sum()
            value_N = value_loss(
                self._values(hidden_NH), old_values_N, returns_N, self.config.value_clip
            )
            value = share * value_N.sum()
            (policy + value).backward()
            parts.append(
                {
                    "loss": policy + value,
                    "policy_loss": policy,
                    "value_loss": value,
                    "clip_fraction": share * surrogate.clipped_N.sum(),
                    "moved": share * distance(old_N, logps_N.detach()).sum(),
                }
            )
        figures = sum_figures(parts)
        if self.replay:
            replayed = self._replay(len(indices) * self.config.samples, draw)
            figures["sft_loss"] = replayed
            figures["loss"] = figures.get("loss", 0.0) + self.config.sft_weight * replayed
        return figures

    def _replay(self, count: int, draw: np.random.Generator) -> float:
        """Adds this process's share of the gradient of `ppo.sft_weight` x mean negative
        log-probability per token; its share of that mean.
        """
        picked = draw.choice(len(self.replay), min(count, len(self.replay)), replace=False)
        indices = picked.tolist()
        tokens = sum(len(self.replay[i].targets) for i in indices)
        total = torch.zeros((), device=self.backbone.device)
        own = micro_batches(processes.mine(indices), self.replay, self.run.micro_tokens)
        for part in self.backbone.level(own, spare=indices[:1]):
            batch = self.backbone.collate([self.replay[i] for i in part.indices])
            with self.backbone.role(Role.POLICY):
                loss = -batch_logprobs(self.backbone, batch).sum() * (part.share / tokens)
            (self.config.sft_weight * loss).backward()
            total += loss.detach()
        return total.item()

    def _step(self, loss: float) -> float:
        """The policy's gradient norm before it was limited."""
        processes.sum_gradients(self.parameters)
        limit = self.config.max_grad_norm
        norm = torch.nn.utils.clip_grad_norm_(self.policy, limit).item()
        value_norm = torch.nn.utils.clip_grad_norm_(self.head, limit).item()
        if not all(math.isfinite(number) for number in (loss, norm, value_norm)):
            raise Diverged(
                f"loss {loss}, gradient norm {norm} of the policy and {value_norm} of the value "
                "head; lower ppo.learning_rate or ppo.value_learning_rate"
            )
        self.policy_optimizer.step()
        self.value_optimizer.step()
        self._forget_gradients()
        return norm

    def _forget_gradients(self) -> None:
        self.policy_optimizer.zero_grad(set_to_none=True)
        self.value_optimizer.zero_grad(set_to_none=True)

    def _read(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-probabilities [N] at the sampling temperature, and the hidden states [N, H] that they
        were predicted from, as the active role sees them.
        """
        backbone = self.backbone
        hidden_BSH = backbone.hidden(batch.ids_BS, batch.positions_BS, batch.mask_BSS)
        hidden_NH = hidden_BSH.flatten(0, 1).index_select(0, batch.predict_at_N)
        # Logits are linear in the hidden state: dividing it divides them.
        scaled_NH = hidden_NH.float() / self.config.temperature
        return token_logprobs(scaled_NH, backbone.head_VH, batch.targets_N), hidden_NH

    def _values(self, hidden_NH: torch.Tensor) -> torch.Tensor:
        return hidden_NH.detach().float() @ self.head_H + self.head_bias

    def _adam(self, parameters: Sequence[torch.Tensor], rate: float) -> torch.optim.AdamW:
        return torch.optim.AdamW(
            parameters, lr=rate, betas=_ADAM_BETAS, eps=_ADAM_EPSILON, weight_decay=0.0
        )


def _set_rate(optimizer: torch.optim.AdamW, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate


def _replay_rows(data: Data) -> list[Row]:
    """What `ppo.replay` names, else demonstrations, else every answer that won a vote."""
    items = data.replay.items or data.demonstrations.items
    if items:
        shown = [(item.prompt_ids, item.answer.ids) for item in items]
    else:
        shown = [
            (group.prompt_ids, group.answers[chosen].ids)
            for group in data.train.groups
            for chosen in sorted({pair.chosen for pair in group.pairs})
        ]
    return [pack_answers(index, prompt, [answer]) for index, (prompt, answer) in enumerate(shown)]
