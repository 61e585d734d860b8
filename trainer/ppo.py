"""Proximal policy optimisation (Schulman et al. 2017) of a LoRA adapter against a reward model.

An update: the policy answers prompts, K samples each; the reward model scores every answer at its
last token; r, V, A and R come of that as in trainer/advantages.py; then gradient steps on
    mean over tokens of max(-A rho, -A clip(rho, 1 - eps, 1 + eps)),  rho = pi(y|s) / pi_old(y|s)
with A whitened over the whole update, and for the value head on
    mean over tokens of max((V - R)^2, (clip(V, V_old - eps_v, V_old + eps_v) - R)^2) / 2
pi_old is the policy that sampled, its log-probabilities computed here again, whoever sampled. pi,
pi_old and pi_ref are all taken at the sampling temperature.

The policy starts as a copy of the reference, the champion's adapter, so that their distance starts
at 0: the reward is for going on from what is served. It is the one method that does not begin at
the bare base, where its samples would be another model's than the one that got the votes.
Policy, reference, reward model and value head share one frozen base. Of several processes each
samples, scores and learns from its share; what they find is put together before it is compared.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from core.errors import BadConfig, OutOfBudget, RunCancelled
from trainer import reward
from trainer.checkpoint import Checkpoint, Checkpoints
from trainer.data import Prompt
from trainer.errors import Diverged
from trainer.job import Job
from trainer.learner import Figures, Learner, View
from trainer.loop import learning_rate
from trainer.lora import Role
from trainer.monitor import Monitor, StepMetrics
from trainer.reward_model import RewardModel, load_reward
from trainer.rollout_log import RolloutLog
from trainer.rollouts import Rollout, Sampler, open_sampler, pack_rollouts, update_seed
from trainer.warm_start import copy_reference

Scorer = Callable[[Sequence[Rollout]], torch.Tensor]
"""Scores [A] in fp32 of all answers in order, normalised to the champion's: mean 0, deviation 1."""

_WIDE_GAP = 0.1
"""Mean nats a token between sampler and trainer beyond which they may not hold the same adapter."""
_START_TOLERANCE = {torch.float32: 1e-4}
_ROUGH_TOLERANCE = 0.05
"""Mean nats a token; rounding makes as much in 16 bits where the ranks differ."""


def train(job: Job) -> None:
    """Raises BadConfig when no prompt is short enough, or no reward model is to be had."""
    prompts = rollout_prompts(job)
    scorer = score_with(open_reward(job))
    if job.config.ppo.start == "champion":
        copy_reference(job.backbone, job.config.lora, job.config.run.seed)
    sampler = open_sampler(job.backbone, job.config)
    try:
        Ppo(job, prompts, sampler, scorer).run()
    finally:
        sampler.close()


