"""The audit sees what it is there to see: each broken promise, planted, is named."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from core import keys
from core.artifacts import Artifacts
from core.records import BASE, Feedback, Replica, Response, Run, Verdict, Version
from core.registry import Actor, Registry
from core.replicas import Replicas
from core.responses import Responses
from core.runs import Runs
from core.settings import Settings
from core.store import Store
from tests.chaos.audit import audit, check_runs, check_votes
from tests.chaos.ledger import Ledger, Vote

BODY = {"kind": "thumb", "response_id": "r1", "value": "up"}
ENTRY = Feedback("fb1", "thumb", "support", "ann", "r1", 0.0, {"value": "up"})
VOTE = Vote("k1", "ann", "support", "thumb", "r1", BODY, sent=1, acknowledged=["fb1"])

VOTES = [
    ("as it should be", [ENTRY], {"thumb": 1}, VOTE, ""),
    ("sent again", [ENTRY], {"thumb": 1}, replace(VOTE, acknowledged=["fb1", "fb1"]), ""),
    ("stored, the answer was lost", [ENTRY], {"thumb": 1}, replace(VOTE, acknowledged=[]), ""),
    ("never stored", [], {}, replace(VOTE, acknowledged=[]), ""),
    ("lost", [], {}, VOTE, "lost"),
    ("stored twice", [ENTRY, replace(ENTRY, id="fb2")], {"thumb": 1}, VOTE, "2 times in the log"),
    ("counted twice", [ENTRY], {"thumb": 2}, VOTE, "2 of kind thumb are counted"),
    ("two ids", [ENTRY], {"thumb": 1}, replace(VOTE, acknowledged=["fb1", "f"]), "acknowledged as"),
    ("other words", [replace(ENTRY, body={"value": "down"})], {"thumb": 1}, VOTE, "in the log as"),
]


@pytest.mark.parametrize(
    ("log", "counts", "vote", "problem"), [row[1:] for row in VOTES], ids=[row[0] for row in VOTES]
)
def test_votes(log: list[Feedback], counts: dict[str, int], vote: Vote, problem: str) -> None:
    found = check_votes(log, counts, [vote])
    assert problem in "".join(found) if problem else found == []


def test_what_nobody_said_is_seen() -> None:
    assert "never said" in check_votes([ENTRY], {"thumb": 1}, [])[0]


PROMOTED = Verdict("promote", "good", version="support-p000001-aa")
RUN = Run("run_1", "support", "", 0.0, verdict=PROMOTED)
VERSION = Version("support-p000001-aa", "support", 1, "aa", BASE, "run_1", "s", "b", 0.0)

RUNS = [
    ("as it should be", RUN, [VERSION], ""),
    ("no verdict", replace(RUN, verdict=None), [VERSION], "no verdict"),
    ("two versions", RUN, [VERSION, replace(VERSION, name="other")], "made 2 versions"),
    ("promoted nothing", RUN, [], "not registered"),
]


@pytest.mark.parametrize(
    ("run", "versions", "problem"), [row[1:] for row in RUNS], ids=[row[0] for row in RUNS]
)
def test_runs(run: Run, versions: list[Version], problem: str) -> None:
    found = check_runs([run], versions)
    assert problem in "".join(found) if problem else found == []


@pytest.fixture
async def champion(store: Store, settings: Settings, tmp_path: Path) -> str:
    """A version that is wholly there, answers, and is served."""
    package = tmp_path / "package"
    package.mkdir()
    (package / "adapter_model.safetensors").write_bytes(bytes(100))
    name = VERSION.name
    manifest = Artifacts(settings.artifacts).publish(package, name)
    registry, run = Registry(store), (await Runs(store).open("support", "votes", {}))[0]
    await registry.add_version(replace(VERSION, sha256=manifest.sha256, run=run.id))
    await registry.promote("support", name, Actor("run", "better"))
    await Runs(store).end(run, PROMOTED)
    await serve(store, settings, name)
    return name


async def serve(store: Store, settings: Settings, *versions: str) -> None:
    replica = Replica("r1", "http://r1", BASE, True, list(versions), time.time())
    await Replicas(store, settings.replica_ttl_s).report(replica)


async def problems(store: Store, settings: Settings) -> str:
    return "; ".join((await audit(store, settings, ["support"], Ledger())).problems)


async def test_a_sound_store_has_no_problem(
    store: Store, settings: Settings, champion: str
) -> None:
    found = await audit(store, settings, ["support"], Ledger())
    assert found.problems == []
    assert found.figures["support"]["verdicts"] == {"promote": 1}
    assert found.figures["unfinished uploads"] == 0


async def test_a_half_published_version_is_seen(
    store: Store, settings: Settings, champion: str
) -> None:
    await store.redis.hset(keys.version("support", "support-p000002-bb"), "record", "{}")
    assert await problems(store, settings) == "support-p000002-bb is not listed"


async def test_a_wrong_mark_is_seen(store: Store, settings: Settings, champion: str) -> None:
    await store.redis.hset(keys.version("support", champion), "state", "staged")
    assert "marked as champion are []" in await problems(store, settings)


async def test_a_cut_adapter_is_seen(store: Store, settings: Settings, champion: str) -> None:
    file = Path(settings.artifacts) / champion / "adapter_model.safetensors"
    file.write_bytes(b"short")
    assert "cut short" in await problems(store, settings)


async def test_an_open_run_and_a_candidate_are_seen(
    store: Store, settings: Settings, champion: str
) -> None:
    await Runs(store).open("support", "votes", {})
    await Registry(store).stage("support", champion, Actor("run", "next"))
    found = await problems(store, settings)
    assert "has no verdict" in found
    assert "is still open" in found
    assert "is a candidate of no run" in found


async def test_an_open_response_is_seen(store: Store, settings: Settings, champion: str) -> None:
    said = Response("resp_1", "support", BASE, "ann", "msg_1", {}, time.time())
    await Responses(store).start(said)
    assert await problems(store, settings) == "resp_1 is still open"
    await Responses(store).finish(replace(said, status="aborted"))
    assert await problems(store, settings) == ""


async def test_a_replica_without_the_champion_is_seen(
    store: Store, settings: Settings, champion: str
) -> None:
    await serve(store, settings)
    assert await problems(store, settings) == f"r1 lacks ['{champion}']"
