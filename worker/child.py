"""Starting and ending the training child: a process group of its own, that dies with its parent,
and at most one in a directory.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import socket
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from core.children import dying_with
from core.errors import RunFailed

TERM_GRACE_S: Final = 5.0
"""Between SIGTERM and SIGKILL: enough for a checkpoint."""
TAKE_OVER_S: Final = 10.0
"""How long a predecessor's child may take to be gone once it was killed."""


async def start_child(
    argv: Sequence[str], directory: Path, env: Mapping[str, str], nice: int
) -> Process:
    """Starts `argv` with its output appended to `directory/trainer.log`.

    A child that a lost worker left behind in the directory is killed first. Raises RunFailed when
    it cannot be ended.
    """
    with (directory / "trainer.lock").open("a+") as lock:
        await _own(lock, directory / "trainer.pid")
        with (directory / "trainer.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **env},
                # The child keeps the lock's descriptor, and so the lock, as long as it lives.
                pass_fds=(lock.fileno(),),
                start_new_session=True,
                preexec_fn=_prepare(nice, os.getpid()),
            )
        (directory / "trainer.pid").write_text(f"{socket.gethostname()} {process.pid}")
    return process


async def end_child(process: Process) -> None:
    """SIGTERM to the group, and SIGKILL when that was not enough."""
    if process.returncode is None:
        _signal_group(process.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), TERM_GRACE_S)
        except TimeoutError:
            _signal_group(process.pid, signal.SIGKILL)
            await process.wait()
    # What the child itself has started goes with it.
    _signal_group(process.pid, signal.SIGKILL)


async def _own(lock: IO[str], pid_file: Path) -> None:
    until = time.monotonic() + TAKE_OVER_S
    while not _locked(lock):
        if time.monotonic() > until:
            raise RunFailed(f"another trainer works in {pid_file.parent} and does not end")
        _kill_predecessor(pid_file)
        await asyncio.sleep(0.1)
    _forget_predecessor(pid_file)


def _forget_predecessor(pid_file: Path) -> None:
    # From here to the new child's start nobody may take an old number for the lock's holder.
    pid_file.unlink(missing_ok=True)


def _kill_predecessor(pid_file: Path) -> None:
    """On a volume that machines share, a number of another one's names somebody else here."""
    with suppress(FileNotFoundError, ValueError):
        host, pid = pid_file.read_text().split()
        if host == socket.gethostname():
            _signal_group(int(pid), signal.SIGKILL)


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _signal_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


def _prepare(nice: int, parent: int) -> Callable[[], None]:
    """What the child does between fork and exec."""
    die_with_parent = dying_with(parent)

    def prepare() -> None:
        die_with_parent()
        # The worker may be nice already; niceness adds up, and twice as patient is too patient.
        patience = max(nice, os.getpriority(os.PRIO_PROCESS, 0))
        os.setpriority(os.PRIO_PROCESS, 0, patience)
        _yield_session(patience)

    return prepare


def _yield_session(nice: int) -> None:
    """Linux with autogroup shares the processor between sessions first, and niceness only counts
    within one: without this a trainer takes as much as the whole chat.
    """
    # Not there without autogroup, and not writable everywhere: niceness is all there is then.
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(nice))
