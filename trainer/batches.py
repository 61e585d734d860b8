"""Which rows each step learns from: shuffled by seed and epoch, rows of like length together.

A pure function of its arguments, so a resumed run sees what an uninterrupted one would have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from trainer.rows import Row, padded_length

_WINDOW = 4
"""Batches' worth of shuffled rows that are sorted by length: less padding, still random company."""


def plan_steps(
    rows: Sequence[Row], batch_size: int, epochs: float, steps: int, seed: int
) -> list[list[int]]:
    """Row numbers of each step. `steps` counts where it is not 0, else `epochs`."""
    plan: list[list[int]] = []
    epoch = 0
    while len(plan) < steps if steps else epoch < epochs:
        batches = epoch_batches(rows, batch_size, seed, epoch)
        share = 1.0 if steps else min(1.0, epochs - epoch)
        plan.extend(batches[: max(1, round(share * len(batches)))])
        epoch += 1
    return plan[:steps] if steps else plan


def epoch_batches(rows: Sequence[Row], batch_size: int, seed: int, epoch: int) -> list[list[int]]:
    """Every row once. A batch has about `batch_size` pairs or judged answers, or rows where rows
    have neither; a row's stay together.
    """
    random = np.random.default_rng((seed, epoch))
    order = random.permutation(len(rows)).tolist()
    batches: list[list[int]] = []
    for window in _cut(order, rows, batch_size * _WINDOW):
        by_length = sorted(window, key=lambda index: len(rows[index]))
        batches.extend(_cut(by_length, rows, batch_size))
    return [batches[index] for index in random.permutation(len(batches))]


def _cut(order: Sequence[int], rows: Sequence[Row], size: int) -> Iterator[list[int]]:
    part: list[int] = []
    count = 0
    for index in order:
        part.append(index)
        count += max(1, len(rows[index].weights))
        if count >= size:
            yield part
            part, count = [], 0
    if part:
        yield part


def micro_batches(indices: Sequence[int], rows: Sequence[Row], tokens: int) -> list[list[int]]:
    """Parts of at most `tokens` padded tokens (one row may be more)."""
    parts: list[list[int]] = []
    longest = 0
    for index in sorted(indices, key=lambda index: len(rows[index])):
        longest = padded_length(len(rows[index]))
        if parts and longest * (len(parts[-1]) + 1) <= tokens:
            parts[-1].append(index)
        else:
            parts.append([index])
    return parts
