"""Prefix-shared rows: a prompt and its K answers packed once, [P, y1, ..., yK].

Position ids restart after the prompt for each answer, and a mask lets an answer see the prompt and
itself only, so every log-probability is what the answer alone after the prompt would have. The last
token of an answer predicts nothing and is left out of the row, unless the ends are asked for (a
reward is read there). Short rows can be joined end to end:
position ids restart with each prompt, and no prompt's tokens see another's.

Shapes: B rows, S padded length, N scored tokens, A answers, M pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from trainer.attention import MakeMask, Mask
from trainer.data import Group

Ints = NDArray[np.int64]

_ARRAYS = (
    "ids",
    "positions",
    "segments",
    "prompts",
    "predict_at",
    "targets",
    "target_answer",
    "ends",
)
_BUCKET = 32
_PAD_SEGMENT = -1

JOINED_TOKENS = 512
"""Tokens up to which short rows are worth joining; longer ones spend more on attention than the
padding would have cost.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One packed prompt, or several joined. `predict_at[i]` is where in the row `targets[i]` is
    predicted from.

    `answers` are indices into the group's answers, and `pairs` (chosen, rejected) point into
    `answers`. `weights` are those of the pairs, or of single answers where there are no pairs.
    A token sees its own segment and its prompt's, `prompts`. `ends`: where each answer's last token
    is; empty where it was left out. A joined row's `group` is its first.
    """

    group: int
    answers: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]
    weights: tuple[float, ...]
    ids: Ints
    positions: Ints
    segments: Ints
    prompts: Ints
    predict_at: Ints
    targets: Ints
    target_answer: Ints
    ends: Ints

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as tensors. Answers are numbered through the batch."""

    ids_BS: torch.Tensor
    positions_BS: torch.Tensor
    mask_BSS: Mask
    predict_at_N: torch.Tensor
    targets_N: torch.Tensor
    answer_N: torch.Tensor
    lengths_A: torch.Tensor
    chosen_M: torch.Tensor
    rejected_M: torch.Tensor
    weights_M: torch.Tensor
    ends_A: torch.Tensor
    tokens: int

    @property
    def answers(self) -> int:
        return len(self.lengths_A)


def pack_groups(groups: Sequence[Group], max_tokens: int, keep_ends: bool = False) -> list[Row]:
    """Every pair of every group, in order. A group that would need a longer row gets several."""
    return [
        row
        for index, group in enumerate(groups)
        for row in _pack(index, group, max_tokens, keep_ends)
    ]


def pack_answers(
    index: int,
    prompt: Sequence[int],
    answers: Sequence[Sequence[int]],
    weights: tuple[float, ...] = (),
    keep_ends: bool = False,
) -> Row:
    """All answers, no pairs. `weights` are of the answers to learn from; without, the row only
    scores.
    """
    return _make_row(index, prompt, answers, tuple(range(len(answers))), (), weights, keep_ends)


