"""SFT on the chosen answers, prompts left out of the loss, eight answers a step."""

from __future__ import annotations

from benchmarks.arms import Measured, Task

_LEFT_OUT = -100


def ours(task: Task, began: float, dtype: str) -> Measured:
    from benchmarks.arms import here
    from trainer.backbone import Backbone
    from trainer.config import Config
    from trainer.rows import pack_answers
    from trainer.sft import SftObjective

    def make(backbone: Backbone, config: Config) -> tuple[SftObjective, float]:
        rows = [pack_answers(n, x, [y], (1.0,)) for n, (x, y, _) in enumerate(task.pairs)]
        return SftObjective(backbone, rows, config.run.micro_tokens), 0.0

    return here.run(task, began, dtype, make, "sft", {})


def trl(task: Task, began: float, tuned: bool) -> Measured:
    from transformers import AutoModelForCausalLM
    from trl import SFTConfig, SFTTrainer

    from benchmarks.arms import peer

    columns = {
        "input_ids": [x + y for x, y, _ in task.pairs],
        "labels": [[_LEFT_OUT] * len(x) + y for x, y, _ in task.pairs],
    }
    ready = {"skip_prepare_dataset": True}
    arguments = SFTConfig(**peer.arguments(task, tuned), dataset_kwargs=ready)
    model = peer.load(AutoModelForCausalLM, task, tuned)
    return peer.run(task, began, SFTTrainer, arguments, model, columns)
