"""Labellers: how often they agree, how they rank, and what becomes of their rankings."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from core.checks import contains_all, no_new_values
from trainer.recipes.instructgpt.people import (
    AGREEMENT,
    Candidates,
    Labeller,
    average,
    expected_agreement,
    find_noise,
    make_people,
    measure_agreement,
    pair_gaps,
    rank,
    traits_of,
)
from trainer.recipes.instructgpt.rankings import Sampled, draw_counts, foretell, write_rankings
from trainer.recipes.instructgpt.tasks import Task

RIGHT = [contains_all("30 days"), no_new_values("30 days")]
ANSWERS = [
    "It is 30 days.",
    "30 days",
    "- 30 days\n- no more",
    "Thank you for asking! It is 30 days. Please let us know if you need anything else.",
    "I do not know that, sorry.",
    "It is 14 days.",
    "- 14 days\n- perhaps",
    "",
]


def make_sampled(number: int, answers: list[str] = ANSWERS) -> Sampled:
    messages = [{"role": "user", "content": f"How long, number {number}?"}]
    task = Task("support", "policy_present", messages, RIGHT, "30 days")
    return Sampled(task, [1, 2], [(text, [3, place]) for place, text in enumerate(answers)])


def test_utility_by_hand() -> None:
    person = Labeller("one", 2.0, {"concise": 0.5, "bullets": 1.0, "polite": 0.25})
    assert traits_of("- 30 days\n- no more") == {
        "concise": pytest.approx(-math.log2(7) / 2),
        "bullets": 1.0,
        "polite": 0.0,
    }
    expected = 2.0 - 0.5 * math.log2(7) / 2 + 1.0
    assert person.utility("- 30 days\n- no more", RIGHT) == pytest.approx(expected)
    assert person.utility("14 days", RIGHT) == pytest.approx(-0.5 * math.log2(3) / 2)
    assert person.utility(" \n", RIGHT) < person.utility("words " * 500, RIGHT)


def test_the_average_labeller_thinks_what_all_think_on_average() -> None:
    people = make_people(7, 2, seed=3).all
    for text in ANSWERS:
        mean = np.mean([person.utility(text, RIGHT) for person in people])
        assert average(people).utility(text, RIGHT) == pytest.approx(mean)


def test_expected_agreement_by_hand() -> None:
    """Two people, one pair: log-odds 1 and -2 at noise 1, 2 and -4 at a half."""
    gaps_LM = np.asarray([[1.0], [-2.0]])
    p, q = 1 / (1 + math.exp(-1)), 1 / (1 + math.exp(2))
    assert expected_agreement(gaps_LM, 1.0) == pytest.approx(p * q + (1 - p) * (1 - q))
    p, q = 1 / (1 + math.exp(-2)), 1 / (1 + math.exp(4))
    assert expected_agreement(gaps_LM, 0.5) == pytest.approx(p * q + (1 - p) * (1 - q))
    three = np.asarray([[5.0], [5.0], [-5.0]])
    assert expected_agreement(three, 0.0) == pytest.approx(1 / 3)


def test_labellers_agree_as_often_as_wanted() -> None:
    """The noise is set on some prompts and holds on others."""
    people = make_people(24, 8, seed=0).all
    random = np.random.default_rng(0)
    half = [list(random.choice(ANSWERS, 5, replace=False)) for _ in range(300)]
    first = pair_gaps(people, [Candidates(texts, RIGHT) for texts in half[:150]])
    second = pair_gaps(people, [Candidates(texts, RIGHT) for texts in half[150:]])
    assert first.shape == (24, 150 * 10)
    noise = find_noise(first)
    assert noise > 0
    assert expected_agreement(first, noise) == pytest.approx(AGREEMENT, abs=1e-6)
    assert expected_agreement(second, noise) == pytest.approx(AGREEMENT, abs=0.02)
    found = measure_agreement(second, noise, seed=1)
    assert found.low is not None
    assert found.high is not None
    assert found.low < expected_agreement(second, noise) < found.high
    assert found.high - found.low < 0.05


def test_people_who_never_agree_that_often_get_no_noise() -> None:
    assert find_noise(np.asarray([[1.0], [-1.0]])) == 0.0


def test_rankings_are_plackett_luce() -> None:
    """The first place goes to each with a probability of softmax(u / noise)."""
    utility_K, noise = np.asarray([1.0, 0.0, -1.0]), 0.8
    random = np.random.default_rng(0)
    first = [rank(utility_K, noise, random)[0] for _ in range(20_000)]
    shares = np.bincount(first, minlength=3) / len(first)
    wanted = np.exp(utility_K / noise) / np.exp(utility_K / noise).sum()
    np.testing.assert_allclose(shares, wanted, atol=0.015)
    assert rank(utility_K, 0.0, random) == [0, 1, 2]


def test_counts_are_from_four_to_nine() -> None:
    assert set(draw_counts(500, seed=1)) == {4, 5, 6, 7, 8, 9}


def test_a_snapshot_of_rankings(tmp_path: Path) -> None:
    people = make_people(6, 2, seed=0)
    learned = [make_sampled(number) for number in range(8)]
    held_out = [make_sampled(100), make_sampled(101, [*ANSWERS[:4], ANSWERS[0]])]
    facts = write_rankings(tmp_path, people, learned, held_out, [learned[0].task], seed=0)
    train = pyarrow.parquet.read_table(tmp_path / "train.parquet").to_pylist()
    heldout = pyarrow.parquet.read_table(tmp_path / "heldout.parquet").to_pylist()
    assert len(train) == facts["pairs"] == 8 * 28
    assert len(heldout) == facts["held_out_pairs"] == 28 + 6, "an answer given twice counts once"
    assert {row["weight"] for row in train} == {2 / 8}
    assert {row["user"] for row in train} == {p.name for p in people.learned}
    assert {row["user"] for row in heldout} == {p.name for p in people.held_out}
    for row in train:
        assert row["chosen_ids"] == [3, ANSWERS.index(row["chosen"])]
        assert row["rejected_ids"] == [3, ANSWERS.index(row["rejected"])]
    wins = [sum(row["chosen"] == text for row in train[:28]) for text in ANSWERS]
    assert sorted(wins) == [0, 1, 2, 3, 4, 5, 6, 7], "all pairs of one order"
    assert json.loads((tmp_path / "prompts.jsonl").read_text())["messages"]


def test_a_perfect_model_foretells_what_is_not_noise() -> None:
    sampled = make_sampled(1, ["30 days", "no"])
    row = {"prompt": sampled.task.messages, "chosen": "30 days", "rejected": "no"}
    turned = {**row, "chosen": "no", "rejected": "30 days"}
    people = make_people(5, 1, seed=0).learned
    assert foretell(people, [sampled], [row, row, row, turned]).value == 0.75
