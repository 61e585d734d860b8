"""Who is measured at what: `arms/<method>.py` trains ours and TRL on one task.

benchmarks/trainer.py starts `python -m benchmarks.arms` once per measurement: in a process of its
own peak memory is the arm's and nothing is warm. All arms of a method get the same token ids in the
same steps. What is not timed: preparing data (TRL is handed ids), and the first steps, in which
kernels are prepared.
"""

from __future__ import annotations

from dataclasses import dataclass

RANK, ALPHA, BETA, LEARNING_RATE = 16, 32, 0.1, 1e-5

OURS = {"ours, fp32": "float32", "ours, bf16": "bfloat16"}
"""Arm -> dtype of the base."""

TRL = ("TRL, default", "TRL, tuned")
"""Default: weights in fp32 under bfloat16 autocast, gradient checkpointing, the reference asked in
every step. Tuned: weights in bfloat16, no checkpointing, the reference computed beforehand, once.
"""

APART = {"dpo": "reference", "reward": "", "kto": "reference", "sft": "", "ppo": "sampling"}
"""Method -> what of it a run may have from elsewhere: the reference's log-probabilities from an
earlier pass, samples from a fleet. The order is that of the measurements.
"""

UNITS = {"dpo": "pairs", "reward": "pairs", "kto": "answers", "sft": "answers", "ppo": "samples"}

Ids = tuple[list[int], list[int], list[int]]
"""Prompt, chosen and rejected answer."""


@dataclass(frozen=True, slots=True)
class Task:
    """`batch_size` of the pairs are a step, in order; the first `warmup` steps are not timed.
    kto learns from each pair's chosen and rejected answer in turn, sft from the chosen one; ppo
    answers the prompts with `sampled` tokens.
    """

    model: str
    pairs: list[Ids]
    batch_size: int
    warmup: int
    threads: int
    sampled: int

    @property
    def steps(self) -> int:
        return len(self.pairs) // self.batch_size

    @property
    def untimed(self) -> int:
        return self.warmup * self.batch_size

    def judged(self) -> list[tuple[list[int], list[int], bool]]:
        """Prompt, answer, and whether it was liked."""
        return [(x, both[n % 2], n % 2 == 0) for n, (x, *both) in enumerate(self.pairs)]


@dataclass(frozen=True, slots=True)
class Measured:
    """`start_s`: from the process's start until it can train. `apart_s`: what APART names costs for
    the timed rows where it is not part of `step_s`, else 0. `peak_gib` is of the process, or of the
    GPU where there is one. `first_loss`: None where it hangs on samples.
    """

    start_s: float
    step_s: float
    apart_s: float
    rows: int
    peak_gib: float
    first_loss: float | None
