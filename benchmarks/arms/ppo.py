"""PPO, one answer of `task.sampled` tokens to each of eight prompts an update, one pass over them.

TRL's side is TRL 1.12, the last that has PPO (`make bench-ppo`). It holds three models: the policy,
whose bare base is the reference, the reward model and the value model.
"""

from __future__ import annotations

import time
from typing import Any

from benchmarks.arms import BETA, Measured, Task


def ours(task: Task, began: float, dtype: str) -> Measured:
    from benchmarks.arms import here
    from benchmarks.arms.meter import measured, now
    from trainer.backbone import load_backbone
    from trainer.completions import Completions
    from trainer.data import Preferences, Prompt
    from trainer.job import Data
    from trainer.learner import Learner
    from trainer.lora import Role
    from trainer.ppo import score_with
    from trainer.reward_model import RewardModel, start_member
    from trainer.rollouts import open_sampler

    sizes = {"prompts": task.batch_size, "samples": 1, "max_new_tokens": task.sampled}
    config = here.configure(task, dtype, "ppo", {**sizes, "beta": BETA, "passes": 1})
    backbone = load_backbone(config)
    none = Completions()
    data = Data(Preferences(), Preferences(), none, none, none, none, prompts=[], golden=[])
    learner, sampler = Learner(backbone, config, data), open_sampler(backbone, config)
    member = start_member(backbone, Role.REWARD, config.lora, config.run.seed)
    score = score_with(RewardModel(backbone, (member,)))
    prompts = [Prompt([], tuple(x)) for x, _, _ in task.pairs]
    start_s = time.time() - began
    times: list[tuple[float, float]] = []
    for step in range(task.steps):
        asked = now()
        part = prompts[step * task.batch_size : (step + 1) * task.batch_size]
        rollouts = sampler.sample(part, step, lambda _: None)
        sampled = now()
        view = learner.view(rollouts, lambda: None)
        learner.learn(learner.weigh(rollouts, view, score(rollouts)), 1.0, step)
        times.append((sampled - asked, now() - sampled))
    apart_s, step_s = (sum(part) for part in zip(*times[task.warmup :], strict=True))
    return measured(task, start_s, step_s, apart_s, None)


def trl(task: Task, began: float, tuned: bool) -> Measured:
    from datasets import Dataset
    from torch.utils.data import DataLoader
    from transformers import (
        AutoModelForCausalLM,
        AutoModelForSequenceClassification,
        AutoTokenizer,
    )
    from trl.experimental.ppo import PPOTrainer, ppo_trainer

    from benchmarks.arms import peer
    from benchmarks.arms.meter import measured, now

    sampling: list[float] = []
    generate = ppo_trainer.batch_generation

    def timed(*args: Any) -> Any:
        asked = now()
        found = generate(*args)
        sampling.append(now() - asked)
        return found

    # There is no other place to see how long it samples.
    ppo_trainer.batch_generation = timed
    tokenizer = AutoTokenizer.from_pretrained(task.model, padding_side="left")
    clock = peer.Clock()
    judge, critic = (
        peer.load(AutoModelForSequenceClassification, task, tuned, num_labels=1) for _ in range(2)
    )
    trainer = PPOTrainer(
        args=_trl_arguments(task, tuned),
        processing_class=tokenizer,
        model=peer.load(AutoModelForCausalLM, task, tuned),
        ref_model=None,
        reward_model=judge,
        value_model=critic,
        train_dataset=Dataset.from_dict({"input_ids": [x for x, _, _ in task.pairs]}),
        eval_dataset=Dataset.from_dict({"input_ids": [task.pairs[0][0]]}),
        peft_config=peer.lora("CAUSAL_LM"),
        callbacks=[clock],
    )
    # Its own would shuffle.
    in_order = DataLoader(trainer.train_dataset, task.batch_size, collate_fn=trainer.data_collator)
    trainer.dataloader = trainer.accelerator.prepare(in_order)
    start_s = time.time() - began
    trainer.train()
    whole_s = clock.ends[-1] - clock.ends[task.warmup - 1]
    apart_s = sum(sampling[task.warmup :])
    return measured(task, start_s, whole_s - apart_s, apart_s, None)


def _trl_arguments(task: Task, tuned: bool) -> Any:
    from trl.experimental.ppo import PPOConfig

    from benchmarks.arms import peer

    known = peer.arguments(task, tuned)
    for later in ("max_length", "max_steps", "train_sampling_strategy"):
        del known[later]
    return PPOConfig(
        **known,
        total_episodes=len(task.pairs),
        response_length=task.sampled,
        temperature=1.0,
        kl_coef=BETA,
        num_ppo_epochs=1,
        num_mini_batches=1,
        local_rollout_forward_batch_size=task.batch_size,
        num_sample_generations=0,
    )
