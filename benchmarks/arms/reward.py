"""A reward model, eight pairs a step. Its head starts at 0 in every arm, so that all begin with the
same loss, ln 2.
"""

from __future__ import annotations

import torch

from benchmarks.arms import Measured, Task


def ours(task: Task, began: float, dtype: str) -> Measured:
    from benchmarks.arms import here
    from benchmarks.workload import as_groups
    from trainer.backbone import Backbone
    from trainer.completions import Completions
    from trainer.config import Config
    from trainer.data import Preferences
    from trainer.job import Data
    from trainer.reward import RewardObjective, make_objective

    def make(backbone: Backbone, config: Config) -> tuple[RewardObjective, float]:
        pairs, none = Preferences(as_groups(task.pairs)), Completions()
        data = Data(pairs, Preferences(), none, none, none, none, prompts=[], golden=[])
        objective = make_objective(backbone, data, config)
        with torch.no_grad():
            objective.learners[0].member.head_H.zero_()
        return objective, 0.0

    alone = {"ensemble": 1, "center": 0.0, "thumbs_weight": 0.0, "position_covariate": False}
    return here.run(task, began, dtype, make, "reward", alone)


def trl(task: Task, began: float, tuned: bool) -> Measured:
    from transformers import AutoModelForSequenceClassification
    from trl import RewardConfig, RewardTrainer

    from benchmarks.arms import peer

    columns = {
        "chosen_ids": [x + chosen for x, chosen, _ in task.pairs],
        "rejected_ids": [x + rejected for x, _, rejected in task.pairs],
    }
    model = peer.load(AutoModelForSequenceClassification, task, tuned, num_labels=1)
    torch.nn.init.zeros_(model.score.weight)
    arguments = RewardConfig(**peer.arguments(task, tuned))
    return peer.run(task, began, RewardTrainer, arguments, model, columns, "SEQ_CLS")