class Ppo:
    """The updates of one run. `step` updates are done; `within` is the newest policy and value head
    that were measured and found within `ppo.max_kl`.
    """

    def __init__(
        self, job: Job, prompts: Sequence[Prompt], sampler: Sampler, scorer: Scorer
    ) -> None:
        self.job = job
        self.config = job.config.ppo
        self.seed = job.config.run.seed
        self.prompts = prompts
        self.sampler = sampler
        self.scorer = scorer
        self.learner = Learner(job.backbone, job.config, job.data)
        size = min(self.config.prompts, len(prompts))
        self.steps = self.config.steps or math.ceil(self.config.epochs * len(prompts) / size)
        self.step = self.tokens = 0
        self.seconds = 0.0
        self.finished = self.doubted = False
        self.within: list[torch.Tensor] = []
        if job.saved:
            self._restore(job.saved)
        self.log = RolloutLog(Path(job.config.run.output), job.backbone.renderer)
        self.log.resume(self.step)

    def run(self) -> None:
        """The updates that are left. Saves before it raises RunCancelled or OutOfBudget; they come
        only while nothing is being changed.
        """
        saved = time.monotonic()
        try:
            while not self.finished:
                self._update()
                if time.monotonic() - saved > self.job.config.run.checkpoint_every_s:
                    self._save()
                    saved = time.monotonic()
        except (RunCancelled, OutOfBudget):
            self._save()
            raise
        finally:
            self.job.report.steps, self.job.report.tokens = self.step, self.tokens
        self._save()

    def _update(self) -> None:
        """One update; after the last one, samples once more to know that it kept the budget."""
        began = time.monotonic()
        prompts = pick_prompts(self.prompts, self.config.prompts, self.seed, self.step)
        rollouts = self.sampler.sample(prompts, self.step, self._tick)
        view = self.learner.view(rollouts, self.job.check)
        if self.step == 0:
            self._check_start(view)
        if not self._keeps_budget(view.kl):
            return
        if self.step == self.steps:
            self.finished = True
            return
        scores_A = self.scorer(rollouts)
        if self.config.keep_rollouts:
            self.log.add(self.step, rollouts, scores_A.tolist())
        experience = self.learner.weigh(rollouts, view, scores_A)
        self.job.guard.check_together()
        rate = learning_rate(self.step, self.steps, self.config.warmup_steps)
        figures = self.learner.learn(experience, rate, update_seed(self.seed, self.step))
        tokens = sum(map(len, view.rows))
        self._record({**figures, **experience.figures}, rate, tokens, time.monotonic() - began)

    def _keeps_budget(self, kl: float) -> bool:
        """If not, the policy is again what it was before it left the budget, and the run ends.

        Raises Diverged when `kl` is not finite.
        """
        if not math.isfinite(kl):
            raise Diverged(
                f"after update {self.step} the policy is {kl} nats an answer from its reference; "
                "lower ppo.learning_rate"
            )
        limit = self.config.max_kl
        if kl <= limit:
            self.within = [p.detach().clone() for p in self.learner.parameters]
            return True
        if not self.within:
            raise BadConfig(
                f"the policy starts {kl:.1f} nats an answer from its reference, ppo.max_kl allows "
                f"{limit:g}; use ppo.start = 'champion' or raise ppo.max_kl"
            )
        self._set(self.within)
        self.finished = True
        self.job.report.warn(
            f"update {self.step} left the budget: {kl:.1f} nats an answer from the reference, "
            f"ppo.max_kl allows {limit:g}; the policy before it is published"
        )
        return False

    def _check_start(self, view: View) -> None:
        """Raises Diverged where a policy that starts at its reference does not equal it."""
        if self.config.start == "base" and self.job.backbone.factors(Role.REFERENCE):
            return
        tolerance = _START_TOLERANCE.get(self.job.backbone.dtype, _ROUGH_TOLERANCE)
        gap = (view.logps_N - view.reference_N).abs().mean().item()
        if not gap < tolerance:
            raise Diverged(f"the untrained policy differs from its reference by {gap:.2g} a token")

    def _record(self, figures: Figures, rate: float, tokens: int, took: float) -> None:
        self.step += 1
        self.tokens += tokens
        self.seconds += took
        norm = figures.pop("grad_norm")
        self.job.monitor.step(
            StepMetrics(
                step=self.step,
                steps=self.steps,
                lr=rate * self.config.learning_rate,
                grad_norm=norm,
                tokens_per_s=tokens / took,
                eta_s=(self.steps - self.step) * self.seconds / self.step,
                figures=figures,
            )
        )
        gap = figures.get("sampler_gap", 0.0)
        if gap > _WIDE_GAP and not self.doubted:
            self.doubted = True
            self.job.report.warn(
                f"update {self.step}: vLLM's log-probabilities are {gap:.2f} nats a token from the "
                "trainer's; see that it applies the adapter, and at the same temperature"
            )

    def _tick(self, share: float) -> None:
        # Only one process hears of vLLM's samples.
        check = self.job.guard.check if self.config.rollout_url else self.job.check
        check()
        done = min(1.0, (self.step + share / 2) / self.steps)
        self.job.monitor.progress("train", done, f"samples of update {self.step + 1}")

    def _save(self) -> None:
        self.job.checkpoints.save(
            Checkpoint(
                step=self.step,
                tokens=self.tokens,
                seconds=self.seconds,
                parameters=[p.detach().clone() for p in self.learner.parameters],
                optimizer={
                    "policy": self.learner.policy_optimizer.state_dict(),
                    "value": self.learner.value_optimizer.state_dict(),
                },
                random=torch.get_rng_state(),
                objective={
                    "finished": torch.tensor(self.finished),
                    "doubted": torch.tensor(self.doubted),
                    **{f"within_{number}": p for number, p in enumerate(self.within)},
                },
            )
        )

    def _restore(self, saved: Checkpoint) -> None:
        self._set(saved.parameters)
        self.learner.policy_optimizer.load_state_dict(saved.optimizer["policy"])
        self.learner.value_optimizer.load_state_dict(saved.optimizer["value"])
        torch.set_rng_state(saved.random)
        self.step, self.tokens, self.seconds = saved.step, saved.tokens, saved.seconds
        self.finished = bool(saved.objective["finished"])
        self.doubted = bool(saved.objective["doubted"])
        count = sum(name.startswith("within_") for name in saved.objective)
        self.within = [saved.objective[f"within_{number}"] for number in range(count)]

    @torch.no_grad()
    def _set(self, values: Sequence[torch.Tensor]) -> None:
        for parameter, value in zip(self.learner.parameters, values, strict=True):
            parameter.copy_(value)


