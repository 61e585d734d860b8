"""An erased person is nowhere: not in the store, not in files of runs, not in what is learned."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from core import keys
from core.consent import Consent, Consents
from core.conversations import Conversations
from core.errors import StoreUnavailable
from core.forgetting import Forgetting
from core.records import BASE, Run
from core.redact import redact_person
from core.trials import Trial
from tests.conftest import ROOT
from tests.worker.conftest import Fleet
from tests.worker.people import People
from tests.worker.test_canary import try_out
from worker import snapshot as snapshots
from worker.context import Context
from worker.forgetting import finish_erasures
from worker.leftovers import named_in
from worker.run import do_run
from worker.snapshot import take_snapshot
from worker.tick import tick
from worker.verdicts import cancelled

EVA = "eva.lindqvist"
SECRET = "zanzibar"
"""In every text of hers, and in nobody else's."""
GONE = {
    "comparisons": 4,
    "conversations": 1,
    "log entries": 9,
    "messages": 17,
    "opinions": 6,
    "responses": 10,
}
"""What `live` stores of hers."""


async def live(people: People, context: Context) -> None:
    """Eva in every way there is, among others."""
    await people.crowd(16)
    await people.vote(EVA, f"Is {SECRET} far?", "a")
    ranked = await people.compare(EVA, f"{SECRET}?", f"A {SECRET}", "Yes.", "No.")
    await people.say("ranking", EVA, ranked, order=[[0], [1, 2]])
    asked = await people.ask(EVA, f"More of {SECRET}")
    answer = await people.answer(EVA, asked, f"{SECRET} it is")
    await people.feedback.append(
        "edit", "support", EVA, answer.id, {"text": f"No, {SECRET}."}, key="once"
    )
    await people.say("thumb", EVA, answer.id, value="down", comment=f"not {SECRET}")
    await people.say("thumb", EVA, answer.id, value="up", comment=f"well, {SECRET}")
    taken = await people.say("comment", EVA, answer.id, comment=f"{SECRET}!")
    await people.feedback.retract("support", EVA, taken)
    tie = await people.compare(EVA, f"Only a prompt with {SECRET}", "Same", "Thing")
    await people.say("comparison", EVA, tie, choice="tie")
    conversations = Conversations(context.store, people.messages)
    chat = await conversations.create(EVA, "support", f"About {SECRET}")
    await conversations.add(chat, asked)
    await conversations.add(chat, answer.message, answer.id)
    await conversations.delete(await conversations.create(EVA, "support", SECRET))
    elsewhere = People(context.store, "long-gone")
    await elsewhere.vote(EVA, f"Any {SECRET}?")
    await Consents(context.store).put(EVA, Consent("on", {"tutor": "off"}), ["support", "tutor"])


async def erase(context: Context) -> Any:
    await context.erasures.begin(EVA)
    return await context.erasures.remove(EVA, context.assistants.names)


async def everything(context: Context) -> dict[str, str]:
    """All keys with all their values, as text."""
    redis, found = context.store.redis, {}
    read: dict[str, Callable[[str], Any]] = {
        "string": redis.get,
        "hash": redis.hgetall,
        "set": redis.smembers,
        "zset": lambda name: redis.zrange(name, 0, -1, withscores=True),
        "stream": redis.xrange,
    }
    async for name in redis.scan_iter():
        found[name] = repr(await read[await redis.type(name)](name))
    return found


def bytes_of(directory: Path) -> bytes:
    """All files, with names; tables as what is in them too, whatever compresses them."""
    found = b""
    for path in sorted(p for p in directory.rglob("*") if p.is_file()):
        found += str(path.relative_to(directory)).encode() + path.read_bytes()
        if path.suffix == ".parquet":
            found += json.dumps(pq.read_table(path).to_pylist()).encode()
    return found


async def ids_of_eva(context: Context) -> list[str]:
    names = await context.store.redis.zrange(keys.holdings("support", EVA), 0, -1)
    said = [entry async for entry in context.feedback.read("support")]
    return [*names, *(entry.id for entry in said if entry.user == EVA)]


