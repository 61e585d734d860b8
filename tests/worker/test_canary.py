"""A trial from its beginning to its verdict, on a real server."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest

from core.assistants import Assistants
from core.consent import Consent, Consents
from core.records import BASE, Verdict, Version
from core.redact import redact_person
from core.registry import Actor
from core.trials import Look, Trial
from tests.worker.conftest import Fleet
from tests.worker.people import People
from tests.worker.test_pipeline import opened, verdict
from worker.canary.case import DAY_S
from worker.canary.watch import look_at_trial, rests
from worker.context import Context
from worker.run import do_run
from worker.tick import tick

ADA = Actor("ada", "I know better")
V1 = "support-p000001-aaaaaaaa"


async def planned(
    context: Context,
    days: float = 7.0,
    cap: int = 5,
    weights: dict[str, float] | None = None,
    run: str = "run_1",
) -> Trial:
    """V1 against the base, not begun yet."""
    version = Version(V1, "support", 1, "aaaa", BASE, run, "snap", "base", time.time())
    await context.registry.add_version(version)
    now = time.time()
    trial = Trial("support", V1, BASE, run, 1, 0.1, 0.05, now, now + days * DAY_S, cap)
    await context.trials.add(trial, weights or {})
    return trial


async def try_out(
    context: Context, days: float = 7.0, cap: int = 5, weights: dict[str, float] | None = None
) -> Trial:
    """V1 against the base."""
    trial = await planned(context, days, cap, weights)
    await context.registry.begin_trial("support", V1, 0.1, ADA, expected=BASE)
    return trial


async def vote(people: People, count: int, for_challenger: float, crowd: int = 16) -> None:
    """The challenger is the second answer; this share of the votes is for it."""
    for number in range(count):
        user = f"user{number % crowd}"
        compared = await people.compare_arms(user, f"Question {number}?", BASE, V1)
        choice = "b" if number / count < for_challenger else "a"
        await people.say("comparison", user, compared, choice=choice)


async def fail(context: Context, people: People, count: int) -> None:
    """The challenger, so many times; the champion answers."""
    for number in range(count):
        user = f"user{number}"
        asked = await people.ask(user, f"Task {number}?")
        for version in (BASE, V1):
            status = "error" if version == V1 else "done"
            answer = await people.answer(user, asked, "Hm.", status, version=version, trial=V1)
            await context.tallies.add(answer)


async def outcome(context: Context) -> Verdict:
    found = (await context.trials.get("support", V1)).verdict
    assert found is not None
    return found


async def challenger(context: Context) -> str:
    return (await context.registry.pointer("support")).challenger


async def test_votes_promote_what_people_prefer(context: Context, people: People) -> None:
    await try_out(context)
    await vote(people, 4, 1.0)
    await tick(context)
    assert await challenger(context) == V1
    figures = (await context.trials.get("support", V1)).figures
    assert (figures["votes"], figures["people"], figures["promote_at"]) == (4, 4, 40)
    await vote(people, 48, 1.0)
    await tick(context)
    pointer = await context.registry.pointer("support")
    assert (pointer.champion, pointer.previous, pointer.challenger) == (V1, BASE, "")
    found = await outcome(context)
    assert (found.decision, found.version) == ("promote", V1)
    assert found.reason.startswith("people prefer it: it won 100%")
    await tick(context)
    assert await outcome(context) == found


async def test_votes_roll_back_what_people_do_not(context: Context, people: People) -> None:
    await try_out(context)
    await vote(people, 48, 0.0)
    await tick(context)
    pointer = await context.registry.pointer("support")
    assert (pointer.champion, pointer.challenger) == (BASE, "")
    assert (await outcome(context)).decision == "rollback"
    assert (await context.registry.version("support", V1)).state == "rolled_back"


async def test_who_knows_whom_they_voted_for_votes_no_more(
    context: Context, people: People
) -> None:
    """A vote tells the versions' names; what is said of them then is evidence of nothing."""
    await try_out(context)
    shown = {}
    for number in range(30):
        user = f"user{number}"
        shown[user] = await people.compare_arms(user, "Question?", BASE, V1)
    for kind, body in (
        ("comparison", {"choice": "a"}),
        ("comparison", {"choice": "b"}),
        ("ranking", {"order": [[1], [0]]}),
    ):
        for user, compared in shown.items():
            await people.say(kind, user, compared, **body)
    await tick(context)
    found = await outcome(context)
    assert (found.decision, found.figures["win_rate"]["rate"]) == ("rollback", 0.0)
    assert (await context.registry.pointer("support")).champion == BASE


