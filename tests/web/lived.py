"""An assistant that lived for a while: records in the real Redis and the artifact store, as server
and worker write them.
"""

from __future__ import annotations

import json
import math
import random
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from core import keys
from core.artifacts import Artifacts
from core.assistants import Gate
from core.conversations import Conversation
from core.golden import BeforeAfter
from core.records import BASE, Replica, Run, TriggerState, Verdict, Version, Worker
from core.registry import Actor
from core.timeline import SECONDS, answers_in, number_at
from core.trials import Look, Trial
from core.workers import Workers
from server.state import State
from tests.server.seeds import seed_comparison, seed_response
from tests.worker.fake_trainer import GOOD
from worker.canary.case import DAY_S, Case, decide, make_plan
from worker.canary.evidence import Vote
from worker.check import Check
from worker.gate import judge

V1: Final = "support-p000001-1a2b3c4d"
V2: Final = "support-p000002-5e6f7a8b"
WORKER: Final = Actor("worker", "it wins 75% of 32 answers against the version before, 50% needed")
STEPS: Final = 120
GOLDEN: Final = {
    "n": 24,
    "champion_pass": 0.83,
    "candidate_pass": 0.88,
    "drop": -0.05,
    "regressions": [],
    "categories": {
        "helpful": {"n": 16, "champion_pass": 0.8, "candidate_pass": 0.9, "lost": 1, "gained": 3},
        "harmless": {"n": 8, "champion_pass": 0.9, "candidate_pass": 0.9, "lost": 0, "gained": 0},
    },
}


@dataclass(frozen=True)
class Life:
    """`done`: the run that made V1, which answers; V2 is on trial; `active`: a run that goes on."""

    done: str
    active: Run
    conversation: str


async def live_a_while(state: State, directory: Path) -> Life:
    done = await seed_made(state, V1, BASE, directory)
    await state.registry.promote("support", V1, WORKER)
    await seed_made(state, V2, V1, directory, golden=3)
    await seed_trial(state)
    await state.runs.set_trigger_state(
        "support",
        TriggerState(
            due=False,
            reason="12 new comparisons, 32 needed; learning waits until the trial is over",
            waiting={"comparisons": 12},
            needed={"comparisons": 32},
            at=time.time(),
        ),
    )
    conversation = await seed_said(state)
    await seed_fleet(state)
    active, _ = await state.runs.open("support", "33 new comparisons", {"comparison": 33})
    return Life(done, active, conversation)


def figures(gate: Gate | None = None) -> dict[str, Any]:
    """A report's, and what a gate says of it."""
    report = {
        **GOOD,
        "golden": GOLDEN,
        "status": "done",
        "base_hash_before": "b",
        "base_hash_after": "b",
    }
    gates = judge(report, gate or Gate(), 0.05).figures()
    return {"gates": gates, "warnings": ["the shorter answer was chosen in 78% of the pairs"]}


async def seed_made(state: State, name: str, parent: str, directory: Path, golden: int = 20) -> str:
    """A version with its run and its artifact, which has so many golden answers; the run's id."""
    run, _ = await state.runs.open("support", "32 new comparisons", {"comparison": 32})
    for step in range(0, STEPS, 10):
        message = f"step {step} of {STEPS}"
        await state.runs.progress(run.id, "train", step / STEPS, message, 9.0, at_step(step))
    verdict = Verdict("promote", WORKER.reason, figures(), name, time.time())
    await state.runs.note(run.id, version=name, snapshot="support-s-9f8e7d6c")
    await state.runs.end(run, verdict)
    await seed_version(state, name, parent, run.id)
    publish(state, name, directory / name, golden)
    return run.id


async def seed_version(state: State, name: str, parent: str, run: str) -> None:
    counts = {
        "events": 125,
        "opinions": {"comparison": 40, "thumb": 71},
        "people": 14,
        "train": {"rows": 36, "people": 12},
    }
    version = Version(
        name=name,
        assistant="support",
        sequence=int(name[9:15]),
        sha256=name[-8:] * 8,
        parent=parent,
        run=run,
        snapshot="support-s-9f8e7d6c",
        base_hash="0f" * 32,
        created=time.time() - 3 * DAY_S,
        figures={
            "generation": GOOD["generation"],
            "golden": GOLDEN,
            "rows": {"train": 36, "heldout": 9},
            "data": {"counts": counts, "dropped": {"both answers read the same": 3}},
        },
    )
    await state.registry.next_sequence("support")
    await state.registry.add_version(version)


def at_step(step: int) -> dict[str, float]:
    return {
        "step": step + 1,
        "loss": 0.69 * math.exp(-step / 60) + 0.02 * math.sin(step),
        "accuracy": 1 - 0.5 * math.exp(-step / 40),
        "margin": step / 50,
    }


