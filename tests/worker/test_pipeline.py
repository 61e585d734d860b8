"""A run from votes to verdict, on a real server and with a real child process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core import keys
from core.assistants import Assistant, Assistants
from core.errors import StaleFence
from core.local import RedisServer
from core.records import BASE, Run, Verdict
from core.registry import Actor, Registry
from core.runs import Runs
from core.settings import Settings
from core.store import Store, connect
from tests.conftest import free_port
from tests.worker.conftest import Fleet, until
from tests.worker.fake_trainer import GOOD
from tests.worker.people import People
from worker import pipeline, promotion, runner
from worker.canary.spending import level
from worker.context import Context, make_context
from worker.gate import Judgement
from worker.promotion import go_live
from worker.publish import publish
from worker.run import do_run
from worker.snapshot import load_snapshot

ADA = Actor("ada", "we launch tomorrow")


async def opened(context: Context, people: People, votes: int = 16) -> Run:
    await people.crowd(votes)
    counts = await context.feedback.counts("support")
    return (await context.runs.open("support", "enough votes", counts))[0]


async def verdict(context: Context, run: Run) -> Verdict:
    ended = await context.runs.get(run.id)
    assert ended.verdict is not None
    assert await context.runs.active("support") is None
    assert not await context.runs.is_leased("support")
    return ended.verdict


def starts(context: Context, run: Run) -> list[list[int]]:
    """(pid, parent, niceness) of every training child."""
    lines = (context.run_directory(run.id) / "starts").read_text().splitlines()
    return [[int(word) for word in line.split()] for line in lines]


def steps(context: Context, run: Run) -> list[int]:
    return [int(s) for s in (context.run_directory(run.id) / "steps").read_text().split()]


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def expire_lease(context: Context, run: Run) -> None:
    """What time does to the lease of an owner that is not heard of."""
    await context.store.redis.delete(keys.lease(run.assistant))


async def test_a_good_version_goes_live(context: Context, people: People, fleet: Fleet) -> None:
    run = await opened(context, people)
    await do_run(context, run.id)
    outcome = await verdict(context, run)
    pointer = await context.registry.pointer("support")
    assert outcome.decision == "promote", outcome
    assert (pointer.champion, pointer.candidate) == (outcome.version, "")
    [version] = await context.registry.versions("support")
    assert (version.name, version.state, version.parent) == (outcome.version, "champion", BASE)
    assert (version.sequence, version.run) == (1, run.id)
    assert version.snapshot == (await context.runs.get(run.id)).snapshot
    assert version.base_hash == "files"
    assert version.figures["data"]["counts"]["people"] == 8
    stored = Path(context.settings.artifacts) / version.name
    names = {"adapter_config.json", "report.json", "model_card.md", "metrics.jsonl"}
    assert names < {path.name for path in stored.iterdir()}
    gates = {gate["name"]: gate for gate in outcome.figures["gates"]}
    assert (gates["win_rate"]["value"], gates["win_rate"]["limit"]) == (0.75, 0.5)
    counts = outcome.figures["data"]["counts"]
    assert counts["train"]["rows"] + counts["heldout"]["rows"] == 16
    assert not (context.run_directory(run.id) / "checkpoints").exists()


async def test_what_looks_like_gaming_is_told_without_names(
    context: Context, people: People, fleet: Fleet
) -> None:
    for number in range(12):
        await people.vote("mallory", f"Ask {number}?", "a")
    run = await opened(context, people)
    await do_run(context, run.id)
    outcome = await verdict(context, run)
    [version] = await context.registry.versions("support")
    for figures in (outcome.figures, version.figures):
        told = figures["data"]["reliability"]
        assert told["findings"]["chooses a side of the screen"] == {"people": 1, "votes": 12}
        assert told["people"] == 9
        assert "mallory" not in json.dumps(figures)
    assert outcome.figures["data"]["redacted"] is None


async def test_says_how_far_it_is(
    context: Context, people: People, fleet: Fleet, trainer_does: Callable[..., None]
) -> None:
    trainer_does(steps=12)  # the child is looked at four times a second
    run = await opened(context, people)
    await do_run(context, run.id)
    seen = [event async for _, event in context.runs.events(run.id)]
    fractions = [float(event["fraction"]) for event in seen]
    phases = list(dict.fromkeys(event["phase"] for event in seen))
    assert phases == ["snapshot", "train", "publish", "load", "ended"]
    assert fractions == sorted(fractions)
    steps = [event for event in seen if event["message"].startswith("step")]
    assert any(event["eta_s"] for event in steps)
    assert json.loads(steps[0]["figures"])["loss"] == 0.5


async def test_the_child_is_told_what_to_do(context: Context, people: People, fleet: Fleet) -> None:
    run = await opened(context, people)
    await do_run(context, run.id)
    told = tomllib.loads((context.run_directory(run.id) / "run.toml").read_text())
    assert told["run"]["run_id"] == run.id
    assert told["run"]["served_model_name"] == context.settings.base_model
    assert told["reference"]["adapter"] == ""
    [[_, parent, niceness]] = starts(context, run)
    assert parent == os.getpid()
    assert niceness == max(context.settings.trainer_nice, os.getpriority(os.PRIO_PROCESS, 0))


async def test_the_next_run_learns_from_the_champion(
    context: Context, people: People, fleet: Fleet
) -> None:
    first = await opened(context, people)
    await do_run(context, first.id)
    champion = (await verdict(context, first)).version
    second = await opened(context, people)
    await do_run(context, second.id)
    outcome = await verdict(context, second)
    told = tomllib.loads((context.run_directory(second.id) / "run.toml").read_text())
    reference = Path(told["reference"]["adapter"])
    assert reference.name == champion
    assert (reference / "adapter_config.json").is_file()
    newest = (await context.registry.versions("support"))[0]
    assert (newest.name, newest.parent, newest.sequence) == (outcome.version, champion, 2)
    assert (await context.registry.pointer("support")).previous == champion


async def test_attempts_against_one_champion_are_counted(
    context: Context, people: People, fleet: Fleet, trainer_does: Callable[..., None]
) -> None:
    trainer_does(report={"generation": {**GOOD["generation"], "win_rate": 0.2}})
    attempts = []
    for _ in range(2):
        run = await opened(context, people)
        await do_run(context, run.id)
        outcome = await verdict(context, run)
        assert outcome.figures["champion"] == BASE
        attempts.append((outcome.decision, outcome.figures["attempt"]))
        trainer_does()
    assert attempts == [("reject", 1), ("promote", 2)]


async def test_the_sixty_first_attempt_of_a_reign_is_that(
    context: Context, people: People, fleet: Fleet
) -> None:
    """And so is the hundred and first trial; whoever is counted again is counted once."""
    support = context.assistants.get("support")
    canary = support.canary.model_copy(update={"share": 0.2, "min_people": 8})
    own = replace(context, assistants=Assistants([support.model_copy(update={"canary": canary})]))
    reigns = own.reigns
    runs = [await reigns.count_run("support", BASE, f"run_{n // 2}") for n in range(120)]
    tried = [await reigns.count_trial("support", BASE, f"v{n // 2}") for n in range(200)]
    assert runs == [1 + n // 2 for n in range(120)]
    assert tried == [1 + n // 2 for n in range(200)]
    assert await reigns.count_run("support", "another", "run_0") == 1
    run = await opened(own, people)
    await do_run(own, run.id)
    outcome = await verdict(own, run)
    assert (outcome.decision, outcome.figures["attempt"]) == ("trial", 61)
    [trial] = await own.trials.of("support")
    assert trial.number == 101
    alpha = canary.alpha
    assert sum(level(alpha, n) for n in {*runs, 61}) <= alpha
    assert sum(level(alpha, n) for n in {*tried, trial.number}) <= alpha


async def test_a_language_model_that_is_not_there_stops_nobody(
    context: Context, people: People, fleet: Fleet
) -> None:
    support = Assistant.model_validate(
        {
            "name": "support",
            "system_prompt": "You are kind.",
            "canary": {"share": 0.0},
            "gate": {"llm_judge": True},
        }
    )
    own = replace(context, assistants=Assistants([support]))
    run = await opened(own, people)
    await do_run(own, run.id)
    outcome = await verdict(own, run)
    assert outcome.decision == "promote"
    assert "THUMBWHEEL_JUDGE_URL is empty" in outcome.figures["llm"]["error"]


def with_recipe(context: Context, recipe: str, **trainer: dict[str, Any]) -> Context:
    declared = {"name": "support", "system_prompt": "You are kind.", "recipe": recipe}
    own = {"trainer": trainer, "canary": {"share": 0.0}}
    support = Assistant.model_validate({**declared, **own})
    return replace(context, assistants=Assistants([support]))


async def test_auto_learns_from_thumbs_where_there_is_little_else(
    context: Context, people: People, fleet: Fleet
) -> None:
    own = with_recipe(context, "auto", kto={"beta": 0.7})
    await people.judge(40)
    run = await opened(own, people, votes=3)
    await do_run(own, run.id)
    outcome = await verdict(own, run)
    assert outcome.decision == "promote", outcome
    assert outcome.figures["recipe"]["method"] == "kto"
    assert "3 pairs and" in outcome.figures["recipe"]["why"]
    counts = outcome.figures["data"]["counts"]
    assert counts["thumbs"]["rows"] + counts["thumbs_heldout"]["rows"] == 40
    told = tomllib.loads((own.run_directory(run.id) / "run.toml").read_text())
    assert (told["run"]["method"], told["kto"]["beta"]) == ("kto", 0.7)


async def test_thumbs_alone_never_promote(
    context: Context, people: People, fleet: Fleet, trainer_does: Callable[..., None]
) -> None:
    judged = {"win_rate_low": 0.6, "judge": {"fitted_on": "thumbs", "cv_accuracy": 0.7}}
    trainer_does(report={"generation": {**GOOD["generation"], **judged}})
    own = with_recipe(context, "kto")
    await people.judge(40)
    run = await opened(own, people, votes=0)
    await do_run(own, run.id)
    outcome = await verdict(own, run)
    assert outcome.decision == "hold"
    assert "thumbs alone never promote" in outcome.reason
    assert (await own.registry.pointer("support")).champion == BASE
    kept = await own.registry.version("support", outcome.version)
    assert kept.state == "staged", "a person can promote it"


@pytest.mark.parametrize(("share", "decision"), [(0.2, "trial"), (0.0, "hold")])
async def test_a_judge_who_saw_the_training_and_knows_little_does_not_promote(
    context: Context,
    people: People,
    fleet: Fleet,
    trainer_does: Callable[..., None],
    share: float,
    decision: str,
) -> None:
    """People do, on trial; or one by hand."""
    judged = {"judge": {"fitted_on": "all", "n": 16, "cv_accuracy": 0.6}}
    trainer_does(report={"generation": {**GOOD["generation"], **judged}})
    support = context.assistants.get("support")
    canary = support.canary.model_copy(update={"share": share, "min_people": 8})
    own = replace(context, assistants=Assistants([support.model_copy(update={"canary": canary})]))
    run = await opened(own, people)
    await do_run(own, run.id)
    outcome = await verdict(own, run)
    assert outcome.decision == decision
    assert "fitted on 16 votes, those it learned from among them" in outcome.reason
    assert (await own.registry.pointer("support")).champion == BASE
    if decision == "hold":
        kept = await own.registry.version("support", outcome.version)
        assert kept.state == "staged", "a person can promote it"


async def test_thumbs_of_one_kind_are_not_trained_on(context: Context, people: People) -> None:
    own = with_recipe(context, "kto")
    for number in range(40):
        answer = await people.answer("ada", await people.ask("ada", f"Task {number}?"), "Done.")
        await people.say("thumb", "ada", answer.id, value="up")
    run = await opened(own, people, votes=0)
    await do_run(own, run.id)
    reason = (await verdict(own, run)).reason
    assert "one-sided: 32 of 32 judged answers were liked" in reason


async def test_ppo_is_told_where_to_sample(context: Context, people: People, fleet: Fleet) -> None:
    own = with_recipe(context, "ppo")
    run = await opened(own, people)
    await until(own.replicas.alive)
    await do_run(own, run.id)
    told = tomllib.loads((own.run_directory(run.id) / "run.toml").read_text())
    assert told["ppo"]["rollout_url"] == "http://r1"


async def test_ppo_samples_for_itself_where_the_fleet_is_out_of_reach(
    context: Context, people: People, fleet: Fleet
) -> None:
    own = with_recipe(context, "ppo")
    own = replace(own, settings=own.settings.model_copy(update={"fleet_rollouts": False}))
    run = await opened(own, people)
    await until(own.replicas.alive)
    await do_run(own, run.id)
    told = tomllib.loads((own.run_directory(run.id) / "run.toml").read_text())
    assert not told["ppo"].get("rollout_url")


REJECTIONS: list[tuple[str, dict[str, Any], str]] = [
    ("gate", {"report": {"base_hash_after": "c"}}, "the base model's weights changed"),
    ("bad data", {"exit": 2}, "the trainer ended with exit code 2: no good"),
    ("diverged", {"exit": 5}, "exit code 5: no good"),
    ("out of budget", {"exit": 4}, "no good"),
    ("cancelled from outside", {"exit": 3}, "cancelled"),
]


@pytest.mark.parametrize(
    ("wishes", "reason"), [row[1:] for row in REJECTIONS], ids=[row[0] for row in REJECTIONS]
)
async def test_a_failure_is_a_verdict(
    context: Context,
    people: People,
    fleet: Fleet,
    trainer_does: Callable[..., None],
    wishes: dict[str, Any],
    reason: str,
) -> None:
    trainer_does(**wishes)
    run = await opened(context, people)
    await do_run(context, run.id)
    outcome = await verdict(context, run)
    assert outcome.decision == "reject"
    assert reason in outcome.reason
    assert (await context.registry.pointer("support")).champion == BASE
    assert await context.registry.versions("support") == []


async def test_a_store_that_takes_nothing_is_a_verdict(
    worker_settings: Settings, store: Store, people: People, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    nowhere = {"artifacts_url": str(tmp_path / "file" / "store")}
    context = make_context(worker_settings.model_copy(update=nowhere), store)
    run = await opened(context, people)
    await do_run(context, run.id)
    outcome = await verdict(context, run)
    assert outcome.decision == "reject"
    assert outcome.reason.startswith("the artifact store did not take it (Not a directory)")
    assert await context.registry.versions("support") == []


async def test_too_little_is_not_trained_on(context: Context, people: People) -> None:
    for number in range(5):
        await people.vote("ada", f"Question {number}?", "tie")
    run = await opened(context, people, votes=3)
    await do_run(context, run.id)
    outcome = await verdict(context, run)
    assert "3 pairs, at least 4 needed (dropped: 5 no preference (tie))" in outcome.reason
    assert not (context.run_directory(run.id) / "run.toml").exists()


async def test_one_sided_votes_are_not_trained_on(context: Context, people: People) -> None:
    for number in range(20):
        await people.vote(f"user{number}", f"Question {number}?", "b")
    run = await opened(context, people, votes=0)
    await do_run(context, run.id)
    assert "one-sided: 20 of 20 votes chose answer b" in (await verdict(context, run)).reason


async def test_a_killed_child_resumes_once(
    context: Context, people: People, fleet: Fleet, trainer_does: Callable[..., None]
) -> None:
    trainer_does(steps=5, die_at=3)
    run = await opened(context, people)
    await do_run(context, run.id)
    assert (await verdict(context, run)).decision == "promote"
    assert len(starts(context, run)) == 2
    assert steps(context, run) == [0, 1, 2, 3, 4]
    assert len(await context.registry.versions("support")) == 1


async def test_a_delivery_that_comes_twice_works_once(
    context: Context, people: People, fleet: Fleet
) -> None:
    run = await opened(context, people)
    await asyncio.gather(*(do_run(context, run.id) for _ in range(3)))
    await do_run(context, run.id)
    assert (await verdict(context, run)).decision == "promote"
    assert len(starts(context, run)) == 1
    assert (await context.runs.get(run.id)).attempts == 1
    assert len(await context.registry.versions("support")) == 1
    promotions = [e for e in await context.registry.audit("support") if e.action == "promote"]
    assert len(promotions) == 1


async def test_a_killed_worker_is_taken_over(
    context: Context,
    people: People,
    fleet: Fleet,
    trainer_does: Callable[..., None],
    tmp_path: Path,
) -> None:
    killed = tmp_path / "killed"
    trainer_does(steps=8, wait_for=str(killed))
    run = await opened(context, people)
    worker = await another_worker(context, run)

    async def has_worked() -> bool:
        made = context.run_directory(run.id) / "steps"
        return made.exists() and len(steps(context, run)) >= 2

    await until(has_worked)
    worker.kill()
    await worker.wait()
    [[child, _, _]] = starts(context, run)

    async def child_is_gone() -> bool:
        return not lives(child)

    await until(child_is_gone, why="the training child outlived its worker")
    killed.touch()
    await expire_lease(context, run)
    await do_run(context, run.id)
    assert (await verdict(context, run)).decision == "promote"
    assert (await context.runs.get(run.id)).attempts == 2
    assert steps(context, run) == list(range(8))
    assert len(await context.registry.versions("support")) == 1


WORKER = """
import sys
from core.settings import Settings
from core.store import connect
from tests.conftest import free_port
from worker.context import make_context, run_async
from worker.run import do_run
settings = Settings()
run_async(settings, lambda store: do_run(make_context(settings, store), sys.argv[1]))
"""


async def another_worker(context: Context, run: Run) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, run.id, env=env_of(context.settings)
    )


def env_of(settings: Settings) -> dict[str, str]:
    """The environment of another process with the same settings."""
    names = (
        "redis_url state_dir assistants_file trainer_command lease_s load_timeout_s tick_interval_s"
    )
    ours = {f"THUMBWHEEL_{n.upper()}": str(getattr(settings, n)) for n in names.split()}
    return {**os.environ, **ours, "PYTHONPATH": str(Path(__file__).parents[2])}


class Crash(BaseException):
    """kill -9 as seen from inside: nothing is tidied up."""


def crash_after(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """The first call does its work, and its caller never hears of it."""
    real, calls = getattr(owner, name), []

    async def once(*args: Any, **kwargs: Any) -> Any:
        result = await real(*args, **kwargs)
        calls.append(1)
        if len(calls) == 1:
            raise Crash
        return result

    monkeypatch.setattr(owner, name, once)


CRASHES = [
    (pipeline, "take_snapshot"),
    (pipeline, "train"),
    (Registry, "next_sequence"),
    (pipeline, "publish"),
    (Registry, "stage"),
    (promotion, "wait_loaded"),
    (Registry, "promote"),
    (Runs, "note"),
    (Runs, "end"),
]


@pytest.mark.parametrize(("owner", "name"), CRASHES, ids=[name for _, name in CRASHES])
async def test_dying_anywhere_ends_in_one_version_and_one_verdict(
    context: Context,
    people: People,
    fleet: Fleet,
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,
    name: str,
) -> None:
    run = await opened(context, people)
    crash_after(monkeypatch, owner, name)
    with pytest.raises(Crash):
        await do_run(context, run.id)
    await expire_lease(context, run)
    await do_run(context, run.id)
    outcome = await verdict(context, run)
    assert outcome.decision == "promote", outcome
    [version] = await context.registry.versions("support")
    assert (await context.registry.pointer("support")).champion == version.name
    assert context.artifacts().names() == [version.name, f"{version.name}-votes"]
    assert len(starts(context, run)) == 1
    promotions = [e for e in await context.registry.audit("support") if e.action == "promote"]
    assert len(promotions) == 1


async def test_what_people_undid_stays_undone(
    context: Context, people: People, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker dies right after the promotion, and the operator rolls back before it is back."""
    run = await opened(context, people)
    crash_after(monkeypatch, Registry, "promote")
    with pytest.raises(Crash):
        await do_run(context, run.id)
    await context.registry.rollback("support", ADA, to=BASE)
    await expire_lease(context, run)
    await do_run(context, run.id)
    assert (await verdict(context, run)).decision == "promote"
    assert (await context.registry.pointer("support")).champion == BASE