def join_short(rows: Sequence[Row], limit: int = JOINED_TOKENS) -> list[Row]:
    """The same answers in fewer rows, of about equal length and at most `limit` tokens (one row
    alone may have more): the longest row first, each to the shortest so far.
    """
    bins: list[list[Row]] = [[] for _ in range(-(-sum(map(len, rows)) // limit))]
    lengths = [0] * len(bins)
    for row in sorted(rows, key=len, reverse=True):
        shortest = lengths.index(min(lengths))
        if bins[shortest] and lengths[shortest] + len(row) > limit:
            shortest = len(bins)
            bins.append([])
            lengths.append(0)
        bins[shortest].append(row)
        lengths[shortest] += len(row)
    return [join(part) for part in bins if part]


def join(rows: Sequence[Row]) -> Row:
    """One row of several, end to end."""
    shifted = []
    tokens = segments = answers = 0
    for row in rows:
        shifted.append(_shift(row, tokens, segments, answers))
        tokens += len(row)
        segments += int(row.segments.max()) + 1
        answers += len(row.answers)
    return Row(
        rows[0].group,
        tuple(answer for row in shifted for answer in row.answers),
        tuple(pair for row in shifted for pair in row.pairs),
        tuple(weight for row in shifted for weight in row.weights),
        *(np.concatenate([getattr(row, name) for row in shifted]) for name in _ARRAYS),
    )


def _shift(row: Row, tokens: int, segments: int, answers: int) -> Row:
    """The row as it is numbered behind so many others."""
    return replace(
        row,
        pairs=tuple((chosen + answers, rejected + answers) for chosen, rejected in row.pairs),
        segments=row.segments + segments,
        prompts=row.prompts + segments,
        predict_at=row.predict_at + tokens,
        ends=row.ends + tokens,
        target_answer=row.target_answer + answers,
    )


def _pack(index: int, group: Group, max_tokens: int, keep_ends: bool) -> list[Row]:
    rows = []
    used: list[int] = []
    pairs: list[tuple[int, int]] = []
    weights: list[float] = []

    def close() -> None:
        answers = [group.answers[i].ids for i in used]
        marks = (tuple(used), tuple(pairs), tuple(weights))
        rows.append(_make_row(index, group.prompt_ids, answers, *marks, keep_ends))

    for pair in group.pairs:
        new = [i for i in (pair.chosen, pair.rejected) if i not in used]
        length = sum(len(group.answers[i].ids) for i in (*used, *new))
        if pairs and len(group.prompt_ids) + length > max_tokens:
            close()
            used, pairs, weights = [], [], []
            new = [pair.chosen, pair.rejected]
        used.extend(new)
        pairs.append((used.index(pair.chosen), used.index(pair.rejected)))
        weights.append(pair.weight)
    close()
    return rows


def _make_row(
    index: int,
    prompt: Sequence[int],
    answers: Sequence[Sequence[int]],
    used: tuple[int, ...],
    pairs: tuple[tuple[int, int], ...],
    weights: tuple[float, ...],
    keep_ends: bool,
) -> Row:
    start = len(prompt)
    ids, positions = [*prompt], [*range(start)]
    segments = [0] * start
    predict_at: list[int] = []
    targets: list[int] = []
    target_answer: list[int] = []
    ends: list[int] = []
    for number, answer in enumerate(answers):
        begin, inside = len(ids), len(answer) - 1
        kept = inside + keep_ends
        predict_at += [start - 1, *range(begin, begin + inside)]
        targets += answer
        target_answer += [number] * len(answer)
        ends += [begin + inside] * keep_ends
        ids += answer[:kept]
        positions += range(start, start + kept)
        segments += [number + 1] * kept
    prompts = [0] * len(ids)
    arrays = (ids, positions, segments, prompts, predict_at, targets, target_answer, ends)
    return Row(index, used, pairs, weights, *(np.asarray(a, dtype=np.int64) for a in arrays))


def padded_length(longest: int) -> int:
    """Few distinct shapes: matrix kernels are prepared once per shape."""
    return -(-longest // _BUCKET) * _BUCKET


def collate(
    rows: Sequence[Row], device: torch.device, make_mask: MakeMask, share: float = 1.0
) -> Batch:
    """See Backbone.collate, which knows device and mask. Weights and tokens count `share` times."""
    size = padded_length(max(len(row) for row in rows))
    ids = np.zeros((len(rows), size), dtype=np.int64)
    positions = np.zeros_like(ids)
    segments = np.full_like(ids, _PAD_SEGMENT)
    prompts = np.full_like(ids, _PAD_SEGMENT)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row.ids
        positions[number, : len(row)] = row.positions
        segments[number, : len(row)] = row.segments
        prompts[number, : len(row)] = row.prompts
    starts = np.cumsum([0, *(len(row.answers) for row in rows)])
    numbered = list(zip(rows, starts[:-1], strict=True))
    answer = np.concatenate([row.target_answer + start for row, start in numbered])
    at = np.concatenate([row.predict_at + n * size for n, row in enumerate(rows)])
    ends = np.concatenate([row.ends + n * size for n, row in enumerate(rows)])
    pairs = [(a + start, b + start) for row, start in numbered for a, b in row.pairs]
    pairs_M2 = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    weights = np.asarray([share * w for row in rows for w in row.weights], dtype=np.float32)

    def tensor(array: NDArray[np.generic]) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(device)

    return Batch(
        ids_BS=tensor(ids),
        positions_BS=tensor(positions),
        mask_BSS=make_mask(tensor(segments), tensor(prompts)),
        predict_at_N=tensor(at),
        targets_N=tensor(np.concatenate([row.targets for row in rows])),
        answer_N=tensor(answer),
        lengths_A=tensor(np.bincount(answer, minlength=int(starts[-1]))),
        chosen_M=tensor(pairs_M2[:, 0]),
        rejected_M=tensor(pairs_M2[:, 1]),
        weights_M=tensor(weights),
        ends_A=tensor(ends),
        tokens=round(share * sum(len(row) for row in rows)),
    )