def publish(state: State, name: str, directory: Path, golden: int) -> None:
    """The report and the training's figures, as the worker packages them."""
    directory.mkdir(parents=True)
    shown = [
        BeforeAfter(
            name=f"golden {number}",
            category=("helpful", "honest", "harmless")[number % 3],
            prompt=f"How long do I have to return order {number}?",
            champion=f"You can return it. {'Please note the following details. ' * 4}",
            candidate="30 days after delivery.",
            champion_passes=number % 4 != 1,
            candidate_passes=number % 5 != 0,
        )
        for number in range(golden)
    ]
    report = {"method": "dpo", "seconds": {"train": 61.0, "total": 84.2}, "warnings": []}
    told = {**report, "before_after": [asdict(one) for one in shown]}
    (directory / "report.json").write_text(json.dumps(told))
    lines = [{**at_step(n), "steps": STEPS, "lr": 1e-3, "phase": "train"} for n in range(STEPS)]
    (directory / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    Artifacts(state.settings.artifacts).publish(directory, name)


async def seed_trial(state: State) -> None:
    """V2 against V1: the votes of 24 people, of which it won two thirds."""
    now, luck = time.time(), random.Random(7)
    trial = Trial("support", V2, V1, "run_2", 1, 0.1, 0.05, now - DAY_S, now + 6 * DAY_S)
    case = Case(make_plan(trial.alpha, trial.number, trial.ends, trial.cap))
    for number in range(60):
        score = 1.0 if luck.random() < 0.58 else 0.0
        case.add(Vote(f"user{number % 24}", score, at=now - DAY_S + number * 900))
    slow = Check("slow", 0.01, 0.05, True, "1% of its answers were slow, 5% allowed")
    ruling = decide(case, [slow], now)
    await state.trials.add(trial, {})
    await state.registry.begin_trial("support", V2, 0.1, WORKER, expected=V1)
    look = Look([now], now)
    await state.trials.note(trial, ruling.figures, look, case.path.points)


async def seed_said(state: State) -> str:
    """Comparisons and thumbs of some people; the id of the conversation of the first thumb."""
    started: Conversation = await state.conversations.create("eva", "support", "A lamp")
    first = await seed_response(state, user="eva", version=V1, conversation=started.id)
    await state.conversations.add(started, first.prompt)
    await state.conversations.add(started, first.message, first.id)
    body = {"value": "down", "tags": ["wrong"], "comment": "It is 14 days."}
    log = state.feedback
    await log.append("thumb", "support", "eva", first.id, body, versions=[V1])
    for number in range(12):
        said = await seed_response(state, user=f"user{number}", version=(V1, V2)[number % 2])
        value = {"value": "up" if number % 4 else "down", "tags": [], "comment": ""}
        await log.append("thumb", "support", said.user, said.id, value, versions=[said.version])
        pair = await seed_comparison(state, [V1, V2], user=f"user{number}")
        choice = {"choice": ("b", "b", "a", "tie")[number % 4], "tags": [], "comment": ""}
        await log.append("comparison", "support", pair.user, pair.id, choice, versions=[V1, V2])
    return started.id


async def seed_fleet(state: State) -> None:
    now = time.time()
    for number, ready in enumerate((True, False)):
        await state.replicas.report(
            Replica(
                id=f"vllm-{number}",
                url=f"http://127.0.0.1:{9000 + number}",
                base_model="models/seedling",
                ready=ready,
                versions=[V1, V2] if ready else [V1],
                at=now,
                error="" if ready else f"{V2}: probe.json does not match what vLLM says",
            )
        )
    await Workers(state.store).report(Worker("short@one", ["short", "beat"], now))


async def seed_year(state: State, responses: int = 50_000) -> None:
    """A year of timeline up to a week ago, as the feedback log and the responses book it: a new
    version every week, that wins and loses against the one before it.
    """
    now, luck = time.time(), random.Random(3)
    rows: dict[str, bytes | int] = {}
    for day in range(7, 371):
        at, week = now - day * SECONDS["day"], 53 - day // 7
        new, old = (f"support-p{n:06d}-{n:08x}" for n in (week + 3, week + 2))
        won, lost, up = luck.randint(8, 17), luck.randint(8, 14), luck.randint(30, 47)
        told = {"people": 12, "comparisons": won + lost, f"up {new}": up, f"down {new}": 47 - up}
        told |= {
            f"wins {new}": won,
            f"losses {old}": won,
            f"losses {new}": lost,
            f"wins {old}": lost,
        }
        name = f"day:{number_at('day', at)}"
        rows |= {name: orjson.dumps(told), answers_in(name): responses // 364}
        rows[f"week:{number_at('week', at)}"] = 40
    await state.store.redis.hset(keys.timeline("support"), mapping=rows)