async def test_an_outdated_owner_changes_nothing(
    context: Context, people: People, fleet: Fleet
) -> None:
    run = await opened(context, people)
    old = await context.runs.take(run, 0.05)
    assert old is not None
    await expire_lease(context, run)
    await do_run(context, run.id)
    champion = (await verdict(context, run)).version
    report = json.loads((context.run_directory(run.id) / "report.json").read_text())
    snapshot = load_snapshot(context.run_directory(run.id) / "snapshot")
    assert snapshot is not None
    with pytest.raises(StaleFence):
        await publish(context, old, context.run_directory(run.id), BASE, snapshot, report)
    version = replace(
        await context.registry.version("support", champion), name="support-p9-x", state="staged"
    )
    await context.registry.add_version(version)
    with pytest.raises(StaleFence):
        await go_live(context, old, version, champion, Judgement([]), snapshot)
    with pytest.raises(StaleFence):
        await context.registry.promote("support", version.name, Actor(old.run, "late", old.token))
    pointer = await context.registry.pointer("support")
    assert (pointer.champion, pointer.candidate) == (champion, "")


async def test_who_loses_the_lease_stops_and_says_nothing(
    context: Context, people: People, trainer_does: Callable[..., None]
) -> None:
    trainer_does(steps=100)
    run = await opened(context, people)
    working = asyncio.create_task(do_run(context, run.id))

    async def trains() -> bool:
        return (context.run_directory(run.id) / "starts").exists()

    await until(trains)
    await expire_lease(context, run)
    new = await context.runs.take(run, 30.0)
    assert new is not None
    await asyncio.wait_for(working, 120.0)
    assert (await context.runs.get(run.id)).verdict is None
    await context.runs.renew(new, 30.0)
    assert not lives(starts(context, run)[0][0])


