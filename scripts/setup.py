"""Makes `.venv` from the lock files, says what it does, and does nothing when all is in place.

Standard library only: it runs on a bare machine, before anything is installed. What belongs in
the environment is decided in `pyproject.toml` and `requirements/`, never here.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".stamp"
CPU_TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
OWN_PACKAGES = {"pip", "thumbwheel"}
TICK_S = 0.5
PLAIN_LINE_EVERY_S = 10.0


class SetupFailed(Exception):
    """A step failed; the message says which and what to do."""


class Progress:
    """One step's line: redrawn in place on a terminal, repeated now and then elsewhere."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.started = time.monotonic()
        self.last_plain_s = 0.0
        self.tty = sys.stdout.isatty()
        if not self.tty:
            print(f"{label} ...", flush=True)

    def show(self, state: str) -> None:
        elapsed_s = time.monotonic() - self.started
        if self.tty:
            print(f"\r\033[K{self.label}: {state} ({elapsed_s:.0f} s)", end="", flush=True)
        elif elapsed_s - self.last_plain_s >= PLAIN_LINE_EVERY_S:
            self.last_plain_s = elapsed_s
            print(f"{self.label}: {state} ({elapsed_s:.0f} s)", flush=True)

    def done(self, state: str) -> None:
        start = "\r\033[K" if self.tty else ""
        print(f"{start}{self.label}: {state} ({time.monotonic() - self.started:.1f} s)", flush=True)


def lock_files(lock: str) -> list[Path]:
    """The requirement files to install, in order: torch's own build comes before the rest."""
    names = ["torch-cpu.txt", "cpu.txt"] if lock == "cpu" else [f"{lock}.txt"]
    return [ROOT / "requirements" / name for name in names]