async def test_nothing_of_theirs_is_left_in_the_store(context: Context, people: People) -> None:
    await people.crowd(16)
    before = await everything(context)
    counts = await context.feedback.counts("support")
    await context.store.redis.flushall()

    await live(people, context)
    ids = await ids_of_eva(context)
    erased = await erase(context)
    assert erased.ended
    assert erased.removed == GONE
    await tick(context)
    left = await everything(context)
    for name, value in left.items():
        for trace in (EVA, SECRET, *ids):
            assert trace not in name + value, name
    left_counts = await context.feedback.counts("support")
    assert {kind: number for kind, number in left_counts.items() if number} == counts
    kinds = ("response", "message", "comparison")
    sizes = [[sum(f":{k}:" in n for n in names) for k in kinds] for names in (before, left)]
    assert sizes[0] == sizes[1], "others have all of theirs"


async def test_the_next_snapshot_knows_nothing_of_them(
    context: Context, people: People, tmp_path: Path
) -> None:
    await live(people, context)
    ids = await ids_of_eva(context)
    with_eva = await take_snapshot(context, "support", tmp_path / "with")
    held = bytes_of(tmp_path / "with")
    assert SECRET.encode() in held
    assert EVA.encode() in held
    assert b"Only a prompt with" in (tmp_path / "with" / "prompts.jsonl").read_bytes()
    assert await context.people.digest(EVA) in with_eva.manifest["people"]

    await erase(context)
    without = await take_snapshot(context, "support", tmp_path / "without")
    held = bytes_of(tmp_path / "without")
    digest = await context.people.digest(EVA)
    assert not [t for t in (SECRET, EVA, digest, *ids) if t.encode() in held]
    assert without.manifest["counts"]["people"] == 8


