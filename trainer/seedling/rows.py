"""Packs conversations into rows of token ids with a weight for each target. Imports no torch.

A row is one conversation grown to fill it: no token is spent on a cut-off chat, and no row mixes
two. Batches depend on (seed, stage, step) alone, so the step is the whole data cursor.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from core.checks import Check, find_values
from trainer.seedling.draw import Draw
from trainer.seedling.tasks import Task
from trainer.seedling.tokenizer import ASSISTANT, END, SYSTEM, USER, token_id
from trainer.seedling.world import conversation, pick_assistant

_TRIES_TO_FILL = 3
COPY_WEIGHT = 3.0
"""Of a copied token against a token of free choice: how an answer is worded is mostly chance, and
would otherwise be most of the gradient."""


Converse = Callable[[Draw], tuple[str, Iterator[Task]]]
"""Draws a system prompt (or "") and the endless turns under it."""
Batch = tuple[NDArray[np.int64], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Shape:
    rows: int
    length: int


def talk(d: Draw) -> tuple[str, Iterator[Task]]:
    """The world's conversations as they are."""
    return conversation(d, pick_assistant(d))


def fixed_spans(task: Task) -> list[tuple[int, int]]:
    """Where the answer repeats what it was given, decides, or goes on counting: no style may
    change it.
    """
    terms = find_values(task.answer)
    for check in task.checks:
        if check.kind == "json_equals":
            return [(0, len(task.answer))]
        if check.kind in ("contains_all", "contains_any"):
            terms.update(check.terms)
        if _counts(check):
            terms.add("\n")
    return [
        match.span()
        for term in terms
        for match in re.finditer(re.escape(term), task.answer, re.IGNORECASE)
    ]


def _end_weight(task: Task) -> float:
    """Where a list was asked for, stopping is counting."""
    return COPY_WEIGHT if any(map(_counts, task.checks)) else 1.0


def _counts(check: Check) -> bool:
    return check.kind == "bullets" and check.low == check.high


class Packer:
    def __init__(
        self, tokenizer: Tokenizer, prompt_weight: float, converse: Converse = talk
    ) -> None:
        self.tokenizer = tokenizer
        self.prompt_weight = prompt_weight
        self.converse = converse
        self.system, self.user = token_id(tokenizer, SYSTEM), token_id(tokenizer, USER)
        self.assistant, self.end = token_id(tokenizer, ASSISTANT), token_id(tokenizer, END)

    def _encode(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text.strip(), add_special_tokens=False).ids)

    def _turn(self, d: Draw, task: Task) -> tuple[list[int], list[float]]:
        asked = [self.user, *self._encode(task.user), self.end, self.assistant]
        answer = self.tokenizer.encode(task.answer, add_special_tokens=False)
        spans = fixed_spans(task)
        scale = [
            COPY_WEIGHT if any(a < stop and start < b for a, b in spans) else 1.0
            for start, stop in answer.offsets
        ]
        said = [*answer.ids, self.end]
        return asked + said, [*self._prompt_weights(d, len(asked)), *scale, _end_weight(task)]

    def _prompt_weights(self, d: Draw, count: int) -> list[float]:
        # A third of the positions at three times the weight: the same gradient on average, and the
        # head runs over fewer rows.
        if self.prompt_weight == 0:
            return [0.0] * count
        return [3 * self.prompt_weight if d.chance(1 / 3) else 0.0 for _ in range(count)]

    def row(self, d: Draw, length: int) -> tuple[list[int], list[float]]:
        """Up to `length` + 1 token ids, and the weight of each as a target."""
        while True:
            system, turns = self.converse(d)
            ids = [self.system, *self._encode(system), self.end] if system else []
            weights = self._prompt_weights(d, len(ids))
            misses = 0
            for task in turns:
                more, scale = self._turn(d, task)
                if len(ids) + len(more) > length + 1:
                    misses += 1
                    # What follows a dropped turn may lean on it, so only long rows go on at once.
                    if misses == _TRIES_TO_FILL or task.follow_ups:
                        break
                    continue
                ids += more
                weights += scale
            if max(weights, default=0.0) >= 1.0:
                return ids, weights

    def batch(self, key: str, shape: Shape) -> Batch:
        """(B, T+1) ids and (B, T) weights of the targets; the tail of a row is padding (id 0)."""
        d = Draw(random.Random(key))
        ids = np.zeros((shape.rows, shape.length + 1), dtype=np.int64)
        weights = np.zeros((shape.rows, shape.length + 1), dtype=np.float32)
        for i in range(shape.rows):
            row, scale = self.row(d, shape.length)
            ids[i, : len(row)] = row
            weights[i, : len(row)] = scale
        return ids, weights[:, 1:]
