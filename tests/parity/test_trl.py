"""In fp32 our steps are TRL's: same losses, same log-probabilities, same adapter after 20 of them.

TRL pads each answer into a row of its own; ours packs a prompt's answers into one row.
"""

from __future__ import annotations

import pytest

from tests.parity.conftest import Compare
from tests.parity.ours import RUNS

TOLERANCE = 1e-4
MOVED = 1e-2
"""A run has to take the adapter much further than it may end from TRL's."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", RUNS)
def test_a_run_is_trls(name: str, compare: Compare) -> None:
    found = compare(name)
    assert found.moved > MOVED
    assert found.loss < TOLERANCE
    assert found.row < TOLERANCE
    assert found.adapter < TOLERANCE
