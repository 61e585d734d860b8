"""Win rates and their intervals against published and recomputed values."""

from __future__ import annotations

import random

import pytest

from cli.rehearsal.interval import LOSS, TIE, WIN, measure
from core.intervals import wilson


@pytest.mark.parametrize(
    ("won", "n", "low", "high"),
    [
        # Newcombe 1998, table I, method 3 (score interval without continuity correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_equals_published_values(won: int, n: int, low: float, high: float) -> None:
    assert wilson(won / n, n) == pytest.approx((low, high), abs=5e-5)


def test_interval_keeps_its_width_when_everything_was_won() -> None:
    rate = measure([WIN] * 20)
    assert (rate.rate, rate.high) == (1.0, 1.0)
    assert rate.low == pytest.approx(1 - 0.1611, abs=5e-5)


def test_ties_count_half() -> None:
    rate = measure([WIN, WIN, TIE, TIE, LOSS])
    assert (rate.rate, rate.ties, rate.n) == (0.6, 2, 5)


def test_only_ties_prove_nothing() -> None:
    assert measure([TIE] * 500).low < 0.5


def test_interval_covers_the_truth_at_least_as_often_as_it_says() -> None:
    rng = random.Random(7)
    covered = 0
    for _ in range(2000):
        outcomes = rng.choices([WIN, TIE, LOSS], [0.5, 0.3, 0.2], k=160)
        rate = measure(outcomes)
        covered += rate.low <= 0.65 <= rate.high
    assert covered >= 0.95 * 2000


def test_no_pairs_is_no_win_rate() -> None:
    with pytest.raises(ValueError, match="at least one"):
        measure([])
