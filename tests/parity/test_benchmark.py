"""What the benchmark makes of its measurements; the measurements themselves are `make bench`."""

from __future__ import annotations

import pytest

from benchmarks.dpo_arms import Measured
from benchmarks.trainer import BATCH_SIZE, Shape, draw_pairs, summarise, table

CHAT = Shape("chat", 100, 40, 20)


def turn(step_s: float, reference_s: float) -> Measured:
    return Measured(3.0, step_s, reference_s, pairs=24, peak_gib=2.0, first_loss=0.6931)


def test_a_reference_computed_apart_is_told_with_and_without() -> None:
    turns = [turn(8.0, 4.0), turn(2.0, 1.0), turn(4.0, 2.0)]
    counted, kept = summarise(CHAT, "ours, bf16", turns)
    assert (counted.lowest, counted.pairs_per_s, counted.highest) == (2.0, 4.0, 8.0)
    assert (kept.lowest, kept.pairs_per_s, kept.highest) == (3.0, 6.0, 12.0)
    (each_step,) = summarise(CHAT, "TRL, default", [turn(48.0, 0.0)])
    assert (each_step.reference, each_step.pairs_per_s) == ("counted", 0.5)


def test_the_table_compares_like_with_like() -> None:
    ours = summarise(CHAT, "ours, bf16", [turn(4.0, 2.0)])
    theirs = summarise(CHAT, "TRL, tuned", [turn(24.0, 24.0)])
    factors = [row.split("|")[-2].strip() for row in table([*ours, *theirs]).splitlines()[2:]]
    assert factors == ["1.00 x", "1.00 x", "8.00 x", "6.00 x"]


def test_drawn_pairs_have_the_shapes_lengths_and_fill_whole_steps() -> None:
    pairs = draw_pairs(CHAT, 100 * BATCH_SIZE, vocabulary=50)
    assert len(pairs) == 100 * BATCH_SIZE
    for part, mean in enumerate((CHAT.prompt, CHAT.chosen, CHAT.rejected)):
        assert sum(len(pair[part]) for pair in pairs) / len(pairs) == pytest.approx(mean, rel=0.1)
    ids = {token for pair in pairs for part in pair for token in part}
    assert ids == set(range(2, 50))
