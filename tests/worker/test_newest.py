"""A snapshot of a log that is longer than a run can learn from."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from core.consent import Consent, Consents
from core.fold import opinions_that_hold
from tests.worker.people import People
from worker.archiving import archive_slice
from worker.context import Context
from worker.newest import read_newest
from worker.snapshot import take_snapshot


def at_most(context: Context, most: int) -> Context:
    changes = {"snapshot_opinions": most, "archive_from": 10, "archive_keep": 3}
    return replace(context, settings=context.settings.model_copy(update=changes))


async def quarrel(people: People, seed: int, turns: int = 40) -> None:
    """Three people rate five answers, change their minds and take things back."""
    chance = random.Random(seed)
    for _ in range(turns):
        user, target = chance.choice("abc"), f"resp_{chance.randrange(5)}"
        held = await people.feedback.about("support", user, [target])
        if held and chance.random() < 0.4:
            await people.feedback.retract("support", user, held[0].id)
        else:
            await people.say("thumb", user, target, value=chance.choice(["up", "down"]))


@pytest.mark.parametrize("seed", range(3))
async def test_it_is_the_end_of_all_that_holds(context: Context, people: People, seed: int) -> None:
    await quarrel(people, seed)
    log = [said async for said in context.feedback.read("support")]
    holding = opinions_that_hold(log)
    assert len(holding) > 4
    for archived in (False, True):
        for most in (1, 4, len(holding), 1000):
            found = await read_newest(at_most(context, most), "support")
            assert found.opinions == holding[-most:]
            assert found.watermark == log[-1].id
            assert found.events + found.older == len(log)
            assert most <= len(holding) or found.older == 0
            if most <= len(holding):
                assert found.opinions[0] == log[found.older], "nothing before it was counted"
        if not archived:
            assert await archive_slice(at_most(context, 1), "support") > 20


async def test_an_empty_log_is_read_too(context: Context) -> None:
    found = await read_newest(context, "support")
    assert (found.opinions, found.events, found.older, found.watermark) == ([], 0, 0, "")


async def test_who_may_not_be_learned_from_takes_nobodys_place(
    context: Context, people: People
) -> None:
    for user in ("ann", "ben", "eve", "eve"):
        await people.vote(user, "When?")
    await Consents(context.store).put("eve", Consent("off", {}), context.assistants.names)
    found = await read_newest(at_most(context, 2), "support")
    assert [said.user for said in found.opinions] == ["ann", "ben"]
    assert found.left_out == {"no consent": 2}


async def test_the_manifest_says_what_was_not_read(
    context: Context, people: People, tmp_path: Path
) -> None:
    await people.crowd(14)
    small = at_most(context, 6)
    before = await take_snapshot(small, "support", tmp_path / "before")
    assert await archive_slice(small, "support") == 11
    after = await take_snapshot(small, "support", tmp_path / "after")
    assert after.manifest == before.manifest
    counts = after.manifest["counts"]
    assert (counts["events"], counts["older_events"]) == (6, 8)
    assert counts["opinions"] == {"comparison": 6}
    assert counts["train"]["rows"] + counts["heldout"]["rows"] == 6
