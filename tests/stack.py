"""The whole product, started as its users start it, in a folder and on ports of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil

from core.settings import Settings
from tests.conftest import ROOT, answers, free_port

T = TypeVar("T")

START_S = 600.0
"""A busy machine may need minutes for what takes an idle one half a minute."""
END_S = 120.0


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
        with urllib.request.urlopen(f"{self.url}{path}", timeout=60) as reply:
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

    def process(self, part: str) -> psutil.Process | None:
        """None while the part is not running; never a later process with the same number."""
        try:
            pid, born = (self.settings.state_dir / "run" / f"{part}.pid").read_text().split()
            process = psutil.Process(int(pid))
            return process if abs(process.create_time() - float(born)) < 1.0 else None
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return None

    def pid(self, part: str) -> int:
        """0 while it is not running."""
        process = self.process(part)
        return process.pid if process else 0

    def children(self, part: str) -> list[psutil.Process]:
        """What the part itself started and what those did, youngest last."""
        process = self.process(part)
        try:
            return process.children(recursive=True) if process else []
        except psutil.NoSuchProcess:
            return []

    def trainer_child(self) -> psutil.Process | None:
        """The trainer that works now, if one does."""
        return next(filter(_trains, self.children("worker-train")), None)

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


def _trains(process: psutil.Process) -> bool:
    try:
        return "trainer" in (line := process.cmdline()) and "dpo" in line
    except psutil.NoSuchProcess:
        return False


@contextmanager
def running_stack(home: Path, **changes: str) -> Iterator[Stack]:
    """A stack below `home`, with the assistants of its assistants.toml; ended afterwards.
    `changes`: settings by name.
    """
    named = {
        "state_dir": str(home / "var"),
        "assistants_file": str(home / "assistants.toml"),
        "redis_url": f"redis://127.0.0.1:{free_port()}/0",
        "port": str(free_port()),
        "vllm_port": str(free_port()),
        **changes,
    }
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith("THUMBWHEEL_")},
        **{f"THUMBWHEEL_{name.upper()}": value for name, value in named.items()},
    }
    running = Stack(Settings(_env_file=None, **named), env)  # type: ignore[arg-type]
    with (home / "up.log").open("wb") as log:
        up = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "up"],
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        until(
            lambda: up.poll() is not None or answers(f"{running.url}/readyz"), START_S, "the start"
        )
        assert up.poll() is None, (home / "up.log").read_text()[-4000:]
        yield running
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait(timeout=END_S)
