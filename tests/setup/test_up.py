"""`thumbwheel up` with everything real: it comes up, heals, refuses a second one, and goes away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from cli.preflight import is_taken
from cli.runfiles import RunFiles
from tests.conftest import ROOT, free_port

START_S = 600.0
"""A busy machine may need minutes for what takes an idle one half a minute."""
HEAL_S = 300.0


@dataclass
class Up:
    """A folder of state and the environment that names it."""

    state: Path
    ports: list[int]
    env: dict[str, str]

    @property
    def files(self) -> RunFiles:
        return RunFiles(self.state / "run")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cli.main", *words],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=START_S,
        )

    def pid(self, part: str) -> int | None:
        path = self.state / "run" / f"{part}.pid"
        return int(path.read_text().split()[0]) if path.exists() else None

    def readiness(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[0]}/readyz", timeout=5) as reply:
            answer: dict[str, Any] = json.load(reply)
        return answer


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + HEAL_S
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.1)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Up]:
    ports = [free_port() for _ in range(3)]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("THUMBWHEEL_")}
    env = {
        **clean,
        "THUMBWHEEL_STATE_DIR": str(tmp_path / "var"),
        "THUMBWHEEL_PORT": str(ports[0]),
        "THUMBWHEEL_VLLM_PORT": str(ports[1]),
        "THUMBWHEEL_REDIS_URL": f"redis://127.0.0.1:{ports[2]}/0",
    }
    made = Up(tmp_path / "var", ports, env)
    yield made
    made.run("down")


@pytest.mark.timeout(1200)
def test_up_heals_refuses_a_second_and_leaves_nothing(machine: Up) -> None:
    told = machine.run("up", "--detach", "--json")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "Thumbwheel is up after" in told.stderr
    said = json.loads(told.stdout)
    assert said["page"] == f"http://127.0.0.1:{machine.ports[0]}/"
    assert said["seconds"] > 0
    assert machine.readiness()["ready"]

    second = machine.run("up")
    assert second.returncode == 1
    assert "already up" in second.stderr

    for part in ("agent", "worker-train", "api"):
        old = machine.pid(part)
        assert old is not None
        os.kill(old, signal.SIGKILL)
        until(lambda p=part, o=old: machine.pid(p) not in (None, o), f"{part} did not come back")  # type: ignore[misc]
    until(lambda: not is_free_or_unready(machine), "the API is not ready again")

    supervisor = machine.files.supervisor()
    assert supervisor is not None
    os.kill(supervisor, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(supervisor)] if psutil.pid_exists(supervisor) else [], 10)
    left = machine.files.leftovers()
    assert {"vllm", "redis", "api"} <= left.keys()

    told = machine.run("down", "--json")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "ended what an earlier run left" in told.stderr
    said = json.loads(told.stdout)
    assert not said["was_up"]
    assert {"vllm", "redis", "api"} <= set(said["left_behind"])
    assert machine.files.leftovers() == {}
    until(lambda: not any(is_taken("127.0.0.1", p) for p in machine.ports), "a port is still held")


def is_free_or_unready(machine: Up) -> bool:
    try:
        return not machine.readiness()["ready"]
    except OSError:
        return True
