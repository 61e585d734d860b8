"""The rehearsal from the first answer to the last figure, against a loop that learns by decree."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from cli.api import connect
from cli.rehearsal.play import Plan, Rehearsal, rehearse
from cli.rehearsal.population import Prompt
from cli.rehearsal.waiting import Patience
from cli.stages import Stages
from core.checks import contains_all
from core.tastes import TASTES
from tests.cli.conftest import Call
from tests.cli.fake import LONG, NEW, OLD, SHORT, Fake

KEYS = {
    "win_rate",
    "win_rate_low",
    "win_rate_high",
    "seconds_to_live",
    "dropped_streams",
    "champion_before",
    "champion_after",
    "checker_pass_before",
    "checker_pass_after",
}


def make_plan(taste: str = "concise", candidates: int = 2, retrain: bool = False) -> Plan:
    ask = [{"role": "user", "content": "May I?"}]
    prompts = [Prompt(ask, (contains_all("yes"),))] * 20
    patience = Patience(nudge_s=0.1, start_s=1.0, total_s=120.0)
    return Plan("support", TASTES[taste], prompts[:6], prompts, candidates, 2, 5, retrain, patience)


async def play(url: str, plan: Plan) -> Rehearsal:
    async with connect(url) as api:
        with Stages(Console(file=io.StringIO())) as stages:
            return await rehearse(api, plan, stages)


async def test_a_taste_is_learned(url: str, fake: Fake) -> None:
    fake.votes_needed = 6
    result = await play(url, make_plan())
    assert (result.champion_before, result.champion_after, result.won) == (OLD, NEW, True)
    assert {vote["choice"] for vote in fake.votes.values()} == {"b"}
    assert len(fake.voters) == 6
    assert result.contest is not None
    assert result.contest.win_rate.rate == 1.0
    assert result.contest.passed == (1.0, 1.0)
    assert result.contest.words == (len(LONG.split()), len(SHORT.split()))
    assert result.contest.answered_by_others == 0
    assert result.seconds_to_live is not None
    assert fake.run_s <= result.seconds_to_live < 60.0
    assert result.streams.opened >= 2
    assert result.streams.dropped == 0


async def test_people_go_on_comparing_while_it_is_on_trial(url: str, fake: Fake) -> None:
    fake.votes_needed, fake.trial_votes = 6, 30
    result = await play(url, make_plan())
    assert (result.champion_after, result.won) == (NEW, True)
    assert result.trial_votes >= 30
    assert result.seconds_to_trial is not None
    assert result.seconds_to_live is not None
    assert fake.run_s <= result.seconds_to_trial <= result.seconds_to_live


async def test_a_trial_in_vain_says_why(url: str, fake: Fake) -> None:
    fake.votes_needed, fake.trial_votes, fake.trial_verdict = 6, 12, "rollback"
    result = await play(url, make_plan())
    assert (result.champion_after, result.won) == (None, False)
    assert result.refused == "rollback after its trial: as people said"


async def test_thumbs_teach_a_taste_too(url: str, fake: Fake) -> None:
    fake.votes_needed, fake.counts_thumbs, fake.mixed = 6, True, True
    plan = replace(make_plan(), feedback="thumbs", chats=0)
    result = await play(url, plan)
    given = [(vote["kind"], vote["value"]) for vote in fake.votes.values()]
    assert len(given) == len({vote["response_id"] for vote in fake.votes.values()}) == 6
    assert 0 < given.count(("thumb", "up")) == result.thumbs_up < 3
    assert given.count(("thumb", "down")) == 6 - result.thumbs_up
    assert (result.champion_after, result.decided, result.won) == (NEW, 6, True)


async def test_old_and_new_are_asked_the_same_with_the_same_seeds(url: str, fake: Fake) -> None:
    fake.votes_needed = 6
    await play(url, make_plan())
    seeds = [ask["seed"] for ask in fake.asked if "seed" in ask]
    assert sorted(seeds[:20]) == sorted(seeds[20:]) == list(range(5, 25))


async def test_a_version_that_is_liked_less_has_not_won(url: str, fake: Fake) -> None:
    fake.votes_needed = 6
    result = await play(url, make_plan("polite"))
    assert result.contest is not None
    assert (result.champion_after, result.won) == (NEW, False)
    assert result.contest.win_rate.rate == 0.0


async def test_more_candidates_are_ranked(url: str, fake: Fake) -> None:
    fake.votes_needed = 6
    await play(url, make_plan(candidates=3))
    assert [vote["order"] for vote in fake.votes.values()] == [[[1], [0, 2]]] * 6


async def test_a_rejection_is_a_result_with_its_figures(url: str, fake: Fake) -> None:
    fake.votes_needed, fake.verdict = 6, "reject"
    result = await play(url, make_plan())
    assert (result.champion_after, result.won) == (None, False)
    assert result.refused == "reject: as decreed"
    assert result.run is not None
    assert result.run.verdict is not None
    assert result.run.verdict.figures["win_rate"] == 0.75


async def test_no_run_says_why(url: str, fake: Fake) -> None:
    fake.votes_needed = 100
    result = await play(url, make_plan())
    assert result.refused == "no run started within 1 s: 6 of 100 comparisons"
    assert fake.actions == []


async def test_retrain_is_asked_for_once_when_no_run_starts(url: str, fake: Fake) -> None:
    fake.votes_needed = 100
    result = await play(url, make_plan(retrain=True))
    assert result.won
    assert [action for action, _ in fake.actions] == ["retrain"]


async def test_cut_streams_are_counted(url: str, fake: Fake) -> None:
    fake.votes_needed, fake.cut_streams = 6, 2
    result = await play(url, make_plan())
    assert result.streams.dropped == 2
    assert result.streams.causes == ["The stream ended without [DONE]"] * 2


async def test_an_earlier_run_is_waited_for(url: str, fake: Fake) -> None:
    """Its verdict must not be taken for an answer to votes that came later."""
    fake.votes_needed, fake.verdict, fake.run_s = 6, "reject", 2.0
    async with connect(url) as api:
        await api.operate("support", "retrain", {"reason": "somebody else"})
        assert (await api.assistant("support"))["active_run"] is not None
    fake.run_s = 0.2
    result = await play(url, make_plan())
    assert result.refused == "reject: as decreed"
    assert result.run is not None
    assert (result.run.id, result.run.reason) == ("run_2", "enough votes")


@pytest.mark.parametrize(("verdict", "code"), [("promote", 0), ("reject", 1)])
def test_command_prints_json_and_exits_by_the_outcome(
    call: Call, fake: Fake, verdict: str, code: int
) -> None:
    fake.votes_needed, fake.verdict = 8, verdict
    done = call("simulate", "--comparisons", "8", "--evaluate", "20", "--json")
    assert done.exit_code == code, done.output
    figures = json.loads(done.stdout)
    assert set(figures) >= KEYS
    assert figures["verdict"]["decision"] == verdict
    assert figures["champion_after"] == (NEW if code == 0 else None)
    assert "Learning" in done.stderr


def test_command_gives_thumbs(call: Call, fake: Fake) -> None:
    fake.votes_needed, fake.counts_thumbs = 12, True
    options = ("--feedback", "thumbs", "--thumbs", "12", "--evaluate", "20", "--json")
    done = call("simulate", *options)
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)
    assert (figures["feedback"], figures["thumbs"], len(fake.votes)) == ("thumbs", 12, 12)
    assert "comparisons" not in figures


def test_command_shows_examples_to_people(call: Call, fake: Fake) -> None:
    fake.votes_needed = 8
    done = call("simulate", "--comparisons", "8", "--evaluate", "20")
    assert done.exit_code == 0, done.output
    assert f"{NEW} answers and won" in done.stdout
    assert done.stdout.count("before (") == 2
    assert SHORT in done.stdout


def test_command_refuses_what_it_cannot_play(call: Call) -> None:
    assert "no taste 'loud'" in str(call("simulate", "--prefer", "loud").exception)
    assert "prompts for support" in str(call("simulate", "-a", "nobody").exception)