async def test_a_vote_that_is_taken_back_was_cast(context: Context, people: People) -> None:
    await try_out(context)
    for user, choice in (("ann", "a"), ("bob", "b"), ("cy", "b")):
        compared = await people.compare_arms(user, "Question?", BASE, V1)
        said = await people.say("comparison", user, compared, choice=choice)
        if user == "ann":
            await people.feedback.retract("support", user, said)
            await people.say("comparison", user, compared, choice="b")
    await Consents(context.store).put("cy", Consent("off"), ["support"])
    await tick(context)
    figures = (await context.trials.get("support", V1)).figures
    assert (figures["votes"], figures["win_rate"]["rate"]) == (3, 2 / 3)


@pytest.mark.parametrize("loser", ["a", "b"])
@pytest.mark.parametrize("how", ["opts out", "is being erased", "is erased"])
async def test_who_learns_whom_they_voted_for_tilts_nothing(
    context: Context, people: People, loser: str, how: str
) -> None:
    """Equal versions, and everybody whose coin fell on one of them leaves when told."""
    await try_out(context)
    coin = random.Random(3)
    for number in range(60):
        user, choice = f"user{number}", coin.choice("ab")
        compared = await people.compare_arms(user, "Question?", BASE, V1)
        await people.say("comparison", user, compared, choice=choice)
        if choice == loser:
            await leave(context, user, how)
    await look_at_trial(context, "support")
    assert await challenger(context) == V1
    figures = (await context.trials.get("support", V1)).figures
    assert (figures["votes"] + figures["erased"], bool(figures["erased"])) == (
        60,
        how != "opts out",
    )
    if how == "is erased":
        assert max(figures["better"], figures["worse"]) < 1


async def leave(context: Context, user: str, how: str) -> None:
    if how == "opts out":
        await Consents(context.store).put(user, Consent("off"), ["support"])
        return
    await context.erasures.begin(user)
    for _ in range(2 if how == "is erased" else 0):
        await context.erasures.remove(user, ["support"])


async def test_who_votes_and_is_erased_again_and_again_leaves_as_often(
    context: Context, people: People
) -> None:
    trial = await try_out(context)
    for _ in range(2):
        await vote(people, 3, 1.0, crowd=1)
        await leave(context, "user0", "is erased")
    assert [left.votes for left in await context.trials.left(trial)] == [3, 3]
    [shown] = await context.trials.of("support")
    assert shown == trial


async def test_one_person_decides_nothing(context: Context, people: People) -> None:
    await try_out(context)
    await vote(people, 60, 1.0, crowd=1)
    await tick(context)
    assert await challenger(context) == V1


async def test_votes_weigh_what_was_known_of_their_people_before(
    context: Context, people: People
) -> None:
    liars = {f"user{number}": 0.0 for number in range(12)}
    trial = await try_out(context, weights={**liars, "user12": 0.5})
    await context.trials.add(trial, {"user13": 0.0})
    await vote(people, 48, 1.0)
    await tick(context)
    figures = (await context.trials.get("support", V1)).figures
    assert (figures["votes"], figures["people"], figures["doubted"]) == (48, 16, 13)
    assert figures["better"] < 1.5 * 2**2
    await context.registry.end_trial("support", V1, ADA)
    await tick(context)
    assert await context.trials.weights(trial) == {}


async def test_who_is_named_by_an_address_is_known_from_a_redacted_snapshot(
    context: Context, people: People
) -> None:
    await try_out(context, weights={redact_person("ann@larkfield.example"): 0.0})
    for user in ("ann@larkfield.example", "bob@larkfield.example"):
        compared = await people.compare_arms(user, "Question?", BASE, V1)
        await people.say("comparison", user, compared, choice="b")
    await tick(context)
    figures = (await context.trials.get("support", V1)).figures
    assert (figures["people"], figures["doubted"]) == (2, 1)
    assert 1 < figures["better"] < 2


async def test_a_person_counts_up_to_the_trial_s_own_cap(context: Context, people: People) -> None:
    await try_out(context, cap=2)
    await vote(people, 9, 1.0, crowd=3)
    await tick(context)
    figures = (await context.trials.get("support", V1)).figures
    assert (figures["votes"], figures["counted"]) == (9, 6)


async def test_a_third_version_among_them_takes_no_side(context: Context, people: People) -> None:
    """A choice among three says nothing of these two, a ranking does."""
    await try_out(context)
    shown = (BASE, V1, "support-p000000-00000000")
    for number in range(4):
        user = f"user{number}"
        compared = await people.compare_versions(user, f"Question {number}?", V1, *shown)
        if number < 3:
            await people.say("comparison", user, compared, choice="b")
    await tick(context)
    assert (await context.trials.get("support", V1)).figures["votes"] == 0
    await people.say("ranking", "user3", compared, order=[[2], [1], [0]])
    await tick(context)
    figures = (await context.trials.get("support", V1)).figures
    assert (figures["votes"], figures["win_rate"]["rate"]) == (1, 1.0)


