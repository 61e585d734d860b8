"""The whole recipe with tiny sizes, as its command, killed once on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT

LONGEST_S = 1500
"""On a machine with much else to do; two free cores need about a minute."""


def command(out: Path) -> list[str]:
    words = ["recipe", "instructgpt", "--quick", "--out", str(out)]
    return [sys.executable, "-c", "from cli.main import app; app()", *words]


def done(out: Path) -> set[str]:
    ledger = out / "stages.json"
    stages = json.loads(ledger.read_text())["stages"] if ledger.exists() else {}
    return {name for name, entry in stages.items() if entry["done"]}


@pytest.mark.timeout(2 * LONGEST_S)
def test_from_nothing_to_the_report_through_a_kill(tmp_path: Path) -> None:
    out = tmp_path / "recipe"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = subprocess.Popen(command(out), cwd=ROOT, env=env, stderr=subprocess.DEVNULL)
    until = time.monotonic() + LONGEST_S
    while not {"small", "sft"} <= done(out):
        assert killed.poll() is None
        assert time.monotonic() < until
        time.sleep(0.1)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    base, adapter = out / "bases/small/base.json", out / "runs/sft/adapter/adapter_config.json"
    before = [path.stat().st_mtime_ns for path in (base, adapter)]

    second = subprocess.run(
        command(out), cwd=ROOT, env=env, capture_output=True, text=True, timeout=LONGEST_S
    )
    assert second.returncode == 0, second.stderr[-3000:]
    assert [path.stat().st_mtime_ns for path in (base, adapter)] == before, "made again"
    assert "PPO without KL" in second.stdout

    results = json.loads((out / "results.json").read_text())
    bases = results["bases"]
    assert bases["ratio"] >= 20
    assert bases["small"]["tokens"] == bases["large"]["tokens"] >= 12_000
    assert set(results["preferences"]) == {"sft", "base", "base-shots", "large", "large-shots"}
    for found in results["preferences"].values():
        for preference in found.values():
            assert 0 <= preference["low"] <= preference["rate"] <= preference["high"] <= 1
            assert preference["n"] == results["prompts"]["judged"] > 10
    for name, points in results["points"].items():
        assert [p["update"] for p in points] == [0, 1], name
        assert points[0]["kl"] == pytest.approx(0, abs=0.05)
        assert points[0]["true"] == pytest.approx(0, abs=1e-9)
    assert results["points"]["ppo"][0] == results["points"]["ppo-free"][0], "one start"
    assert results["people"]["pairs"] > 0
    assert all(found["loss"] > 0 for found in results["tax"].values())
    report = (out / "report.md").read_text()
    assert "its figures mean nothing" in report
    for plot in ("over-optimisation", "preferences", "lengths", "alignment-tax"):
        assert f"({plot}.png)" in report
        assert (out / f"{plot}.png").stat().st_size > 1000
    for name in ("sft", "reward", "dpo", "ppo", "ppo-replay", "ppo-free"):
        run = json.loads((out / "runs" / name / "report.json").read_text())
        assert run["status"] == "done"
        assert run["base_hash_before"] == run["base_hash_after"]
