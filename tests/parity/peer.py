"""TRL's side: `python -m tests.parity.peer BASE DIRECTORY` trains every run of RUNS.

Leaves DIRECTORY/NAME/init, the adapter before the first step as PEFT saves it, and
DIRECTORY/NAME/trace.pt: each step's loss, what the policy made of each sequence before the step,
the token ids, and the adapter after the last step. A process of its own, so that nothing TRL does
to torch, transformers or the warnings filter reaches our side.

Made equal to ours: fp32, no dropout, AdamW's betas and epsilon, no weight decay, the clip of the
gradient, the learning rate of every step, and the order of the rows.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig, PeftModel
from peft.utils import get_peft_model_state_dict
from torch.optim.lr_scheduler import LambdaLR
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    set_seed,
)
from trl import (
    DPOConfig,
    DPOTrainer,
    KTOConfig,
    KTOTrainer,
    RewardConfig,
    RewardTrainer,
    SFTConfig,
    SFTTrainer,
)

from tests.parity.task import (
    ALPHA,
    ANSWERS_PER_STEP,
    BETA,
    CENTER,
    DESIRABLE_WEIGHT,
    FINAL_SHARE,
    LABEL_SMOOTHING,
    LEARNING_RATE,
    PAIRS_PER_STEP,
    RANK,
    STEPS,
    WARMUP_STEPS,
)

PAD = "<|system|>"
"""Not the end of a turn, which a sequence classifier would then not see."""


@dataclass(frozen=True, slots=True)
class Run:
    """`calls`: how often a step asks the model; `policy`: which of the answers is the policy's."""

    train: Callable[[Path, Path], Any]
    calls: int
    policy: int
    start: str = ""
    """Run whose adapter this one begins with, and has as its reference."""


@dataclass(slots=True)
class Record:
    losses: list[torch.Tensor] = field(default_factory=list)
    calls: list[torch.Tensor] = field(default_factory=list)


def learning_rate_share(step: int) -> float:
    """Of the peak, at a step counted from 0: linear up, then linear down to a tenth."""
    if step < WARMUP_STEPS:
        return (step + 1) / WARMUP_STEPS
    return 1 - (1 - FINAL_SHARE) * (step - WARMUP_STEPS) / (STEPS - WARMUP_STEPS)


def watched(trainer: type) -> type:
    """A trainer with our learning rates that keeps the unrounded loss of every step."""

    class Watched(trainer):  # type: ignore[misc]
        def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> LambdaLR:
            self.lr_scheduler = LambdaLR(optimizer or self.optimizer, learning_rate_share)
            return self.lr_scheduler

        def compute_loss(self, *args: Any, **kwargs: Any) -> torch.Tensor:
            loss: torch.Tensor = super().compute_loss(*args, **kwargs)
            self.record.losses.append(loss.detach().clone())
            return loss

    return Watched


def arguments(directory: Path, batch_size: int) -> dict[str, Any]:
    return {
        "output_dir": str(directory / "trl"),
        "per_device_train_batch_size": batch_size,
        "max_steps": STEPS,
        "learning_rate": LEARNING_RATE,
        "adam_beta1": 0.9,
        "adam_beta2": 0.95,
        "adam_epsilon": 1e-8,
        "weight_decay": 0.0,
        "max_grad_norm": 1.0,
        "optim": "adamw_torch",
        "bf16": False,
        "gradient_checkpointing": False,
        "train_sampling_strategy": "sequential",
        "max_length": 256,
        "use_cpu": True,
        "dataloader_pin_memory": False,
        "save_strategy": "no",
        "logging_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
        "seed": 0,
    }


def lora(**more: Any) -> LoraConfig:
    more.setdefault("task_type", "CAUSAL_LM")
    return LoraConfig(
        r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, target_modules="all-linear", **more
    )


def causal_model(base: Path, adapter: Path | None = None) -> dict[str, Any]:
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    if adapter is None:
        return {"model": model, "peft_config": lora()}
    return {"model": PeftModel.from_pretrained(model, adapter, is_trainable=True)}


