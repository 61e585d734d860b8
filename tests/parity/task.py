"""What both trainers are told, and the rows they learn from: TRL's conversational formats, which
ours reads too.

Every four pairs are a step. Their prompts and answers differ in length, and of their three prompts
the first has three answers, so two of the four pairs share one packed row on our side.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

PAIRS_PER_STEP = 4
ROWS_PER_STEP = 3
ANSWERS_PER_STEP = 4
WEIGHT = 1 / PAIRS_PER_STEP
"""Of a pair: so small that our reward model, to which a prompt counts once at most, takes all pairs
alike, as TRL does.
"""
STEPS = 20
DIFFERENT_STEPS = 10
"""Steps before the rows come again."""

LEARNING_RATE = 2e-3
WARMUP_STEPS = 3
FINAL_SHARE = 0.1
"""Of the learning rate, where the last step ends."""
BETA = 0.1
LABEL_SMOOTHING = 0.1
DESIRABLE_WEIGHT = 1.25
CENTER = 0.01
RANK, ALPHA = 4, 8

_WORDS = "please tell me about the parcel invoice refund order ticket late lost again now"

Turn = list[dict[str, str]]


def write_pairs(path: Path) -> None:
    """`prompt`, `chosen`, `rejected`: TRL's preference format."""
    draw = random.Random(5)
    rows = []
    for step in range(DIFFERENT_STEPS):
        prompts = [_turn("user", f"{step} {n} {_words(draw, 2, 9)}") for n in range(ROWS_PER_STEP)]
        answers = [[_answer(draw, n) for n in range(count)] for count in (3, 2, 2)]
        for prompt, (best, *worse) in zip(prompts, answers, strict=True):
            rows += [
                {"prompt": prompt, "chosen": best, "rejected": other, "weight": WEIGHT}
                for other in worse
            ]
    _write(path, rows)


def write_completions(path: Path) -> None:
    """`prompt`, `completion`, `label`: TRL's unpaired preference format, and prompt-completion."""
    draw = random.Random(7)
    rows = []
    for step in range(DIFFERENT_STEPS):
        for number in range(ANSWERS_PER_STEP):
            prompt = _turn("user", f"{step} {number} {_words(draw, 2, 9)}")
            good = (step + number) % ANSWERS_PER_STEP < (1, 2, 3)[step % 3]
            rows.append({"prompt": prompt, "completion": _answer(draw, number), "label": good})
    _write(path, rows)


def _answer(draw: random.Random, number: int) -> Turn:
    return _turn("assistant", f"{number} {_words(draw, 1, 12)}")


def _words(draw: random.Random, fewest: int, most: int) -> str:
    return " ".join(draw.choices(_WORDS.split(), k=draw.randint(fewest, most)))


def _turn(role: str, content: str) -> Turn:
    return [{"role": role, "content": content}]


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