async def test_an_erasure_that_failed_at_any_step_goes_on(
    context: Context, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live(people, context)

    async def die(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("killed")

    for step in ("all_opinions", "keys_used", "entries_of"):
        with monkeypatch.context() as half_way:
            half_way.setattr(Forgetting, step, die)
            with pytest.raises(StoreUnavailable):
                await erase(context)
        person = await context.people.digest(EVA)
        assert await context.erasures.open() == {person: EVA}
        assert not (await context.erasures.get(person)).ended
    await tick(context)
    assert (await context.erasures.open())[person] == EVA, "whoever is at it may live"
    await context.store.redis.delete(keys.erasure_lease(person))
    await tick(context)
    await tick(context)
    assert await context.erasures.open() == {}
    assert (await context.erasures.get(person)).removed == GONE, "each was counted once"
    left = await everything(context)
    assert not [n for n, value in left.items() if SECRET in value or EVA in n + value]


KILLED = """
import asyncio, os, signal
from core import holdings
from core.settings import Settings
from core.store import connect
from worker.context import make_context

holdings.SLICE, calls, remove = 4, [], holdings.Holdings.remove

async def remove_and_die(self, *given, **named):
    calls.append(await remove(self, *given, **named))
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

async def erase():
    settings = Settings(_env_file=None)
    context = make_context(settings, connect(settings.redis_url))
    await context.erasures.begin("eva.lindqvist")
    await context.erasures.remove("eva.lindqvist", context.assistants.names)

holdings.Holdings.remove = remove_and_die
asyncio.run(erase())
"""


async def test_kill_9_half_way(context: Context, people: People) -> None:
    await live(people, context)
    settings = context.settings
    where = {
        "THUMBWHEEL_REDIS_URL": settings.redis_url,
        "THUMBWHEEL_STATE_DIR": str(settings.state_dir),
        "THUMBWHEEL_ASSISTANTS_FILE": str(settings.assistants_file),
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, cwd=ROOT, env={**os.environ, **where}
    )
    assert await child.wait() == -signal.SIGKILL
    person = await context.people.digest(EVA)
    half = (await context.erasures.get(person)).removed
    assert 0 < sum(half.values()) < sum(GONE.values())
    await context.store.redis.delete(keys.erasure_lease(person))
    await tick(context)
    await tick(context)
    assert await context.erasures.open() == {}
    assert (await context.erasures.get(person)).removed == GONE
    left = await everything(context)
    assert not [n for n, value in left.items() if SECRET in value or EVA in n + value]


async def test_what_they_said_before_stays_out_while_it_goes_on(
    context: Context, people: People, tmp_path: Path
) -> None:
    """Also where the log still has it: killed at once, or archived."""
    await live(people, context)
    await context.erasures.begin(EVA)
    taken = await take_snapshot(context, "support", tmp_path / "s")
    assert taken.manifest["left_out"] == {"erased": 5}
    assert SECRET.encode() not in bytes_of(tmp_path / "s")
    log = context.people.allowed("support", context.feedback.read("support"))
    assert EVA not in {entry.user async for entry in log}


async def test_who_comes_back_starts_anew(context: Context, people: People, tmp_path: Path) -> None:
    await live(people, context)
    before = await people.ask(EVA, f"More of {SECRET}")
    await erase(context)
    people.messages.forget(EVA)
    assert await people.ask(EVA, f"More of {SECRET}") != before, "a new salt"
    answer = await people.answer(EVA, await people.ask(EVA, "Again?"), "Welcome.")
    said, new = await people.feedback.append(
        "edit", "support", EVA, answer.id, {"text": "Welcome back."}, key="once"
    )
    assert new, "the same key is another one now"
    taken = await take_snapshot(context, "support", tmp_path / "s")
    assert said.encode() in bytes_of(tmp_path / "s")
    assert taken.manifest["left_out"] == {}
    assert (await context.erasures.begin(EVA)).removed == {}, "this would be another erasure"


async def test_who_had_consent_off_finds_it_off(context: Context, people: People) -> None:
    """Whether they come back while it goes on or later, and until they say otherwise."""
    consents = Consents(context.store)

    async def learned_from() -> int:
        log = context.people.allowed("support", context.feedback.read("support"))
        held = (await context.feedback.counts("support")).get("comparison", 0)
        assert held == len([entry async for entry in log])
        return held

    await consents.put(EVA, Consent("off", {"tutor": "on"}), ["support", "tutor"])
    await people.vote(EVA, "Before?")
    await erase(context)
    assert not [n for n, value in (await everything(context)).items() if EVA in n + value]
    assert await consents.get(EVA) == Consent()
    await people.vote(EVA, "After?")
    assert await consents.get(EVA) == Consent("off", {"tutor": "on"})
    assert await learned_from() == 0

    await context.erasures.begin(EVA)
    await context.erasures.remove(EVA, [])
    await people.vote(EVA, "While it goes on?")
    await context.erasures._end(EVA, await context.people.digest(EVA), ["support"])
    assert await learned_from() == 0

    await consents.put(EVA, Consent("on"), ["support", "tutor"])
    assert await learned_from() == 1
    await erase(context)
    await people.vote(EVA, "At last?")
    assert await learned_from() == 1


async def test_a_snapshot_under_way_is_taken_anew(
    context: Context, people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live(people, context)
    written: list[bytes] = []
    write = snapshots._write

    def write_then_note(directory: Path, *rest: Any) -> None:
        write(directory, *rest)
        written.append(bytes_of(directory))

    gather = snapshots.gather_rows

    async def erased_meanwhile(*given: Any) -> Any:
        gathered = await gather(*given)
        if not written:
            await erase(context)
        return gathered

    monkeypatch.setattr(snapshots, "_write", write_then_note)
    monkeypatch.setattr(snapshots, "gather_rows", erased_meanwhile)
    taken = await take_snapshot(context, "support", tmp_path / "s")
    first, second = written
    assert SECRET.encode() in first
    assert SECRET.encode() not in second
    assert bytes_of(tmp_path / "s") == second
    assert taken.manifest["counts"]["people"] == 8


async def test_an_answer_that_ends_after_the_erasure_is_not_kept(
    context: Context, people: People
) -> None:
    asked = await people.ask(EVA, SECRET)
    answer = await people.answer(EVA, asked, "It is")
    await erase(context)
    late = await people.messages.append("support", EVA, asked, [("assistant", f"late {SECRET}")])
    assert late[0].id != answer.message
    await people.responses.finish(replace(answer, message=late[0].id))
    assert not [n for n, value in (await everything(context)).items() if SECRET in value]


async def test_nor_is_what_stands_under_the_hash_of_an_address(
    context: Context, people: People
) -> None:
    """Where names are redacted: weights, also in a trial that another one displaced, and findings
    of a run that the worker clears when nobody knows the name any more.
    """
    mail = "eva@example.com"
    hashed = redact_person(mail)
    assert mail not in hashed
    await people.vote(mail, "Far?")
    weights = {"bob": 0.5, mail: 0.3, hashed: 0.2}
    await try_out(context, weights=weights)
    other = Trial("support", "V2", BASE, "run_2", 2, 0.1, 0.05, 1.0, 2.0)
    await context.trials.add(other, weights)
    person = await context.people.digest(mail)
    run = (await context.runs.open("support", "enough", {}))[0]
    manifest = context.run_directory(run.id) / "snapshot" / "manifest.json"
    manifest.parent.mkdir(parents=True)
    findings = [{"person": who, "what": "votes", "votes": 9} for who in weights]
    told = {"people": [person], "reliability": {"findings": findings}}
    manifest.write_text(json.dumps(told))
    await context.runs.end(run, cancelled())

    await context.erasures.begin(mail)
    await context.erasures.remove(mail, context.assistants.names)
    await context.trials.add(replace(other, challenger="V3"), weights)  # by a run that was late
    await finish_erasures(context)
    assert await context.erasures.open() == {}
    found = [await context.trials.weights(trial) for trial in await context.trials.of("support")]
    assert found == [{"bob": 0.5}] * 3
    assert named_in(manifest.parent.parent) == {"bob"}


@dataclass(frozen=True)
class Learned:
    run: Run
    version: str


async def learned(context: Context, people: People) -> Learned:
    """A run from votes of Eva too, to its end."""
    await live(people, context)
    counts = await context.feedback.counts("support")
    run = (await context.runs.open("support", "enough", counts))[0]
    await do_run(context, run.id)
    return Learned(run, (await context.runs.get(run.id)).version)


async def test_versions_that_learned_are_named_and_files_of_runs_are_cleared(
    context: Context, people: People, fleet: Fleet
) -> None:
    known = await learned(context, people)
    directory = context.run_directory(known.run.id)
    assert SECRET.encode() not in bytes_of(context.settings.state_dir), "texts go with the run"
    manifest = directory / "snapshot" / "manifest.json"
    told = json.loads(manifest.read_text())
    told["reliability"]["findings"] = [
        {"person": who, "what": "votes", "votes": 9} for who in (EVA, "user1")
    ]
    manifest.write_text(json.dumps(told))
    (directory / "snapshot" / "train.parquet").write_text(SECRET)  # killed before it tidied
    await erase(context)
    await tick(context)
    person = await context.people.digest(EVA)
    assert (await context.erasures.get(person)).versions == [known.version]
    held = bytes_of(context.settings.state_dir)
    assert SECRET.encode() not in held
    assert EVA.encode() not in held
    assert b"user1" in manifest.read_bytes()
    assert await context.erasures.open() == {}
    again = await erase(context)
    assert (again.versions, again.removed) == ([known.version], {})


async def test_a_run_that_is_learning_from_them_is_stopped(
    context: Context, people: People
) -> None:
    await live(people, context)
    counts = await context.feedback.counts("support")
    run = (await context.runs.open("support", "enough", counts))[0]
    lease = await context.runs.take(run, 30.0)
    assert lease is not None
    directory = context.run_directory(run.id)
    await take_snapshot(context, "support", directory / "snapshot")
    await erase(context)
    await tick(context)
    assert (await context.runs.get(run.id)).cancelled
    assert len(await context.erasures.open()) == 1, "not before the run has its verdict"
    await context.runs.release(lease)
    await tick(context)
    await tick(context)
    assert await context.erasures.open() == {}
    assert SECRET.encode() not in bytes_of(directory)
    after = await context.runs.active("support")
    assert after is not None
    assert after.reason.startswith("asked for by erasure")


async def test_erasing_does_not_cost_others_their_turn(context: Context, people: People) -> None:
    """Old opinions that go make no hole which new ones would have to fill."""
    for number in range(8):
        await people.vote(EVA, f"Eva's {number}?", "ab"[number % 2])
    await people.crowd(16)
    counts = await context.feedback.counts("support")
    await context.runs.open("support", "enough", counts)
    await people.crowd(4, people=2)
    await people.vote("new", "A new one?")
    await erase(context)
    assert await context.feedback.gone("support") == {"comparison": 8}


async def test_what_was_archived_goes_too(context: Context, people: People, tmp_path: Path) -> None:
    await live(people, context)
    assert await context.archive.move("support", 20) == 20
    archived = bytes_of(Path(context.settings.artifacts))
    assert EVA.encode() in archived
    assert SECRET.encode() in archived
    await context.erasures.begin(EVA)
    taken = await take_snapshot(context, "support", tmp_path / "s")
    assert taken.manifest["left_out"] == {"erased": 5}, "before it is removed there too"
    erased = await erase(context)
    assert erased.removed["log entries"] == 9
    archived = bytes_of(Path(context.settings.artifacts))
    assert EVA.encode() not in archived
    assert SECRET.encode() not in archived
    assert len([entry async for entry in context.feedback.read("support")]) == 16
