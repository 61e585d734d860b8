"""DPO, eight pairs a step."""

from __future__ import annotations

from benchmarks.arms import BETA, Measured, Task


def ours(task: Task, began: float, dtype: str) -> Measured:
    from benchmarks.arms import here
    from benchmarks.workload import as_groups
    from trainer.backbone import Backbone
    from trainer.config import Config
    from trainer.dpo import DpoObjective
    from trainer.rows import pack_groups

    def make(backbone: Backbone, config: Config) -> tuple[DpoObjective, float]:
        rows = pack_groups(as_groups(task.pairs), backbone.max_length)
        kept, apart_s = here.reference(backbone, config, rows, task.untimed)
        return DpoObjective(backbone, rows, kept, config.dpo, config.run.micro_tokens), apart_s

    return here.run(task, began, dtype, make, "dpo", {"beta": BETA, "nll_weight": 0.0})


def trl(task: Task, began: float, tuned: bool) -> Measured:
    from transformers import AutoModelForCausalLM
    from trl import DPOConfig, DPOTrainer

    from benchmarks.arms import peer

    names = ("prompt_ids", "chosen_ids", "rejected_ids")
    columns = dict(zip(names, map(list, zip(*task.pairs, strict=True)), strict=True))
    arguments = DPOConfig(**peer.arguments(task, tuned), beta=BETA, precompute_ref_log_probs=tuned)
    model = peer.load(AutoModelForCausalLM, task, tuned)
    return peer.run(task, began, DPOTrainer, arguments, model, columns)
