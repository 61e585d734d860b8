"""What somebody does not let be learned from is in no snapshot and starts no run, and what they
said then decides no trial; what is too old is in none either.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from core import keys
from core.assistants import Assistant, Assistants
from core.consent import Consent, Consents
from core.trials import Trial
from tests.worker.people import SYSTEM, People
from worker.canary.votes import hear
from worker.context import Context
from worker.snapshot import take_snapshot
from worker.tick import gather, tick

EVE = "eve"
SECRET = "zanzibar"


async def say(context: Context, everywhere: str, **apart: str) -> None:
    said = Consent(everywhere, apart)  # type: ignore[arg-type]
    await Consents(context.store).put(EVE, said, context.assistants.names)


async def test_nothing_of_theirs_is_in_a_snapshot(
    context: Context, people: People, tmp_path: Path
) -> None:
    """Not their votes, nor their prompts to evaluate by; and it says how many were left out."""
    await people.crowd(12)
    await people.vote(EVE, f"Is {SECRET} far?")
    tie = await people.compare(EVE, f"Only asked: {SECRET}", "Same", "Same.")
    await people.say("comparison", EVE, tie, choice="tie")
    await say(context, "off")
    taken = await take_snapshot(context, "support", tmp_path / "off")
    assert taken.manifest["left_out"] == {"no consent": 2}
    for path in (tmp_path / "off").iterdir():
        assert SECRET.encode() not in path.read_bytes()
    assert taken.manifest["counts"]["people"] == 8

    await say(context, "off", support="on")
    taken = await take_snapshot(context, "support", tmp_path / "on")
    assert taken.manifest["left_out"] == {}
    assert SECRET in (tmp_path / "on" / "prompts.jsonl").read_text()


async def test_their_votes_start_no_run(context: Context, people: People) -> None:
    await say(context, "on", support="off")
    for number in range(12):
        await people.vote(EVE, f"Eve's {number}?", "ab"[number % 2])
    assert await tick(context) == []
    assert (await gather(context, "support")).new == 0
    await say(context, "on")
    assert len(await tick(context)) == 1


NEW = "support-p000001-aaaaaaaa"


def begin_trial() -> Trial:
    return Trial("support", NEW, "base", "run", 1, 0.1, 0.05, time.time(), time.time() + 60)


async def test_their_thumbs_decide_no_trial(context: Context, people: People) -> None:
    """They know whom they judge and may change their mind, so what they say now is what counts."""
    trial = begin_trial()
    for user in (EVE, "bob"):
        answer = await people.answer(
            user, await people.ask(user, "How?"), "So.", version=NEW, trial=NEW
        )
        await people.say("thumb", user, answer.id, value="down")
    for choice, rated in (("off", 1), ("on", 2)):
        await say(context, choice)
        assert (await hear(context, trial)).ratings["challenger"].rated == rated


async def test_a_blind_vote_counts_as_it_did_when_it_was_given(
    context: Context, people: People
) -> None:
    trial, given = begin_trial(), []
    for choice in ("on", "off", "on", "off"):
        await say(context, choice)
        given.append(await people.compare_arms(EVE, "Which?", "base", NEW))
        await people.say("comparison", EVE, given[-1], choice="b")
    for last in ("off", "on"):
        await say(context, last)
        heard = await hear(context, trial)
        assert [vote.score for vote in heard.votes] == [1.0, 1.0]
    await people.say("comparison", EVE, given[1], choice="a")
    assert len((await hear(context, trial)).votes) == 2, "who was told votes no more"


async def test_who_never_let_it_count_decides_no_trial(context: Context, people: People) -> None:
    """Nor does whose choice was stored before its changes were kept."""
    trial = begin_trial()
    await context.store.redis.hset(keys.consent(EVE), "*", f"off {time.time()}")
    compared = await people.compare_arms(EVE, "Which?", "base", NEW)
    await people.say("comparison", EVE, compared, choice="b")
    assert await Consents(context.store).get(EVE) == Consent("off")
    for choice in ("off", "on"):
        await say(context, choice)
        assert (await hear(context, trial)).votes == []


async def test_opinions_that_left_do_not_hold_up_the_next_run(
    context: Context, people: People
) -> None:
    for number in range(12):
        await people.vote(EVE, f"Eve's {number}?", "ab"[number % 2])
    counts = await context.feedback.counts("support")
    await context.runs.open("support", "enough", counts)
    await say(context, "off")
    await people.crowd(3)
    assert (await gather(context, "support")).new == 3


def keeping(context: Context, retain: float | str | None) -> Context:
    """With an assistant that keeps what people say only so long."""
    declared = Assistant(name="support", system_prompt=SYSTEM, retain=retain)  # type: ignore[arg-type]
    return replace(context, assistants=Assistants([declared]))


async def test_what_is_too_old_is_not_learned_from(
    context: Context, people: People, tmp_path: Path
) -> None:
    """Also where no tick has removed it yet."""
    await people.vote("ann", "When?")
    for retain, rows, left_out in ((None, 1, {}), ("1h", 1, {}), (1e-6, 0, {"too old": 1})):
        taken = await take_snapshot(keeping(context, retain), "support", tmp_path / "s")
        assert taken.manifest["counts"]["train"]["rows"] == rows
        assert taken.manifest["left_out"] == left_out


async def test_ticks_remove_what_is_too_old(context: Context, people: People) -> None:
    await people.vote("ann", "When?")
    await tick(keeping(context, None))
    await tick(keeping(context, "365d"))
    assert await context.feedback.counts("support") == {"comparison": 1}
    short, left = keeping(context, 1e-6), True
    while left:
        await tick(short)
        left = bool([name async for name in context.store.redis.scan_iter("tw:message:*")])
    assert [entry async for entry in context.feedback.read("support")] == []
    assert await context.feedback.counts("support") == {"comparison": 0}
