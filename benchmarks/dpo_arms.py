"""One arm of the trainer's benchmark; benchmarks/trainer.py starts it once per measurement.

In a process of its own, so that peak memory is the arm's and nothing is warm. All arms get the same
token ids in the same steps. What is not timed: preparing data (TRL is handed ids), and the first
steps, in which kernels are prepared.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from trainer.data import Answer, Group, Pair
from trainer.rows import Row, pack_groups

RANK, ALPHA, BETA, LEARNING_RATE = 16, 32, 0.1, 1e-5

Ids = tuple[list[int], list[int], list[int]]
"""Prompt, chosen and rejected answer."""


@dataclass(frozen=True, slots=True)
class Task:
    """`batch_size` of the pairs are a step, in order; the first `warmup` steps are not timed."""

    model: str
    pairs: list[Ids]
    batch_size: int
    warmup: int
    threads: int

    @property
    def steps(self) -> int:
        return len(self.pairs) // self.batch_size

    @property
    def timed_pairs(self) -> int:
        return len(self.pairs) - self.warmup * self.batch_size


@dataclass(frozen=True, slots=True)
class Measured:
    """`start_s`: from the process's start until it can train. `reference_s`: what the reference
    costs for the timed pairs where it is computed apart from the steps, else 0. `peak_gib` is of
    the process, or of the GPU where there is one.
    """

    start_s: float
    step_s: float
    reference_s: float
    pairs: int
    peak_gib: float
    first_loss: float


def pack_pairs(pairs: Sequence[Ids], max_tokens: int) -> list[Row]:
    """One row a pair, as the trainer packs them."""
    groups = [
        Group("", [], tuple(x), [Answer(tuple(y), "") for y in answers], [Pair(0, 1, 1.0)])
        for x, *answers in pairs
    ]
    return pack_groups(groups, max_tokens)


def ours(task: Task, began: float, dtype: str) -> Measured:
    from trainer.backbone import load_backbone
    from trainer.config import parse_config
    from trainer.dpo import DpoObjective
    from trainer.logprobs import row_logprobs
    from trainer.loop import Loop
    from trainer.lora import Role

    config = parse_config(
        {
            "run": {"output": "unused", "base_model": task.model, "dtype": dtype},
            "data": {"path": "unused"},
            "lora": {"r": RANK, "alpha": ALPHA},
            "dpo": {
                "steps": task.steps,
                "batch_size": task.batch_size,
                "beta": BETA,
                "learning_rate": LEARNING_RATE,
                "warmup_steps": 0,
                "nll_weight": 0.0,
            },
        }
    )
    backbone = load_backbone(config)
    rows = pack_pairs(task.pairs, backbone.max_length)
    untimed = task.warmup * task.batch_size

    def reference(part: Sequence[Row]) -> list[torch.Tensor]:
        tokens = config.run.micro_tokens
        return row_logprobs(backbone, Role.REFERENCE, part, tokens, lambda _: None)

    start_s = time.time() - began
    first = reference(rows[:untimed])
    asked = time.perf_counter()
    kept = [*first, *reference(rows[untimed:])]
    _synchronise()
    reference_s = time.perf_counter() - asked
    objective = DpoObjective(backbone, rows, kept, config.dpo, config.run.micro_tokens)
    loop = Loop(objective, config.dpo, config.run.seed)
    loop.plan = [
        list(range(at, at + task.batch_size)) for at in range(0, len(rows), task.batch_size)
    ]
    first_loss = loop.step().figures["loss"]
    for _ in range(task.warmup - 1):
        loop.step()
    asked = time.perf_counter()
    for _ in range(task.steps - task.warmup):
        loop.step()
    _synchronise()
    step_s = time.perf_counter() - asked
    return _measured(task, start_s, step_s, reference_s, first_loss)


def trl(task: Task, began: float, tuned: bool, **options: Any) -> Measured:
    """`tuned`: base weights in bfloat16 and the reference computed beforehand, once."""
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl import DPOTrainer

    class Timed(DPOTrainer):  # type: ignore[misc]
        reference_s = 0.0
        asked = 0
        losses: list[torch.Tensor] = []  # noqa: RUF012

        def _prepare_dataset(self, dataset: Dataset, *_: Any) -> Dataset:
            return dataset

        def compute_ref_log_probs(self, *args: Any) -> Any:
            began = time.perf_counter()
            found = super().compute_ref_log_probs(*args)
            _synchronise()
            self.asked += 1
            if self.asked > task.warmup:
                self.reference_s += time.perf_counter() - began
            return found

        def compute_loss(self, *args: Any, **kwargs: Any) -> torch.Tensor:
            loss: torch.Tensor = super().compute_loss(*args, **kwargs)
            self.losses.append(loss.detach())
            return loss

    class Clock(TrainerCallback):
        ends: list[float] = []  # noqa: RUF012

        def on_step_end(self, *_: Any, **__: Any) -> None:
            _synchronise()
            self.ends.append(time.perf_counter())

    model: Any = task.model
    if tuned:
        model = AutoModelForCausalLM.from_pretrained(model, dtype=torch.bfloat16)
    columns = zip(*task.pairs, strict=True)
    names = ("prompt_ids", "chosen_ids", "rejected_ids")
    clock = Clock()
    trainer = Timed(
        model=model,
        args=_trl_arguments(task, tuned, options),
        train_dataset=Dataset.from_dict(dict(zip(names, map(list, columns), strict=True))),
        processing_class=AutoTokenizer.from_pretrained(task.model),
        peft_config=LoraConfig(
            r=RANK,
            lora_alpha=ALPHA,
            lora_dropout=0.0,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        ),
        callbacks=[clock],
    )
    start_s = time.time() - began - trainer.reference_s
    trainer.train()
    step_s = clock.ends[-1] - clock.ends[task.warmup - 1]
    return _measured(task, start_s, step_s, trainer.reference_s, float(trainer.losses[0]))


def _trl_arguments(task: Task, tuned: bool, options: Mapping[str, Any]) -> Any:
    from trl import DPOConfig

    return DPOConfig(
        output_dir=str(Path(task.model) / "trl"),
        per_device_train_batch_size=task.batch_size,
        max_steps=task.steps,
        beta=BETA,
        learning_rate=LEARNING_RATE,
        max_length=None,
        train_sampling_strategy="sequential",
        precompute_ref_log_probs=tuned,
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=torch.cuda.is_available(),
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        **options,
    )


ARMS: Mapping[str, Callable[[Task, float], Measured]] = {
    "ours, fp32": partial(ours, dtype="float32"),
    "ours, bf16": partial(ours, dtype="bfloat16"),
    "TRL, default": partial(trl, tuned=False),
    "TRL, fp32": partial(trl, tuned=False, bf16=False),
    "TRL, tuned": partial(trl, tuned=True, bf16=True, gradient_checkpointing=False),
}
"""Default: weights in fp32 under bfloat16 autocast, gradient checkpointing, the reference asked in
every step. fp32: the same without autocast. Tuned: see trl().
"""


def _measured(
    task: Task, start_s: float, step_s: float, reference_s: float, first_loss: float
) -> Measured:
    return Measured(
        start_s=start_s,
        step_s=step_s,
        reference_s=reference_s,
        pairs=task.timed_pairs,
        peak_gib=_peak_gib(),
        first_loss=first_loss,
    )


def _synchronise() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _peak_gib() -> float:
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**30
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def main(words: Sequence[str]) -> int:
    arm, task_file, result_file, began = words
    task = Task(**json.loads(Path(task_file).read_text()))
    torch.set_num_threads(task.threads)
    Path(result_file).write_text(json.dumps(asdict(ARMS[arm](task, float(began)))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
