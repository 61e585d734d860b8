"""The plan of faults comes from its seed alone."""

from __future__ import annotations

from itertools import islice

from tests.chaos.plan import TARGETS, TROUBLES, draw


def test_the_same_seed_draws_the_same_faults() -> None:
    assert list(islice(draw(1, 5.0), 200)) == list(islice(draw(1, 5.0), 200))
    assert list(islice(draw(1, 5.0), 200)) != list(islice(draw(2, 5.0), 200))


def test_everybody_is_hit_and_every_trouble_comes() -> None:
    faults = list(islice(draw(1, 5.0), 120))
    assert {fault.target for fault in faults} == {*TARGETS, ""}
    assert {fault.action for fault in faults} == {"kill", "pause", "restart", *TROUBLES}
    troubles = [fault.action for fault in faults if fault.is_trouble]
    assert sorted(troubles[: len(TROUBLES)]) == sorted(TROUBLES)
    gaps = [fault.gap_s for fault in faults]
    assert abs(sum(gaps) / len(gaps) - 5.0) < 0.5