async def test_a_trial_that_learned_nothing_ends(context: Context, people: People) -> None:
    await try_out(context, days=0.0)
    await vote(people, 6, 0.5)
    await tick(context)
    found = await outcome(context)
    assert found.decision == "reject"
    assert found.reason.startswith("the deadline passed without evidence")
    assert await challenger(context) == ""


async def test_failing_answers_stop_it_at_once(context: Context, people: People) -> None:
    await try_out(context)
    await fail(context, people, 20)
    await tick(context)
    found = await outcome(context)
    assert (found.decision, found.figures["guardrail"]) == ("rollback", "error_rate")
    assert "100.0% of its 20 answers failed" in found.reason


async def test_complaints_count_by_arm(context: Context, people: People) -> None:
    await try_out(context)
    for number in range(40):
        user = f"user{number}"
        asked = await people.ask(user, f"Task {number}?")
        for version, value in ((BASE, "up"), (V1, "down")):
            answer = await people.answer(user, asked, "Hm.", version=version, trial=V1)
            await people.say("thumb", user, answer.id, value=value)
    await tick(context)
    assert (await outcome(context)).figures["guardrail"] == "complaint_rate"


@pytest.mark.parametrize("action", ["promote", "rollback"])
async def test_a_person_may_end_it(context: Context, action: str) -> None:
    await try_out(context)
    if action == "promote":
        await context.registry.promote("support", V1, ADA)
    else:
        await context.registry.end_trial("support", V1, ADA)
    await tick(context)
    found = await outcome(context)
    assert (found.decision, found.reason) == (action, "ended by hand")


async def test_while_held_nothing_is_promoted(context: Context, people: People) -> None:
    await try_out(context)
    await context.registry.hold("support", ADA)
    await vote(people, 48, 1.0)
    await look_at_trial(context, "support")
    assert await challenger(context) == V1
    await context.registry.resume("support", ADA)
    await look_at_trial(context, "support")
    assert (await context.registry.pointer("support")).champion == V1


async def test_what_passes_the_gate_is_put_on_trial(
    context: Context, people: People, fleet: Fleet
) -> None:
    """And learning waits for it; what votes weigh in it was known before."""
    support = context.assistants.get("support")
    canary = support.canary.model_copy(update={"share": 0.2, "min_people": 8, "cap": 3})
    tried = Assistants([support.model_copy(update={"canary": canary})])
    own = replace(context, assistants=tried)
    for number in range(40):
        await people.vote("stubborn", f"Ask {number}?", "a")
    run = await opened(own, people)
    await do_run(own, run.id)
    ended = await verdict(own, run)
    assert ended.decision == "trial", ended
    pointer = await own.registry.pointer("support")
    assert (pointer.champion, pointer.challenger, pointer.share) == (BASE, ended.version, 0.2)
    [trial] = await own.trials.of("support")
    assert (trial.challenger, trial.champion, trial.number) == (ended.version, BASE, 1)
    weights = await own.trials.weights(trial)
    assert (trial.cap, list(weights)) == (3, ["stubborn"])
    assert 0 < weights["stubborn"] < 0.5
    await people.crowd(16)
    await tick(own)
    state = await own.runs.trigger_state("support")
    assert state is not None
    assert "is on trial" in state.reason


async def test_without_people_there_is_no_trial(
    context: Context, people: People, fleet: Fleet
) -> None:
    support = context.assistants.get("support")
    canary = support.canary.model_copy(update={"share": 0.2, "min_people": 9})
    own = replace(context, assistants=Assistants([support.model_copy(update={"canary": canary})]))
    run = await opened(own, people)
    await do_run(own, run.id)
    ended = await verdict(own, run)
    assert ended.decision == "promote", ended
    assert "without a trial, because 8 people gave feedback, 9 needed" in ended.reason


@pytest.mark.parametrize(
    ("look_s", "since_s", "rest"),
    [
        pytest.param(0.1, 0.0, False, id="a quick look"),
        pytest.param(3.0, 0.0, False, id="as long as is free"),
        pytest.param(13.0, 1.0, True, id="just looked, for long"),
        pytest.param(13.0, 39.0, True, id="four times ten seconds"),
        pytest.param(13.0, 40.0, False, id="rested"),
        pytest.param(13.0, -600.0, False, id="the clock was put back"),
    ],
)
def test_a_long_look_is_followed_by_a_rest(look_s: float, since_s: float, rest: bool) -> None:
    assert rests(Look([], 1000.0, look_s), 1000.0 + since_s) is rest
