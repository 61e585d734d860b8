"""Both tests keep their promises: counted out, not simulated."""

from __future__ import annotations

from collections.abc import Iterator
from math import comb

import pytest

from worker.noninferiority import Paired, prompts_needed

Outcome = tuple[float, Paired]


def outcomes(n: int, lose: float, gain: float) -> Iterator[Outcome]:
    """Every way n prompts can turn out, with its probability."""
    for lost in range(n + 1):
        for gained in range(n - lost + 1):
            ways = comb(n, lost) * comb(n - lost, gained)
            rest = (1 - lose - gain) ** (n - lost - gained)
            yield ways * lose**lost * gain**gained * rest, Paired(n, lost, gained)


@pytest.mark.parametrize(("lose", "gain"), [(0.05, 0.0), (0.15, 0.1), (0.3, 0.25), (0.4, 0.0)])
def test_what_is_worse_by_delta_is_seldom_taken_for_as_good(lose: float, gain: float) -> None:
    evidence = [(p, found.evidence(0.05)) for p, found in outcomes(40, lose, gain)]
    assert sum(p * e for p, e in evidence) <= 1 + 1e-9
    assert sum(p for p, e in evidence if e >= 5) <= 0.2


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.3])
def test_what_is_as_good_is_seldom_taken_for_worse(rate: float) -> None:
    assert sum(p for p, found in outcomes(40, rate, rate) if found.chance <= 0.05) <= 0.05


def test_figures_by_hand() -> None:
    assert Paired(20, 6, 0).chance == 1 / 64
    assert Paired(20, 0, 0).chance == 1
    assert Paired(2000, 600, 600).chance == pytest.approx(0.5115, abs=1e-3)
    assert Paired(20, 3, 1).drop == 0.1
    assert Paired(100, 0, 0).evidence(0.05) > 40 > Paired(100, 1, 0).evidence(0.05)
    assert Paired(100, 1, 1).evidence(0.05) > Paired(100, 1, 0).evidence(0.05)


def test_how_many_prompts_show_it() -> None:
    n = prompts_needed(0.05, 0.025)
    assert Paired(n, 0, 0).evidence(0.05) >= 40 > Paired(n - 1, 0, 0).evidence(0.05)