async def test_a_cancel_ends_the_child(
    context: Context, people: People, trainer_does: Callable[..., None]
) -> None:
    trainer_does(steps=100)
    run = await opened(context, people)
    working = asyncio.create_task(do_run(context, run.id))

    async def trains() -> bool:
        return (context.run_directory(run.id) / "starts").exists()

    await until(trains)
    await context.runs.cancel(run.id)
    await asyncio.wait_for(working, 120.0)
    outcome = await verdict(context, run)
    assert (outcome.decision, outcome.reason) == ("reject", "cancelled")
    assert not lives(starts(context, run)[0][0])


async def test_a_cancel_that_comes_too_late_does_not_lie(
    context: Context, people: People, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await opened(context, people)
    crash_after(monkeypatch, Registry, "promote")
    with pytest.raises(Crash):
        await do_run(context, run.id)
    await context.runs.cancel(run.id)
    await expire_lease(context, run)
    await do_run(context, run.id)
    outcome = await verdict(context, run)
    assert (outcome.decision, "too late" in outcome.reason) == ("promote", True)
    assert (await context.registry.pointer("support")).champion == outcome.version


async def test_a_restart_of_redis_does_not_stop_a_training(
    context: Context, people: People, trainer_does: Callable[..., None], tmp_path: Path
) -> None:
    back = tmp_path / "back"
    trainer_does(steps=25, wait_for=str(back))
    server = RedisServer(tmp_path / "redis", free_port())
    settings = context.settings.model_copy(update={"redis_url": server.url, "lease_s": 20.0})
    with server:
        store = connect(server.url)
        own = make_context(settings, store)
        fleet = Fleet(own.registry, own.replicas, own.assistants.names)
        reporting = asyncio.create_task(fleet.run())
        run = await opened(own, People(store))
        working = asyncio.create_task(do_run(own, run.id))

        async def trains() -> bool:
            return (own.run_directory(run.id) / "steps").exists()

        await until(trains)
        server.kill()
        await asyncio.to_thread(server.start)
        back.touch()
        await asyncio.wait_for(working, 120.0)
        assert (await verdict(own, run)).decision == "promote"
        assert len(starts(own, run)) == 1
        reporting.cancel()
        await asyncio.gather(reporting, return_exceptions=True)
        await store.close()


async def test_too_long_is_a_verdict(
    context: Context,
    people: People,
    trainer_does: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trainer_does(steps=100)
    monkeypatch.setattr(runner, "BUDGET_GRACE_S", 0.2)
    hasty = replace(context, settings=context.settings.model_copy(update={"run_max_seconds": 0.3}))
    run = await opened(hasty, people)
    await do_run(hasty, run.id)
    assert "longer than 0 s" in (await verdict(hasty, run)).reason
    assert not lives(int((hasty.run_directory(run.id) / "trainer.pid").read_text().split()[1]))


async def test_held_before_the_end_is_left_to_a_person(
    context: Context, people: People, fleet: Fleet, trainer_does: Callable[..., None]
) -> None:
    run = await opened(context, people)
    await context.registry.hold("support", ADA)
    await do_run(context, run.id)
    outcome = await verdict(context, run)
    assert outcome.decision == "hold"
    assert "we launch tomorrow" in outcome.reason
    pointer = await context.registry.pointer("support")
    assert (pointer.champion, pointer.candidate) == (BASE, "")
    assert (await context.registry.version("support", outcome.version)).state == "staged"
    await context.registry.promote("support", outcome.version, Actor("ada", "I like it"))
    assert (await context.registry.pointer("support")).champion == outcome.version


async def test_held_at_the_last_moment(
    context: Context, people: People, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = promotion.wait_loaded

    async def and_then_held(*args: Any) -> None:
        await real(*args)
        await context.registry.hold("support", ADA)

    monkeypatch.setattr(promotion, "wait_loaded", and_then_held)
    run = await opened(context, people)
    await do_run(context, run.id)
    outcome = await verdict(context, run)
    assert outcome.decision == "hold"
    pointer = await context.registry.pointer("support")
    assert (pointer.champion, pointer.candidate) == (BASE, "")
    assert (await context.registry.version("support", outcome.version)).state == "staged"


async def test_the_champion_moved_meanwhile(
    context: Context, people: People, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await opened(context, people)
    await do_run(context, first.id)
    real = promotion.wait_loaded

    async def and_then_back(*args: Any) -> None:
        await real(*args)
        await context.registry.rollback("support", ADA, to=BASE)

    monkeypatch.setattr(promotion, "wait_loaded", and_then_back)
    second = await opened(context, people)
    await do_run(context, second.id)
    outcome = await verdict(context, second)
    assert outcome.decision == "reject"
    assert "it was not compared with 'base'" in outcome.reason
    assert (await context.registry.pointer("support")).champion == BASE


async def test_a_replica_that_cannot_load_it_is_quoted(
    context: Context, people: People, fleet: Fleet
) -> None:
    fleet.refuses = "rank 64 is too large"
    hasty = replace(context, settings=context.settings.model_copy(update={"load_timeout_s": 0.5}))
    run = await opened(hasty, people)
    await do_run(hasty, run.id)
    outcome = await verdict(hasty, run)
    assert outcome.decision == "reject"
    assert "r1: " in outcome.reason
    assert "rank 64 is too large" in outcome.reason
    pointer = await context.registry.pointer("support")
    assert (pointer.champion, pointer.candidate) == (BASE, "")
    [version] = await context.registry.versions("support")
    assert version.state == "rejected"


async def test_no_replica_at_all(context: Context, people: People) -> None:
    hasty = replace(context, settings=context.settings.model_copy(update={"load_timeout_s": 0.3}))
    run = await opened(hasty, people)
    await do_run(hasty, run.id)
    assert "no replica reported" in (await verdict(hasty, run)).reason


async def test_who_died_too_often_is_given_up(context: Context, people: People) -> None:
    run = await opened(context, people)
    for _ in range(context.settings.max_attempts):
        assert await context.runs.take(run, 0.01) is not None
        await expire_lease(context, run)
    await do_run(context, run.id)
    outcome = await verdict(context, run)
    assert (outcome.decision, outcome.figures["attempts"]) == ("reject", 3)
    assert "died 3 times" in outcome.reason


async def test_a_trainer_left_behind_is_ended(
    context: Context, people: People, fleet: Fleet, trainer_does: Callable[..., None]
) -> None:
    """The owner hangs with its child alive, and a successor works in the same directory."""
    trainer_does(steps=100)
    run = await opened(context, people)
    hanging = await another_worker(context, run)

    async def trains() -> bool:
        return (context.run_directory(run.id) / "steps").exists()

    await until(trains)
    hanging.send_signal(signal.SIGSTOP)
    await expire_lease(context, run)
    trainer_does(steps=1)
    await do_run(context, run.id)
    assert (await verdict(context, run)).decision == "promote"
    assert len(starts(context, run)) == 2
    hanging.send_signal(signal.SIGCONT)
    await asyncio.wait_for(hanging.wait(), 120.0)
    assert len(await context.registry.versions("support")) == 1
