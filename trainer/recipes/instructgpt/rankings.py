"""From sampled answers to a snapshot of rankings, as the trainer's methods read it. No torch."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trainer.intervals import Share, share
from trainer.recipes.instructgpt.people import (
    Candidates,
    Labeller,
    People,
    average,
    expected_agreement,
    find_noise,
    measure_agreement,
    pair_gaps,
    rank,
    utilities,
)
from trainer.recipes.instructgpt.tasks import Task, as_prompt, prompt_key, write_parquet, write_rows

FEWEST, MOST = 4, 9
"""Answers of a ranking, both included (InstructGPT, section 3.4)."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """A prompt with its answers, as the policy sampled them."""

    task: Task
    prompt_ids: list[int]
    answers: list[tuple[str, list[int]]]

    def distinct(self) -> Sampled:
        """Each text once: of two equal answers neither is better."""
        kept = {text: (text, ids) for text, ids in self.answers}
        return Sampled(self.task, self.prompt_ids, list(kept.values()))

    @property
    def candidates(self) -> Candidates:
        return Candidates([text for text, _ in self.answers], self.task.checks)


def draw_counts(prompts: int, seed: int) -> list[int]:
    """How many answers to rank to each prompt: K = 4 ... 9."""
    return [int(k) for k in np.random.default_rng(seed).integers(FEWEST, MOST + 1, prompts)]


def write_rankings(
    directory: Path,
    people: People,
    learned: Sequence[Sampled],
    held_out: Sequence[Sampled],
    asked: Sequence[Task],
    seed: int,
) -> dict[str, Any]:
    """Writes the snapshot; what is known about the labellers comes back.

    The noise is set on the answers to learn from and the agreement measured on the held-out ones.
    """
    learned = [sampled.distinct() for sampled in learned]
    held_out = [sampled.distinct() for sampled in held_out]
    everybody = people.all
    noise = find_noise(pair_gaps(everybody, [sampled.candidates for sampled in learned]))
    gaps_LM = pair_gaps(everybody, [sampled.candidates for sampled in held_out])
    random = np.random.default_rng(seed)
    train = rank_all(people.learned, learned, noise, random)
    heldout = rank_all(people.held_out, held_out, noise, random)
    write_parquet(directory / "train.parquet", train)
    write_parquet(directory / "heldout.parquet", heldout)
    write_rows(directory / "prompts.jsonl", [as_prompt(task) for task in asked])
    return {
        "people": [asdict(person) for person in everybody],
        "noise": noise,
        "agreement": asdict(measure_agreement(gaps_LM, noise, seed)),
        "agreement_pairs": gaps_LM.shape[1],
        "agreement_without_noise": expected_agreement(gaps_LM, 0.0),
        "best_accuracy": asdict(foretell(people.learned, held_out, heldout)),
        "rankings": len(learned),
        "pairs": len(train),
        "held_out_rankings": len(held_out),
        "held_out_pairs": len(heldout),
    }


def rank_all(
    labellers: Sequence[Labeller],
    prompts: Sequence[Sampled],
    noise: float,
    random: np.random.Generator,
) -> list[dict[str, Any]]:
    """Rows of a snapshot: all pairs of each prompt, ranked by one labeller, who are taken in turn.
    A pair weighs 2 / K, as in the worker's snapshots.
    """
    rows = []
    for number, sampled in enumerate(prompts):
        person = labellers[number % len(labellers)]
        utility_K = utilities([person], sampled.candidates)[0]
        for better, worse in itertools.combinations(rank(utility_K, noise, random), 2):
            rows.append(_row(sampled, number, person.name, better, worse))
    return rows


def _row(sampled: Sampled, number: int, user: str, better: int, worse: int) -> dict[str, Any]:
    chosen, rejected = sampled.answers[better], sampled.answers[worse]
    return {
        "group": f"ranking-{number:05}",
        "prompt": sampled.task.messages,
        "chosen": chosen[0],
        "rejected": rejected[0],
        "kind": "ranking",
        "user": user,
        "time": 0.0,
        "feedback_id": f"ranking-{number:05}",
        "weight": 2 / len(sampled.answers),
        "prompt_ids": sampled.prompt_ids,
        "chosen_ids": chosen[1],
        "rejected_ids": rejected[1],
    }


def foretell(
    labellers: Sequence[Labeller], prompts: Sequence[Sampled], rows: Sequence[dict[str, Any]]
) -> Share:
    """How many of the votes the true mean taste of these labellers has right: what a perfect
    reward model of them could.
    """
    judge = average(labellers)
    checks = {sampled.task.key: sampled.task.checks for sampled in prompts}
    right = 0.0
    for row in rows:
        asked = checks[prompt_key(row["prompt"])]
        gap = judge.utility(row["chosen"], asked) - judge.utility(row["rejected"], asked)
        right += 0.5 if gap == 0 else gap > 0
    return share(right, len(rows))
