"""A version's page and a trial's: what they put together, what they say where something is gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient

from core.artifacts import Artifacts
from core.records import Verdict, Version
from core.registry import Actor
from core.trials import Look, Trial, Wealth
from server.state import State
from server.versions.artifact import POINTS, make_curves
from server.versions.risks import find_risks
from tests.server.seeds import seed_version

GATE = {"name": "win_rate", "value": 0.7, "limit": 0.5, "passed": True, "why": "it wins 70%"}
SHOWN = {
    "name": "returns",
    "category": "honest",
    "prompt": "How long?",
    "champion": "30 days.",
    "candidate": "30 days",
    "champion_passes": True,
    "candidate_passes": True,
}
FINE = {"golden": {"n": 4, "categories": {}}}


async def made(state: State, tmp_path: Path) -> Version:
    """A version with a run, its verdict and an artifact."""
    run, _ = await state.runs.open("support", "enough comparisons", {"comparison": 40})
    figures = {"gates": [GATE], "warnings": ["the judge is unsure"]}
    await state.runs.end(run, Verdict("promote", "better", figures, "", 5.0))
    name = f"support-p{await state.registry.next_sequence('support'):06d}-1a2b3c4d"
    version = Version(
        name=name,
        assistant="support",
        sequence=1,
        sha256="1a2b3c4d",
        parent="base",
        run=run.id,
        snapshot="snap",
        base_hash="b",
        created=4.0,
        figures={"rows": {"train": 40}, "data": {"counts": {"people": 3}}},
    )
    await state.registry.add_version(version)
    package = tmp_path / "package"
    package.mkdir()
    report = {"method": "dpo", "seconds": {"total": 9.0}, "before_after": [SHOWN], "warnings": []}
    (package / "report.json").write_text(json.dumps(report))
    lines = [{"step": n, "steps": 2, "lr": 0.1, "loss": 1 / n, "phase": "train"} for n in (1, 2)]
    (package / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    Artifacts(state.settings.artifacts).publish(package, name)
    return version


async def test_report_brings_everything_together(
    api: AsyncClient, state: State, tmp_path: Path
) -> None:
    version = await made(state, tmp_path)
    shown = (await api.get(f"/v1/assistants/support/versions/{version.name}/report")).json()
    assert (shown["lineage"]["name"], shown["method"]) == (version.name, "dpo")
    assert shown["verdict"] == {"decision": "promote", "reason": "better", "at": 5.0}
    assert (shown["gates"], shown["before_after"]) == ([GATE], [SHOWN])
    assert shown["curves"] == {"steps": [1, 2], "series": {"loss": [1.0, 0.5]}}
    assert shown["risks"][0] == "the judge is unsure"
    assert "only 3 people taught it" in shown["risks"]
    assert (shown["artifact"], shown["trial"]) == (True, None)


async def test_report_of_a_version_whose_artifact_and_run_are_gone(
    api: AsyncClient, state: State
) -> None:
    name = await seed_version(state)
    shown = (await api.get(f"/v1/assistants/support/versions/{name}/report")).json()
    assert (shown["artifact"], shown["verdict"], shown["gates"]) == (False, None, [])
    assert shown["curves"] == {"steps": [], "series": {}}
    missing = await api.get("/v1/assistants/support/versions/support-p9/report")
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("figures", "verdict", "expected"),
    [
        (FINE, {}, []),
        ({}, {}, ["it was tested on no golden prompts: nobody knows what it unlearned"]),
        ({**FINE, "generation": {"length_ratio": 1.1}}, {}, []),
        (
            {**FINE, "generation": {"length_ratio": 0.5}},
            {},
            ["its answers are 0.50 times as long as those of the version before"],
        ),
        ({**FINE, "data": {"counts": {"people": 1}}}, {}, ["only 1 person taught it"]),
        (
            {**FINE, "data": {"reliability": {"findings": {"hasty": {"people": 1, "votes": 9}}}}},
            {},
            ["of the votes it was made of, some look like gaming: hasty (9 votes of 1 person)"],
        ),
        (
            {"golden": {"n": 9, "categories": {"honest": {"n": 9, "lost": 2, "gained": 1}}}},
            {},
            [
                "honest: 2 of 9 golden prompts that the version before answers well and this one "
                "does not (1 the other way round)"
            ],
        ),
        (
            FINE,
            {"gates": [{**GATE, "name": "kl_per_sequence", "value": 9.5, "limit": 10.0}]},
            ["kl_per_sequence is close to its limit: 9.5 of 10"],
        ),
        (FINE, {"gates": [{**GATE, "name": "kl_per_sequence", "value": None}]}, []),
    ],
)
def test_risks(figures: dict[str, Any], verdict: dict[str, Any], expected: list[str]) -> None:
    assert find_risks(figures, verdict, []) == expected


def test_long_curves_are_thinned_and_keep_their_end() -> None:
    rows = [{"step": n, "loss": float("nan") if n == 1000 else 1.0} for n in range(1, 1001)]
    curves = make_curves(rows)
    assert len(curves.steps) <= POINTS
    assert (curves.steps[-1], curves.series["loss"][-1]) == (1000, None)


async def test_trial_shows_how_its_evidence_grew(api: AsyncClient, state: State) -> None:
    name = await seed_version(state)
    trial = Trial("support", name, "base", "run_1", 1, 0.1, 0.05, 1.0, 2.0)
    await state.trials.add(trial, {})
    url = f"/v1/assistants/support/trials/{name}"
    before = (await api.get(url)).json()
    assert (before["path"], before["promote_at"]) == ([], None)
    path = [Wealth(1.0, 1, 1.2, 0.8), Wealth(2.0, 2, 1.5, 0.6)]
    await state.trials.note(trial, {"promote_at": 40.0, "rollback_at": 10.0}, Look([], 2.0), path)
    await state.registry.begin_trial("support", name, 0.1, Actor("ada", "try"), expected="base")
    during = (await api.get(url)).json()
    assert (during["promote_at"], during["rollback_at"]) == (40.0, 10.0)
    assert during["path"][1] == {"at": 2.0, "votes": 2, "better": 1.5, "worse": 0.6}
    await state.trials.end(trial, Verdict("rollback", "ended by hand", {}, name, 3.0))
    assert (await api.get(url)).json()["path"] == during["path"], "by hand, it stays"
    assert (await api.get("/v1/assistants/support/trials/support-p9")).status_code == 404
