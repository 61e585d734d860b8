"""The whole product, started once as its users start it, for the tests of the loop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest

from core.settings import Settings
from tests.conftest import ROOT, answers, free_port

T = TypeVar("T")


def until(look: Callable[[], T | None], within_s: float, what: str) -> T:
    """The first result that is true; fails naming `what` after `within_s`."""
    deadline = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {within_s:.0f} s")
        time.sleep(0.1)


@dataclass
class Stack:
    """`thumbwheel up` in a folder and on ports of its own."""

    settings: Settings
    env: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as reply:
            return json.load(reply)

    def post(self, path: str, body: dict[str, Any], user: str = "tester") -> tuple[Any, Any]:
        """(JSON, headers)."""
        request = urllib.request.Request(
            f"{self.url}{path}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "X-Thumbwheel-User": user},
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply), reply.headers

    def pid(self, part: str) -> int:
        """0 while it is not running."""
        try:
            text = (self.settings.state_dir / "run" / f"{part}.pid").read_text()
        except FileNotFoundError:
            return 0
        return int(text.split()[0]) if text else 0

    def trainer_child(self) -> psutil.Process | None:
        """The trainer that works now, if one does."""
        for child in psutil.Process(self.pid("worker-train")).children(recursive=True):
            try:
                line = child.cmdline()
            except psutil.NoSuchProcess:
                continue
            if "trainer" in line and "dpo" in line:
                return child
        return None

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        """The command line as a person runs it, against this stack."""
        return subprocess.Popen(
            [sys.executable, "-m", "cli.main", *arguments],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def declare_assistants(path: Path) -> None:
    """The shipped assistants with no rest between runs, so that a suite need not wait."""
    shipped = tomllib.loads((ROOT / "assistants.toml").read_text())
    lines: list[str] = []
    for name, body in shipped.items():
        body["golden"] = str(ROOT / body["golden"])
        body["retrain"] |= {"cooldown": "1s", "min_comparisons": 48}
        lines.append(f"[{name}]")
        lines += [f"{key} = {toml_value(value)}" for key, value in body.items()]
    path.write_text("\n".join(lines))


def toml_value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {toml_value(v)}" for k, v in value.items()) + " }"
    return json.dumps(value)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("stack")
    declare_assistants(home / "assistants.toml")
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith("THUMBWHEEL_")},
        "THUMBWHEEL_STATE_DIR": str(home / "var"),
        "THUMBWHEEL_ASSISTANTS_FILE": str(home / "assistants.toml"),
        "THUMBWHEEL_REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
        "THUMBWHEEL_PORT": str(free_port()),
        "THUMBWHEEL_VLLM_PORT": str(free_port()),
    }
    settings = Settings(
        _env_file=None,
        state_dir=home / "var",
        redis_url=env["THUMBWHEEL_REDIS_URL"],
        port=int(env["THUMBWHEEL_PORT"]),
        vllm_port=int(env["THUMBWHEEL_VLLM_PORT"]),
        assistants_file=home / "assistants.toml",
    )
    with (home / "up.log").open("wb") as log:
        up = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "up"],
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    running = Stack(settings, env)
    try:
        until(lambda: up.poll() is not None or answers(f"{running.url}/readyz"), 240, "the start")
        assert up.poll() is None, (home / "up.log").read_text()[-4000:]
        yield running
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait(timeout=120)
