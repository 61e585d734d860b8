"""The alarm rings where the proxy rises and people do not follow, and only there."""

from __future__ import annotations

from typing import Any

import pytest

from core.alarm import Step, find_warnings, over_optimised
from core.records import BASE, Version
from core.registry import Registry, version_name
from core.store import Store
from core.trials import Look, Trial, Trials


def steps(*rates: tuple[float, float], votes: int = 60) -> list[Step]:
    return [Step("v", proxy, people, votes) for proxy, people in rates]


@pytest.mark.parametrize(
    ("found", "rings"),
    [
        (steps((0.7, 0.48), (0.75, 0.5), (0.65, 0.45)), True),
        (steps((0.7, 0.48), (0.75, 0.5)), False),
        (steps((0.7, 0.6), (0.75, 0.55), (0.65, 0.45)), False),
        (steps((0.7, 0.48), (0.45, 0.5), (0.65, 0.45)), False),
        (steps((0.55, 0.5), (0.55, 0.5), (0.55, 0.48)), False),
        (steps((0.7, 0.4), (0.7, 0.4), (0.7, 0.4), (0.4, 0.9)), True),
        (steps((0.9, 0.5), (0.9, 0.5), (0.9, 0.5), votes=20), True),
        ([], False),
    ],
)
def test_rings(found: list[Step], rings: bool) -> None:
    said = over_optimised(found)
    assert bool(said) is rings
    assert not rings or "may be the judge's taste" in said


async def add(store: Store, sequence: int, proxy: float, people: float, counted: int) -> None:
    name = version_name("support", sequence, f"{sequence:064x}")
    figures: dict[str, Any] = {"generation": {"win_rate": proxy}}
    version = Version(name, "support", sequence, name, BASE, "run", "snap", "b", 1.0, figures)
    await Registry(store).add_version(version)
    trial = Trial("support", name, BASE, "run", sequence, 0.1, 0.05, float(sequence), 9.0)
    await Trials(store).add(trial, {})
    told = {"counted": counted, "win_rate": {"rate": people}}
    await Trials(store).note(trial, told, Look([], 1.0))


async def test_reads_what_gate_and_trials_said(store: Store) -> None:
    async def warnings() -> list[str]:
        return await find_warnings(Registry(store), Trials(store), "support")

    assert await warnings() == []
    for sequence in (1, 2):
        await add(store, sequence, 0.7, 0.45, 60)
    await add(store, 3, 0.7, 0.1, 19)
    assert await warnings() == [], "too few votes say nothing"
    await add(store, 4, 0.7, 0.5, 60)
    [said] = await warnings()
    assert "70% of answers, people 47% of 180 votes" in said
