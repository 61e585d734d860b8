"""What was said about a rolled-back version teaches no more, until it is promoted again."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from core.records import BASE, Comparison, FeedbackKind, Version
from core.registry import Actor
from tests.worker.people import People
from worker.context import Context
from worker.snapshot import take_snapshot

BAD, GOOD = "support-p000001-aaaaaaaa", "support-p000002-bbbbbbbb"
ADA = Actor("ada", "it flatters")
ABOUT: list[tuple[FeedbackKind, dict[str, str]]] = [
    ("thumb", {"value": "up"}),
    ("edit", {"text": "Better."}),
]


@pytest.fixture
async def said(context: Context, people: People) -> dict[str, str]:
    """Feedback ids: thumbs and an edit of both versions' answers, and votes between answers."""
    for sequence, name in enumerate((BAD, GOOD), 1):
        record = Version(name, "support", sequence, name, BASE, "run", "snap", "hash", time.time())
        await context.registry.add_version(record)
    made: dict[str, str] = {}
    for name in (BAD, GOOD):
        for kind, body in ABOUT:
            asked = await people.ask("ann", f"{kind} {name}?")
            answer = await people.answer("ann", asked, f"{kind} {name}", version=name)
            made[f"{kind} {name}"] = await people.say(kind, "ann", answer.id, **body)
    made["between"] = await rank(people, "between?", BAD, GOOD)
    made["within"] = await rank(people, "within?", BAD, BAD)
    return made


async def rank(people: People, prompt: str, *versions: str) -> str:
    """Each answer is better than the next one."""
    asked = await people.ask("bob", prompt)
    texts = [f"{place} {version}" for place, version in enumerate(versions)]
    shown = [
        (await people.answer("bob", asked, text, version=version)).id
        for text, version in zip(texts, versions, strict=True)
    ]
    identity = f"cmp_{prompt}"
    record = Comparison(identity, "support", "bob", asked, shown, time.time())
    await people.responses.add_comparison(record)
    return await people.say("ranking", "bob", identity, order=[[i] for i in range(len(versions))])


async def learned(context: Context, directory: Path) -> tuple[set[str], dict[str, Any]]:
    """Ids of what a snapshot teaches, and what it drops."""
    taken = await take_snapshot(context, "support", directory)
    parts = ("train", "thumbs", "demonstrations")
    tables = [pq.read_table(directory / f"{part}.parquet") for part in parts]
    return {i for t in tables for i in t["feedback_id"].to_pylist()}, taken.manifest["dropped"]


async def bring_live(context: Context, name: str) -> None:
    await context.registry.promote("support", name, ADA)


async def test_what_was_not_rolled_back_teaches(
    context: Context, said: dict[str, str], tmp_path: Path
) -> None:
    await bring_live(context, BAD)
    await bring_live(context, GOOD)
    assert (await context.registry.version("support", BAD)).state == "retired"
    assert await learned(context, tmp_path / "s") == (set(said.values()), {})


async def test_a_rolled_back_champion_teaches_only_by_what_it_was_compared_with(
    context: Context, said: dict[str, str], tmp_path: Path
) -> None:
    await bring_live(context, GOOD)
    await bring_live(context, BAD)
    await context.registry.rollback("support", ADA)
    ids, dropped = await learned(context, tmp_path / "s")
    assert ids == {said[name] for name in (f"thumb {GOOD}", f"edit {GOOD}", "between")}
    assert dropped == {f"only about {BAD}, which was rolled back": 3}


@pytest.mark.parametrize(("state", "teaches"), [("rolled_back", False), ("rejected", True)])
async def test_a_trial_that_was_lost_is_a_rollback_one_that_ran_out_is_not(
    context: Context, said: dict[str, str], tmp_path: Path, state: Any, teaches: bool
) -> None:
    await bring_live(context, GOOD)
    await context.registry.begin_trial("support", BAD, 0.1, ADA, expected=GOOD)
    await context.registry.end_trial("support", BAD, ADA, state)
    ids, _ = await learned(context, tmp_path / "s")
    assert (said[f"thumb {BAD}"] in ids) is teaches
    assert said["between"] in ids


async def test_promoting_it_again_by_hand_lifts_the_quarantine(
    context: Context, said: dict[str, str], tmp_path: Path
) -> None:
    await bring_live(context, GOOD)
    await bring_live(context, BAD)
    await context.registry.rollback("support", ADA)
    before = await take_snapshot(context, "support", tmp_path / "1")
    await bring_live(context, BAD)
    assert await learned(context, tmp_path / "2") == (set(said.values()), {})
    await bring_live(context, GOOD)
    assert await learned(context, tmp_path / "3") == (set(said.values()), {}), "retired, not bad"
    assert (await take_snapshot(context, "support", tmp_path / "4")).name != before.name


async def test_of_a_ranking_the_pairs_with_others_stay(
    context: Context, people: People, said: dict[str, str], tmp_path: Path
) -> None:
    await rank(people, "three?", BAD, GOOD, BAD)
    await bring_live(context, BAD)
    await context.registry.rollback("support", ADA, to=BASE)
    await learned(context, tmp_path / "s")
    rows = pq.read_table(tmp_path / "s" / "train.parquet").to_pylist()
    pairs = {(row["chosen"], row["rejected"]) for row in rows if "three?" in row["prompt"]}
    assert pairs == {(f"0 {BAD}", f"1 {GOOD}"), (f"1 {GOOD}", f"2 {BAD}")}