def rollout_prompts(job: Job) -> list[Prompt]:
    """Every prompt of the data once that leaves room for an answer, but not those of votes and
    thumbs that were held out: they judge the policy afterwards.
    """
    data = job.data
    held = {group.prompt_ids for group in data.heldout.groups}
    held |= {item.prompt_ids for item in data.thumbs_heldout.items}
    asked = [
        *(Prompt(group.prompt, group.prompt_ids) for group in data.train.groups),
        *(Prompt(item.prompt, item.prompt_ids) for item in data.thumbs.items),
        *(Prompt(item.prompt, item.prompt_ids) for item in data.demonstrations.items),
        *data.prompts,
    ]
    longest = job.backbone.max_length - job.config.ppo.max_new_tokens
    found = {p.ids: p for p in asked if p.ids not in held and len(p.ids) <= longest}
    if not found:
        raise BadConfig(
            f"{job.config.data.path} has no prompt of at most {longest} tokens that is not held "
            "out; lower ppo.max_new_tokens, or bring more prompts"
        )
    return list(found.values())


def pick_prompts(prompts: Sequence[Prompt], count: int, seed: int, update: int) -> list[Prompt]:
    """Those of one update, of a stream that is shuffled anew on every pass; `count` or all."""
    size = min(count, len(prompts))
    places = range(update * size, (update + 1) * size)
    orders = {
        turn: np.random.default_rng((seed, turn)).permutation(len(prompts))
        for turn in {place // len(prompts) for place in places}
    }
    return [prompts[orders[place // len(prompts)][place % len(prompts)]] for place in places]


def score_with(model: RewardModel) -> Scorer:
    backbone = model.backbone

    def score(rollouts: Sequence[Rollout]) -> torch.Tensor:
        rows = pack_rollouts(rollouts, backbone.max_length, keep_ends=True)

        def look(own: list[int]) -> list[torch.Tensor]:
            part = [rows[index] for index in own]
            return list(model.scores(part).cpu().split([len(row.answers) for row in part]))

        return torch.cat(backbone.share_out(len(rows), look)).to(backbone.device)

    return score


def open_reward(job: Job) -> RewardModel:
    """The one that `ppo.reward` names; else one trained here, into output/reward, which a run that
    is taken up again finds there. Raises BadConfig when the directory does not hold one.
    """
    named = job.config.ppo.reward
    trained = Path(job.config.run.output) / "reward"
    if named or (job.saved and trained.is_dir()):
        directory = Path(named) if named else trained
        return load_reward(job.backbone, directory, micro_tokens=job.config.run.micro_tokens)
    return _train_reward(job)


def _train_reward(job: Job) -> RewardModel:
    """With checkpoints and metrics of its own, in output/reward-run."""
    beside = Path(job.config.run.output) / "reward-run"
    beside.mkdir(parents=True, exist_ok=True)
    monitor = _BesideMonitor(beside, job.monitor)
    checkpoints = Checkpoints(beside / "checkpoints", job.checkpoints.fits, job.report)
    if not job.resumed:
        checkpoints.clear()
    saved = checkpoints.load()
    monitor.resume(saved.step if saved else 0)
    try:
        return reward.fit(replace(job, monitor=monitor, checkpoints=checkpoints, saved=saved))
    finally:
        monitor.close()


class _BesideMonitor(Monitor):
    """Metrics of the reward model; its progress is the run's, before the updates begin."""

    def __init__(self, output: Path, run: Monitor) -> None:
        super().__init__(output)
        self.run = run

    def progress(
        self,
        phase: str,
        share: float,
        message: str,
        eta_s: float | None = None,
        figures: Mapping[str, float] | None = None,
    ) -> None:
        self.run.progress("reference", share, f"reward model: {message}", eta_s)
