"""Versions made by runs: what each was made of, and which votes made which first."""

from __future__ import annotations

import shutil
from pathlib import Path

from core.lineage import Ledgers, Shaped
from core.records import Version
from tests.worker.conftest import Fleet
from tests.worker.people import People
from worker.context import Context
from worker.run import do_run


async def learn(context: Context) -> Version:
    """What a run makes of all feedback there is."""
    counts = await context.feedback.counts("support")
    run, _ = await context.runs.open("support", "enough votes", counts)
    await do_run(context, run.id)
    return (await context.registry.versions("support", limit=1))[0]


async def votes(context: Context) -> list[str]:
    return [vote.id async for vote in context.feedback.read("support")]


def shaped(context: Context, version: Version, ids: list[str]) -> dict[str, Shaped]:
    return Ledgers(context.artifacts()).find(version.name, ids)


async def test_every_vote_names_the_first_version_it_shaped(
    context: Context, people: People, fleet: Fleet
) -> None:
    await people.crowd(24)
    old = await votes(context)
    one = await learn(context)
    first = shaped(context, one, old)
    assert first.keys() == set(old)
    taught = {vote for vote, known in first.items() if known.taught}
    assert {first[vote] for vote in taught} == {Shaped(taught=one.name)}
    assert {first[vote] for vote in set(old) - taught} == {Shaped(tested=one.name)}
    assert len(taught) == one.figures["data"]["counts"]["train"]["rows"]
    await people.crowd(24)
    two = await learn(context)
    assert two.parent == one.name
    second = shaped(context, two, await votes(context))
    assert {second[vote].taught for vote in taught} == {one.name}
    assert {two.name} <= {s.taught for s in second.values()} <= {one.name, two.name, ""}
    assert {second[vote].tested for vote in set(old) - taught} == {one.name}


async def test_the_ledger_outlives_the_runs_and_the_votes_that_teach_no_more(
    context: Context, people: People, fleet: Fleet
) -> None:
    await people.crowd(24)
    answer = await people.answer("ann", await people.ask("ann", "Well?"), "Superbly.")
    thumb = await people.say("thumb", "ann", answer.id, value="up")
    one = await learn(context)
    shutil.rmtree(Path(context.settings.state_dir) / "runs")
    await people.feedback.retract("support", "ann", thumb)
    two = await learn(context)
    found = shaped(context, two, [thumb])[thumb]
    assert one.name in (found.taught, found.tested)
    assert two.figures["data"]["counts"]["thumbs"]["rows"] == 0
