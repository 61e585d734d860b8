"""TRL's side of every method but ppo: its trainer, handed token ids, with a clock."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoTokenizer, TrainerCallback

from benchmarks.arms import ALPHA, LEARNING_RATE, RANK, Measured, Task
from benchmarks.arms.meter import measured, now


class Clock(TrainerCallback):
    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.ends.append(now())


def timed(trainer: type, task: Task, beforehand: bool) -> type:
    """Without a preparation of the data; with the reference's seconds where it is `beforehand`."""

    class Timed(trainer):  # type: ignore[misc]
        apart_s = 0.0
        asked = 0
        losses: list[torch.Tensor] = []  # noqa: RUF012

        def _prepare_dataset(self, dataset: Dataset, *_: Any, **__: Any) -> Dataset:
            return dataset

        def compute_ref_log_probs(self, *args: Any) -> Any:
            began = now()
            found = super().compute_ref_log_probs(*args)
            self.asked += 1
            if beforehand and self.asked > task.warmup:
                self.apart_s += now() - began
            return found

        def compute_loss(self, *args: Any, **kwargs: Any) -> torch.Tensor:
            loss: torch.Tensor = super().compute_loss(*args, **kwargs)
            self.losses.append(loss.detach())
            return loss

    return Timed


def run(
    task: Task,
    began: float,
    trainer: type,
    arguments: Any,
    model: Any,
    columns: Mapping[str, list[Any]],
    task_type: str = "CAUSAL_LM",
) -> Measured:
    clock = Clock()
    heads = {"modules_to_save": ["score"]} if task_type == "SEQ_CLS" else {}
    beforehand = getattr(arguments, "precompute_ref_log_probs", False)
    peer = timed(trainer, task, beforehand)(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_dict(dict(columns)),
        processing_class=AutoTokenizer.from_pretrained(task.model),
        peft_config=lora(task_type, **heads),
        callbacks=[clock],
    )
    start_s = time.time() - began - peer.apart_s
    peer.train()
    step_s = clock.ends[-1] - clock.ends[task.warmup - 1]
    return measured(task, start_s, step_s, peer.apart_s, float(peer.losses[0]))


def lora(task_type: str, **more: Any) -> LoraConfig:
    return LoraConfig(
        r=RANK,
        lora_alpha=ALPHA,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type=task_type,
        **more,
    )


def arguments(task: Task, tuned: bool) -> dict[str, Any]:
    """TRL's own defaults but for what every arm is told, and what `tuned` is."""
    told = {
        "output_dir": str(Path(task.model) / "trl"),
        "per_device_train_batch_size": task.batch_size,
        "max_steps": task.steps,
        "learning_rate": LEARNING_RATE,
        "max_length": None,
        "train_sampling_strategy": "sequential",
        "use_cpu": not torch.cuda.is_available(),
        "dataloader_pin_memory": torch.cuda.is_available(),
        "save_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
    }
    return told | ({"bf16": True, "gradient_checkpointing": False} if tuned else {})


def load(auto: Any, task: Task, tuned: bool, **more: Any) -> Any:
    """A model as TRL loads it by default, or in bfloat16."""
    dtype = torch.bfloat16 if tuned else torch.float32
    return auto.from_pretrained(task.model, dtype=dtype, **more)
