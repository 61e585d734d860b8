"""Runs a recipe's stages as child processes, as many at once as there are slots. Torch-free.

A stage that is done is skipped; one that was interrupted is started again and goes on by itself
from what it left. recipe.lock keeps a directory to one runner and its children, who die with it.
stages.json says what is done, the seconds that each stage took, and those of the whole command.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from core.children import dying_with
from core.errors import BadConfig, RunFailed
from trainer.files import write_json

LEDGER: Final = "stages.json"
_POLL_S: Final = 0.5
_LOCK_WAIT_S: Final = 10.0
"""Children of a runner that was killed may take a moment to be gone."""
_TERM_GRACE_S: Final = 20.0
"""Between SIGTERM and SIGKILL: enough for a checkpoint."""
_LOG_LINES: Final = 15


@dataclass(frozen=True, slots=True)
class Stage:
    """`argv` is run when all of `needs` are done. It may write progress.json or metrics.jsonl into
    `directory`; what it prints goes to stages/NAME.log.
    """

    name: str
    title: str
    argv: Sequence[str]
    needs: Sequence[str]
    directory: Path


@dataclass(frozen=True, slots=True)
class News:
    """How a stage stands. `eta_s`: None where nothing is known yet."""

    stage: Stage
    done: bool
    fraction: float
    eta_s: float | None
    message: str
    seconds: float


@dataclass(slots=True)
class _Running:
    stage: Stage
    process: subprocess.Popen[bytes]
    began: float = field(default_factory=time.monotonic)


class Runner:
    """`tell` hears of every stage that runs or ended, again and again."""

    def __init__(
        self,
        stages: Sequence[Stage],
        out: Path,
        slots: int,
        environment: Mapping[str, str],
        tell: Callable[[Sequence[News]], None],
    ) -> None:
        self.stages = stages
        self.out = out
        self.slots = slots
        self.environment = environment
        self.tell = tell
        self.ledger = _read_ledger(out)
        self.running: dict[str, _Running] = {}

    def run(self) -> None:
        """Returns when all stages are done. Raises RunFailed when one failed, and BadConfig when
        another runner works in the directory; stops its children however it ends.
        """
        (self.out / "stages").mkdir(parents=True, exist_ok=True)
        looked = time.monotonic()
        with _locked(self.out / "recipe.lock") as lock:
            try:
                while not all(self._is_done(stage.name) for stage in self.stages):
                    self._start_some(lock)
                    time.sleep(_POLL_S)
                    now = time.monotonic()
                    self._book(now - looked)
                    looked = now
                    self._look()
                    self.tell(self._news())
            finally:
                self._stop()

    def _start_some(self, lock: IO[str]) -> None:
        for stage in self.stages:
            if len(self.running) == self.slots:
                return
            waits = self._is_done(stage.name) or stage.name in self.running
            if not waits and all(self._is_done(need) for need in stage.needs):
                self.running[stage.name] = _Running(stage, self._start(stage, lock))

    def _start(self, stage: Stage, lock: IO[str]) -> subprocess.Popen[bytes]:
        with _log(self.out, stage).open("ab") as log:
            return subprocess.Popen(
                stage.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                # The child keeps the lock's descriptor, and so the lock, as long as it lives.
                pass_fds=(lock.fileno(),),
                # Ctrl-C reaches the runner alone, which lets its children write checkpoints.
                start_new_session=True,
                preexec_fn=dying_with(os.getpid()),
            )

    def _look(self) -> None:
        for name, running in list(self.running.items()):
            code = running.process.poll()
            if code is None:
                continue
            del self.running[name]
            if code != 0:
                raise RunFailed(
                    f"stage {name} ended with code {code}; run the command again to go on, or see "
                    f"{_log(self.out, running.stage)}:\n{_tail(_log(self.out, running.stage))}"
                )
            self.ledger["stages"][name]["done"] = True
            self._save()

    def _book(self, seconds: float) -> None:
        """The time since the last look, on the ledger."""
        self.ledger["seconds"] += seconds
        for name in self.running:
            entry = self.ledger["stages"].setdefault(name, {"done": False, "seconds": 0.0})
            entry["seconds"] += seconds
        self._save()

    def _save(self) -> None:
        write_json(self.out / LEDGER, self.ledger)

    def _news(self) -> list[News]:
        return [
            self._news_of(stage)
            for stage in self.stages
            if stage.name in self.running or self._is_done(stage.name)
        ]

    def _news_of(self, stage: Stage) -> News:
        seconds = self.ledger["stages"][stage.name]["seconds"]
        if self._is_done(stage.name):
            return News(stage, True, 1.0, 0.0, "", seconds)
        return News(stage, False, *read_progress(stage.directory), seconds)

    def _is_done(self, name: str) -> bool:
        return bool(self.ledger["stages"].get(name, {}).get("done"))

    def _stop(self) -> None:
        for running in self.running.values():
            _signal(running.process, signal.SIGTERM)
        until = time.monotonic() + _TERM_GRACE_S
        for running in self.running.values():
            try:
                running.process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(running.process, signal.SIGKILL)
                running.process.wait()
        self.running.clear()


def read_progress(directory: Path) -> tuple[float, float | None, str]:
    """Share done, seconds left where known, and what is being done: from the trainer's
    progress.json, or from the last line of the seedling's metrics.
    """
    if (directory / "progress.json").exists():
        state = json.loads((directory / "progress.json").read_text())
        return state["fraction"], state["eta_s"], state["message"]
    metrics = directory / "metrics.jsonl"
    lines = metrics.read_text().splitlines(keepends=True) if metrics.exists() else []
    whole = [line for line in lines if line.endswith("\n")]
    if not whole:
        return 0.0, None, "starting"
    last = json.loads(whole[-1])
    left_s = 60 * (last["eta_min"] or 0.0)
    share = last["seconds"] / max(last["seconds"] + left_s, 1e-9)
    message = f"{last['tokens']:,} tokens, {last['tokens_per_s']:,} a second, loss {last['loss']}"
    return share, left_s, message


def _read_ledger(out: Path) -> dict[str, Any]:
    path = out / LEDGER
    if not path.exists():
        return {"seconds": 0.0, "stages": {}}
    ledger: dict[str, Any] = json.loads(path.read_text())
    return ledger


@contextmanager
def _locked(path: Path) -> Iterator[IO[str]]:
    until = time.monotonic() + _LOCK_WAIT_S
    with path.open("a") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise BadConfig(
                        f"another recipe works in {path.parent}; wait for it or name another --out"
                    ) from None
                time.sleep(_POLL_S)
        yield lock


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _log(out: Path, stage: Stage) -> Path:
    return out / "stages" / f"{stage.name}.log"


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-_LOG_LINES:])
