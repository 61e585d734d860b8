"""The files by which `up`, `down` and `doctor` find each other: a lock held by the supervisor, one
pid file a part, and the supervisor's last word on every part.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import psutil

from core.errors import Conflict

PartState = Literal["waiting", "starting", "ready", "restarting", "stopping", "ended"]


@dataclass(frozen=True, slots=True)
class PartStatus:
    """What the supervisor knows of one part; `since` is Unix time, `detail` is for people."""

    name: str
    state: PartState
    since: float
    detail: str = ""
    restarts: int = 0
    pid: int | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All parts at one moment. `ready_s` is how long the start took, None until all works;
    `missing` is what the API itself still waits for.
    """

    started: float
    ready_s: float | None
    missing: str
    parts: list[PartStatus]


class RunFiles:
    """Everything below one run directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = directory / "up.lock"
        self._state = directory / "state.json"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Holds the supervisor's lock; raises Conflict while another process does."""
        with self._lock.open("a+") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Conflict(
                    f"Thumbwheel is already up here (process {self.supervisor()}): "
                    "`thumbwheel down` ends it"
                ) from error
            handle.truncate(0)
            handle.write(_identity(os.getpid()))
            handle.flush()
            yield
            handle.truncate(0)

    def supervisor(self) -> int | None:
        """The process that holds the lock, None when nobody does. Asking takes no lock: it must
        not stand in the way of one who starts.
        """
        process = _find(self._lock)
        return process.pid if process is not None else None

    def write_state(self, snapshot: Snapshot) -> None:
        temporary = self._state.with_suffix(".new")
        temporary.write_text(json.dumps(asdict(snapshot)))
        temporary.replace(self._state)

    def read_state(self) -> Snapshot | None:
        try:
            raw = json.loads(self._state.read_text())
        except FileNotFoundError:
            return None
        parts = [PartStatus(**part) for part in raw["parts"]]
        return Snapshot(**{**raw, "parts": parts})

    def forget_state(self) -> None:
        self._state.unlink(missing_ok=True)

    def write_pid(self, name: str, pid: int) -> None:
        (self.directory / f"{name}.pid").write_text(_identity(pid))

    def remove_pid(self, name: str) -> None:
        (self.directory / f"{name}.pid").unlink(missing_ok=True)

    def leftovers(self) -> dict[str, psutil.Process]:
        """Parts that still run though the supervisor that started them is gone."""
        found: dict[str, psutil.Process] = {}
        for path in sorted(self.directory.glob("*.pid")):
            process = _find(path)
            if process is None:
                path.unlink(missing_ok=True)
            else:
                found[path.stem] = process
        return found


def _identity(pid: int) -> str:
    """The birth time tells a process from a later one with the same number."""
    return f"{pid} {psutil.Process(pid).create_time()}"


def _find(path: Path) -> psutil.Process | None:
    """The process a file names, None when it is gone or the file names nobody."""
    words = path.read_text().split() if path.exists() else []
    if len(words) != 2:
        return None
    try:
        process = psutil.Process(int(words[0]))
        same = abs(process.create_time() - float(words[1])) < 1.0
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def end_group(pid: int, number: signal.Signals) -> None:
    """Signals a part and whatever it started; each part leads a process group of its own."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return
