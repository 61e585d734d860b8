"""Which live versions are shown beside each other: by preference, with a floor; counted from the
log, for one pointer.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import duels
from benchmarks.duels import WORLDS, simulate
from core.assistants import Assistant, Canary
from core.lineups import Lineup
from core.records import BASE, Feedback, FeedbackKind, Version
from core.registry import Actor
from tests.worker.people import People
from worker.compared import Compared
from worker.context import Context
from worker.explore.dueling import chances
from worker.explore.lineup import count_wins, live_versions, look_at_lineup
from worker.tick import tick

ADA = Actor("ada", "I know better")
V1, V2, V3 = (f"support-p{n:06d}-aaaaaaaa" for n in (1, 2, 3))
CLEAR: list[list[float]] = [[0, 80, 80, 80], [20, 0, 50, 50], [20, 50, 0, 50], [20, 50, 50, 0]]


def chance_of(wins: list[list[float]], floor: float = 0.0) -> np.ndarray:
    return chances(np.array(wins, dtype=float), floor, np.random.default_rng(3))


@pytest.mark.parametrize("floor", [0.0, 0.05, 0.5])
@pytest.mark.parametrize("versions", [2, 3, 4])
def test_every_pair_has_its_floor_and_all_are_one(versions: int, floor: float) -> None:
    wins = [row[:versions] for row in CLEAR[:versions]]
    found = chance_of(wins, floor)
    pairs = found[np.triu_indices(versions, 1)]
    assert found.sum() == pytest.approx(1.0)
    assert not found[np.tril_indices(versions, -1)].any()
    assert pairs.min() >= min(floor, 1 / len(pairs)) - 1e-9


def test_nobody_is_asked_about_what_is_clear() -> None:
    found = chance_of(CLEAR)
    assert found[0, 0] > 0.9
    assert found[1:, 1:].sum() < 0.01


def test_unknown_pairs_are_alike_and_a_new_version_is_asked_about() -> None:
    nothing = chance_of([[0.0] * 3] * 3)[np.triu_indices(3, 1)]
    assert nothing == pytest.approx([nothing.mean()] * 3, abs=0.03)
    assert nothing.sum() > 0.5
    new = chance_of([[0, 80, 0], [20, 0, 0], [0, 0, 0]])
    assert new[0, 2] > 0.2 > new[0, 1]


def test_one_version_alone_is_shown_alone() -> None:
    assert chance_of([[0.0]], 0.05).tolist() == [[1.0]]


def test_regret_shrinks_where_one_beats_all_and_the_floor_holds() -> None:
    lines = {line.rule: line for line in simulate(WORLDS[:1], runs=4, duels=1000)}
    chosen, free = lines["by preference"], lines["by preference, no floor"]
    assert chosen.regret[-1] < chosen.regret[0] / 2
    assert free.regret[-1] < 0.15 * lines["all alike"].regret[-1]
    assert chosen.least_shown > 0.7 * Canary().explore_floor
    assert lines["all alike"].least_shown == pytest.approx(1 / 3, abs=0.06)


def test_the_benchmark_leaves_its_figures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(duels, "simulate", lambda worlds, *_: simulate(worlds, 1, 50))
    duels.main(["--quick", f"--output={tmp_path}", "--minutes=1"])
    told = json.loads((tmp_path / "duels.json").read_text())
    assert len(told["lines"]) == 9
    assert (tmp_path / "duels.md").read_text() in capsys.readouterr().out


def said(user: str, kind: FeedbackKind, versions: list[str], **body: Any) -> Compared:
    opinion = Feedback("fb", kind, "support", user, "cmp", 0.0, body)
    return Compared(opinion, versions, [True] * len(versions))


@pytest.mark.parametrize(
    ("opinions", "wins"),
    [
        ([], [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
        ([said("ann", "comparison", [V1, V2], choice="a")], [[0, 1, 0], [0, 0, 0], [0, 0, 0]]),
        ([said("ann", "comparison", [V2, V1], choice="tie")], [[0, 0.5, 0], [0.5, 0, 0], [0] * 3]),
        (
            [said("ann", "ranking", [V3, V2, V1], order=[[1], [0, 2]])],
            [[0, 0, 0.5], [1, 0, 1], [0.5, 0, 0]],
        ),
        (
            [said("ann", "comparison", [V1, V2, V3], choice="c")],
            [[0, 0, 0], [0, 0, 0], [1, 1, 0]],
        ),
        ([said("ann", "comparison", [V1, BASE], choice="a")], [[0] * 3] * 3),
        ([said("ann", "comparison", [V1, V1], choice="a")], [[0] * 3] * 3),
        ([said("ann", "comparison", [V1, V2], choice="a")] * 9, [[0, 2, 0], [0] * 3, [0] * 3]),
        (
            [said(f"ann{n}", "comparison", [V1, V2], choice="a") for n in range(9)],
            [[0, 9, 0], [0] * 3, [0] * 3],
        ),
    ],
)
def test_opinions_are_counted_for_all_pairs_and_people_up_to_a_cap(
    opinions: list[Compared], wins: list[list[float]]
) -> None:
    assert count_wins(opinions, [V1, V2, V3], cap=2).tolist() == wins


def test_an_answer_that_was_cut_short_wins_and_loses_nothing() -> None:
    broken = replace(said("ann", "comparison", [V1, V2], choice="a"), ended_well=[True, False])
    assert not count_wins([broken], [V1, V2], cap=2).any()


def explorer(context: Context, **changes: object) -> Assistant:
    support = context.assistants.get("support")
    return support.model_copy(update={"canary": support.canary.model_copy(update=changes)})


async def reign(context: Context, *versions: str) -> None:
    """One after the other."""
    for number, name in enumerate(versions, start=1):
        version = Version(name, "support", number, "aaaa", BASE, "run_1", "snap", "base", 0.0)
        await context.registry.add_version(version)
        await context.registry.promote("support", name, ADA)


async def lineup(context: Context) -> Lineup:
    found = await context.lineups.get("support")
    assert found is not None
    return found


async def test_who_is_live(context: Context) -> None:
    async def live(base: bool = True) -> list[str]:
        pointer = await context.registry.pointer("support")
        return await live_versions(context, "support", pointer, Canary(explore_base=base))

    assert await live() == [BASE]
    await reign(context, V1)
    assert (await live(), await live(base=False)) == ([V1, BASE], [V1])
    await reign(context, V2)
    assert (await live(), await live(base=False)) == ([V2, V1, BASE], [V2, V1])
    await context.registry.add_version(
        Version(V3, "support", 3, "aaaa", BASE, "run_1", "snap", "base", 0.0)
    )
    await context.registry.begin_trial("support", V3, 0.1, ADA, expected=V2)
    assert await live() == [V2, V3, V1, BASE]
    await context.registry.rollback("support", ADA)
    assert await live() == [V1, BASE]


async def test_a_lineup_is_of_the_votes_and_of_one_pointer(
    context: Context, people: People
) -> None:
    await reign(context, V1, V2)
    for number in range(3):
        compared = await people.compare_versions(f"user{number}", f"Ask {number}?", "", V2, V1)
        await people.say("comparison", f"user{number}", compared, choice="a")
        await people.say("comparison", f"user{number}", compared, choice="b")
    await tick(context)
    made = await lineup(context)
    pointer = await context.registry.pointer("support")
    assert {(d.first, d.second): (d.wins, d.losses) for d in made.duels} == {
        (V2, V1): (3.0, 0.0),
        (V2, BASE): (0.0, 0.0),
        (V1, BASE): (0.0, 0.0),
    }
    canary = context.assistants.get("support").canary
    assert sum(d.chance for d in made.duels) <= canary.explore
    assert all(d.chance >= 0.99 * canary.explore * canary.explore_floor for d in made.duels)
    assert await context.lineups.duels("support", pointer) == made.duels
    await context.registry.rollback("support", ADA)
    moved = await context.registry.pointer("support")
    assert await context.lineups.duels("support", moved) == []
    await tick(context)
    assert {(d.first, d.second) for d in (await lineup(context)).duels} == {(V1, BASE)}


async def test_votes_are_counted_anew_after_a_while_only(context: Context, people: People) -> None:
    await reign(context, V1)
    support = explorer(context)
    await look_at_lineup(context, support)
    first = await lineup(context)
    compared = await people.compare_versions("ann", "Ask?", "", V1, BASE)
    await people.say("comparison", "ann", compared, choice="a")
    await look_at_lineup(context, support)
    assert await lineup(context) == first
    await context.lineups.put("support", replace(first, made=first.made - 3600))
    await look_at_lineup(context, support)
    [duel] = (await lineup(context)).duels
    assert (duel.wins, duel.losses) == (1.0, 0.0)


@pytest.mark.parametrize("changes", [{"explore": 0.0}, {"explore_base": False}])
async def test_nothing_else_is_shown_where_nothing_may_be(
    context: Context, changes: dict[str, object]
) -> None:
    await reign(context, V1)
    await look_at_lineup(context, explorer(context, **changes))
    assert (await lineup(context)).duels == []