def dpo(loss: str, start: str = "", smoothing: float = 0.0) -> Run:
    def make(base: Path, directory: Path) -> Any:
        return watched(DPOTrainer)(
            **causal_model(base, directory.parent / start / "final" if start else None),
            args=DPOConfig(
                **arguments(directory, PAIRS_PER_STEP),
                loss_type=loss,
                beta=BETA,
                label_smoothing=smoothing,
            ),
            train_dataset=Dataset.from_json(str(directory.parent / "pairs.jsonl")),
            processing_class=AutoTokenizer.from_pretrained(base),
        )

    return Run(make, calls=2, policy=0, start=start)


def make_sft(base: Path, directory: Path) -> Any:
    rows = Dataset.from_json(str(directory.parent / "completions.jsonl"))
    return watched(SFTTrainer)(
        **causal_model(base),
        args=SFTConfig(**arguments(directory, ANSWERS_PER_STEP), completion_only_loss=True),
        train_dataset=rows.remove_columns("label"),
        processing_class=AutoTokenizer.from_pretrained(base),
    )


def make_kto(base: Path, directory: Path) -> Any:
    return watched(KTOTrainer)(
        **causal_model(base),
        args=KTOConfig(
            **arguments(directory, ANSWERS_PER_STEP),
            beta=BETA,
            desirable_weight=DESIRABLE_WEIGHT,
        ),
        train_dataset=Dataset.from_json(str(directory.parent / "completions.jsonl")),
        processing_class=AutoTokenizer.from_pretrained(base),
    )


def make_reward(base: Path, directory: Path) -> Any:
    set_seed(0)
    return watched(RewardTrainer)(
        model=AutoModelForSequenceClassification.from_pretrained(
            base, num_labels=1, dtype=torch.float32
        ),
        peft_config=lora(task_type="SEQ_CLS", modules_to_save=["score"]),
        args=RewardConfig(
            **arguments(directory, PAIRS_PER_STEP), center_rewards_coefficient=CENTER
        ),
        train_dataset=Dataset.from_json(str(directory.parent / "pairs.jsonl")),
        processing_class=AutoTokenizer.from_pretrained(base, pad_token=PAD),
    )


RUNS = {
    "dpo-sigmoid": dpo("sigmoid"),
    "dpo-ipo": dpo("ipo"),
    "dpo-robust": dpo("robust", smoothing=LABEL_SMOOTHING),
    "dpo-champion": dpo("sigmoid", start="dpo-sigmoid"),
    "sft": Run(make_sft, calls=1, policy=0),
    "kto": Run(make_kto, calls=4, policy=1),
    "reward": Run(make_reward, calls=1, policy=0),
}
"""In this order; a run may begin where an earlier one ended."""


def train(name: str, base: Path, directory: Path) -> None:
    run = RUNS[name]
    trainer = run.train(base, directory)
    trainer.record = record = Record()
    trainer.model.save_pretrained(directory / "init")
    trainer.model.register_forward_hook(lambda _m, _i, out: record.calls.append(_per_row(out)))
    trainer.train()
    trainer.model.save_pretrained(directory / "final")
    trace = {
        "losses": torch.stack(record.losses),
        "rows": torch.stack(record.calls[run.policy :: run.calls]),
        "ids": _ids(trainer.train_dataset),
        "adapter": get_peft_model_state_dict(trainer.model),
    }
    torch.save(trace, directory / "trace.pt")


def _per_row(out: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """A sequence's log-probability, or the reward model's score."""
    if "log_probs" in out:
        return out["log_probs"].detach().sum(-1)
    return out["logits"].detach()[:, 0]


def _ids(rows: Dataset) -> dict[str, list[list[int]]]:
    return {
        name: list(rows[name]) for name in rows.column_names if name.endswith(("ids", "labels"))
    }


def main(words: Sequence[str]) -> int:
    base, directory = map(Path, words)
    torch.set_num_threads(1)
    for name in RUNS:
        train(name, base, directory / name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
