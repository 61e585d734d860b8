"""The command as a process: in pipes, or at a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

from tests.conftest import ROOT

DEADLINE_S = 60.0


def command(*words: str) -> tuple[list[str], dict[str, str]]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("THUMBWHEEL_")}
    return [sys.executable, "-m", "cli.main", *words], {**clean, "TERM": "xterm", "COLUMNS": "100"}


def run(*words: str, said: str = "") -> subprocess.CompletedProcess[str]:
    argv, env = command(*words)
    return subprocess.run(
        argv, cwd=ROOT, env=env, input=said, capture_output=True, text=True, timeout=DEADLINE_S
    )


@contextmanager
def following(*words: str) -> Iterator[subprocess.Popen[str]]:
    argv, env = command(*words)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(argv, cwd=ROOT, env=env, text=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """By Ctrl-C; its exit code and what it complains about."""
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=DEADLINE_S)
    return process.returncode, complaint


@contextmanager
def at_terminal(*words: str, **environment: str) -> Iterator[Terminal]:
    """The command at a pseudo-terminal of its own."""
    argv, env = command(*words)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        argv,
        cwd=ROOT,
        env={**env, **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        try:
            yield Terminal(process, ours)
        finally:
            process.kill()
            os.close(ours)


@dataclass(frozen=True, slots=True)
class Terminal:
    process: subprocess.Popen[bytes]
    _ours: int

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def interrupt(self) -> None:
        """Ctrl-C, once the command waits: between its prompt and that, Python forgets a signal."""
        while psutil.Process(self.process.pid).status() != psutil.STATUS_SLEEPING:
            pass
        self.process.send_signal(signal.SIGINT)

    def read_until(self, *marks: str) -> str:
        """What is shown until all marks were, one after another."""
        shown, at, until = "", 0, time.monotonic() + DEADLINE_S
        for mark in marks:
            while mark not in shown[at:]:
                assert select.select([self._ours], [], [], until - time.monotonic())[0], shown
                shown += os.read(self._ours, 4096).decode(errors="replace")
            at = shown.index(mark, at) + len(mark)
        return shown

    def read_to_the_end(self) -> str:
        """What is shown until the command has ended."""
        shown = b""
        with suppress(OSError):  # a terminal that nobody writes to any more
            while chunk := os.read(self._ours, 4096):
                shown += chunk
        return shown.decode(errors="replace")