def fingerprint(lock: str) -> str:
    """Changes when the lock, the project's metadata, this script, Python or the folder changes."""
    digest = hashlib.sha256(f"{lock} {sys.version_info[:2]} {VENV}".encode())
    for path in [*lock_files(lock), ROOT / "pyproject.toml", Path(__file__)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current(lock: str) -> bool:
    return STAMP.is_file() and STAMP.read_text() == fingerprint(lock)


@contextmanager
def only_one() -> Iterator[None]:
    """Two set-ups at once would write over each other: the second waits, then finds it done."""
    with (ROOT / ".venv.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another set-up of this folder ...", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def base_python() -> str:
    """The interpreter underneath, so that an environment never rests on itself."""
    return str(getattr(sys, "_base_executable", sys.executable))


def make_venv(label: str) -> None:
    progress = Progress(label)
    if not VENV_PYTHON.exists():
        made = subprocess.run(
            [base_python(), "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True
        )
        if made.returncode != 0:
            raise SetupFailed(
                f"could not make {VENV}:\n{made.stdout}{made.stderr}\n"
                "On Debian and Ubuntu the module comes with `apt-get install python3-venv`."
            )
    progress.done(f"Python {sys.version.split()[0]}")


def installed_count() -> int:
    return sum(1 for _ in VENV.glob("lib/python3*/site-packages/*.dist-info"))


Watch = Callable[[str | None], None]


def ignore(_line: str | None) -> None:
    """Watches nothing."""


def run_pip(arguments: list[str], watch: Watch = ignore) -> tuple[int, list[str]]:
    return run_module(["pip", "--no-input", *arguments], watch)


def run_module(arguments: list[str], watch: Watch) -> tuple[int, list[str]]:
    """Runs a module of the environment, hands each line it prints (or None, twice a second) to
    `watch`.
    """
    command = [str(VENV_PYTHON), "-m", *arguments]
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUNBUFFERED": "1"}
    log = ROOT / "var" / "setup.log"
    log.parent.mkdir(exist_ok=True)
    lines: list[str] = []
    with (
        log.open("w+") as out,
        log.open() as reader,
        subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=env) as child,
    ):
        while True:
            ended = child.poll() is not None
            for line in reader:
                lines.append(line.rstrip())
                watch(lines[-1])
            if ended:
                return child.returncode, lines
            watch(None)
            time.sleep(TICK_S)


def install(label: str, requirements: Path, *extra: str) -> list[str] | None:
    """Installs one fully pinned file; None when it worked, pip's last lines when it did not."""
    progress = Progress(label)
    total = sum(1 for name in pinned_names(requirements) if name)
    before = installed_count()
    collected = 0
    skipped = 0

    def watch(line: str | None) -> None:
        nonlocal collected, skipped
        if line is not None:
            collected += line.startswith(("Collecting ", "Requirement already satisfied"))
            skipped += line.startswith("Ignoring ")
        installed = installed_count() - before
        if installed > 0:
            progress.show(f"installing, {installed} so far")
        else:
            progress.show(f"fetching {collected} of {total - skipped}")

    # pip would compile on one core, and an environment without compiled modules doubles the start
    # of every vLLM process where PYTHONDONTWRITEBYTECODE is set: `compile_packages` does it.
    pip_arguments = ["install", "--no-deps", "--no-compile", "--progress-bar", "off"]
    code, lines = run_pip([*pip_arguments, *extra, "-r", str(requirements)], watch)
    if code != 0:
        progress.done("failed")
        return lines[-15:]
    progress.done(f"{total - skipped} packages")
    return None


def install_locked(lock: str, step: Callable[[str], str]) -> None:
    for path in lock_files(lock):
        label = step(f"packages of requirements/{path.name}")
        failure = install(label, path)
        if failure is not None and path.name == "torch-cpu.txt":
            # The configured package index has no CPU build of torch: take it from its makers.
            failure = install(
                f"{label} from {CPU_TORCH_INDEX}", path, "--index-url", CPU_TORCH_INDEX
            )
        if failure is not None:
            raise SetupFailed("\n".join(failure))


def pinned_names(requirements: Path) -> Iterator[str]:
    """Package names of a lock, normalised as registries do."""
    for line in requirements.read_text().splitlines():
        match = re.match(r"([A-Za-z0-9][A-Za-z0-9._-]*)==", line)
        if match:
            yield re.sub(r"[-_.]+", "-", match[1]).lower()


def remove_strangers(lock: str, label: str) -> None:
    """Uninstalls what the lock does not name, so that an old environment equals a new one."""
    progress = Progress(label)
    wanted = {name for path in lock_files(lock) for name in pinned_names(path)} | OWN_PACKAGES
    _, listed = run_pip(["list", "--format=freeze"])
    present = {
        re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in listed if "==" in line
    }
    strangers = sorted(present - wanted)
    if strangers:
        code, lines = run_pip(["uninstall", "--yes", *strangers])
        if code != 0:
            raise SetupFailed("\n".join(lines[-15:]))
    progress.done(f"removed {', '.join(strangers)}" if strangers else "nothing beside the lock")


def compile_packages(label: str) -> None:
    """Byte-compiles what was installed, on all cores. Files for other Python versions fail to
    compile and are never imported, so failures are only counted.
    """
    progress = Progress(label)
    packages = next(VENV.glob("lib/python3*/site-packages"))
    total = sum(1 for _ in packages.rglob("*.py"))
    done = failed = 0

    def watch(line: str | None) -> None:
        nonlocal done, failed
        if line is not None:
            done += line.startswith("Compiling ")
            failed += line.startswith("*** ")
        progress.show(f"{done} of at most {total} modules")

    run_module(["compileall", "-j", "0", str(packages)], watch)
    progress.done(f"{done - failed} modules" if done > failed else "nothing new")


def install_project(label: str) -> None:
    progress = Progress(label)
    # The build backend is in the lock, so nothing has to be fetched to install this folder.
    arguments = ["install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    code, lines = run_pip(arguments)
    if code != 0:
        raise SetupFailed("\n".join(lines[-15:]))
    progress.done("editable")


def set_up(lock: str) -> None:
    started = time.monotonic()
    steps = len(lock_files(lock)) + 4
    number = 0

    def step(text: str) -> str:
        nonlocal number
        number += 1
        return f"[{number}/{steps}] {text}"

    print(f"setting up {VENV} for {lock}", flush=True)
    STAMP.unlink(missing_ok=True)
    make_venv(step("environment"))
    install_locked(lock, step)
    remove_strangers(lock, step("clean-up"))
    compile_packages(step("byte code"))
    install_project(step("thumbwheel itself"))
    STAMP.write_text(fingerprint(lock))
    print(f"environment ready in {time.monotonic() - started:.0f} s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Make .venv from the lock files.")
    parser.add_argument("--lock", choices=["cpu", "gpu"], default="cpu")
    parser.add_argument("--check", action="store_true", help="only say whether all is in place")
    arguments = parser.parse_args()
    lock = arguments.lock
    if is_current(lock):
        return 0
    if arguments.check:
        print("the environment is not as locked: run `make setup`", file=sys.stderr)
        return 1
    with only_one():
        if is_current(lock):
            return 0
        try:
            set_up(lock)
        except SetupFailed as failure:
            print(f"\nset-up failed:\n{failure}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
