"""A reward model that learns from votes of which some are lies."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.ground import BASE
from benchmarks.vices import babble, flatter, pad, refuse
from core.records import PreferenceRow, to_dict
from trainer.__main__ import main as train
from trainer.config import Config, parse_config, to_toml
from trainer.seedling.draw import Split
from trainer.seedling.world import Prompt, sample_prompts
from worker import split
from worker.belief import weigh

SEED: Final = 4
LONGEST: Final = 512
"""Tokens of prompt and answer."""
BATCH: Final = 12
SAMPLED: Final = 8
"""Answers that a reward's scale is taken from, which its accuracy does not depend on."""
ASSISTANT: Final = "writer"
"""Its prompts are the shortest."""
VICES_SEEN: Final = (pad, flatter, refuse, babble)


@dataclass(frozen=True, slots=True)
class Sizes:
    """`people` who are honest and `liars`, each with so many `votes`; `loud` votes of one more.
    `right`: how often an honest vote is for the better answer. `heldout` pairs; `steps` learned.
    """

    people: int
    liars: int
    votes: int
    loud: int
    heldout: int
    steps: int
    right: float = 0.8


WHOLE: Final = Sizes(people=32, liars=8, votes=20, loud=500, heldout=100, steps=16)
QUICK: Final = Sizes(people=4, liars=1, votes=8, loud=20, heldout=12, steps=2)
CROWDS: Final[dict[str, tuple[bool, bool]]] = {
    "honest people alone": (False, False),
    "20 % liars": (True, False),
    "one voter with 500 votes": (False, True),
    "both": (True, True),
}
"""Whether there are liars, and the loud one."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """`wrong`: share of votes for the worse answer. Accuracies of the reward model on held-out
    pairs, by how votes weighed: `alike`, or `weighed` as a snapshot does.
    """

    crowd: str
    votes: int
    wrong: float
    alike: float
    weighed: float


def teach(crowd: str, sizes: Sizes, folder: Path) -> Lesson:
    liars, loud = CROWDS[crowd]
    votes = _Votes(random.Random(SEED), "train")
    for number in range(sizes.people):
        votes.cast(f"honest{number}", sizes.votes, sizes.right)
    for number in range(sizes.liars if liars else 0):
        votes.cast(f"liar{number}", sizes.votes, 0.0)
    if loud:
        votes.cast("loud", sizes.loud, 0.0)
    rows = votes.shuffled()
    alike, weighed = (learn(some, sizes, folder) for some in (rows, _weigh(rows)))
    return Lesson(crowd, len(rows), votes.wrong / len(rows), alike, weighed)


def _weigh(rows: list[PreferenceRow]) -> list[PreferenceRow]:
    """As in a snapshot that holds nobody out."""
    nobody: frozenset[str] = frozenset()
    parted = split.Split(rows, [], nobody)
    return weigh(rows, parted, split.ThumbSplit([], [], nobody)).pairs.train


def learn(rows: Sequence[PreferenceRow], sizes: Sizes, folder: Path) -> float:
    """The accuracy of a reward model of these rows on what nobody doubts."""
    clean = _Votes(random.Random(SEED + 1), "new_content")
    clean.cast("judge", sizes.heldout, 1.0)
    train_at = _write(folder / "train.jsonl", rows)
    heldout_at = _write(folder / "heldout.jsonl", clean.rows)
    config = folder / "run.toml"
    config.write_text(to_toml(_configure(folder, train_at, heldout_at, sizes.steps)))
    if train(["reward", "--config", str(config)]):
        raise SystemExit(json.loads((folder / "report.json").read_text())["error"])
    return float(json.loads((folder / "report.json").read_text())["reward"]["accuracy"])


class _Votes:
    """Each on two answers to a prompt of its own."""

    def __init__(self, rng: random.Random, split: Split) -> None:
        self.rows: list[PreferenceRow] = []
        self.wrong = 0
        self._rng = rng
        self._split = split

    def cast(self, person: str, number: int, right: float) -> None:
        """`right`: how often for the better answer."""
        seed = self._rng.randrange(1 << 30)
        for prompt in sample_prompts(ASSISTANT, number, seed, self._split):
            better, worse = prompt.reference, self._rng.choice(VICES_SEEN)(prompt, self._rng)
            lies = self._rng.random() >= right
            self.wrong += lies
            pair = (worse, better) if lies else (better, worse)
            self.rows.append(self._row(prompt, person, *pair))

    def shuffled(self) -> list[PreferenceRow]:
        return self._rng.sample(self.rows, len(self.rows))

    def _row(self, prompt: Prompt, person: str, chosen: str, rejected: str) -> PreferenceRow:
        number = len(self.rows)
        return PreferenceRow(
            group=str(number),
            prompt=prompt.messages,
            chosen=chosen,
            rejected=rejected,
            kind="comparison",
            user=person,
            time=60.0 * number,
            feedback_id=str(number),
            position_gap=self._rng.choice((-1, 1)),
        )


def _write(path: Path, rows: Sequence[PreferenceRow]) -> Path:
    path.write_text("".join(f"{json.dumps(to_dict(row))}\n" for row in rows))
    return path


def _configure(folder: Path, rows: Path, heldout: Path, steps: int) -> Config:
    return parse_config(
        {
            "run": {
                "output": str(folder),
                "base_model": str(BASE),
                "method": "reward",
                "threads": 1,
                "max_seconds": 3600.0,
            },
            "data": {"path": str(rows), "heldout": str(heldout), "max_length": LONGEST},
            "reward": {"steps": steps, "batch_size": BATCH, "ensemble": 1},
            "evaluate": {"prompts": SAMPLED, "max_new_tokens": 16},
        }
    )
