"""`thumbwheel up` and `thumbwheel down`: everything on this machine as one thing."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Annotated, Final

import psutil
import typer
from rich.console import Console

from cli.board import Board
from cli.context import load_settings
from cli.parts import build_parts, log_dir, page_url, run_dir
from cli.preflight import check_declared, check_ports, end_leftovers, needs_own_redis
from cli.probes import probe_http
from cli.runfiles import RunFiles, Snapshot
from cli.shell import AsJson, print_json
from cli.supervisor import Supervisor
from core.errors import Unavailable
from core.settings import Settings

TICK_S: Final = 0.5
DOWN_MARGIN_S: Final = 60.0
"""What all other parts may take to end, beside the two that drain: the API, then vLLM."""

Detach = Annotated[
    bool, typer.Option("--detach", "-d", help="Return when all works; `down` ends it.")
]


def up(detach: Detach = False, as_json: AsJson = False) -> None:
    """Starts Redis, vLLM, its agent, the API and the workers, and says where the page is.

    Whatever dies is started again. Ctrl-C ends everything; open answers are finished first.
    With --detach --json, one document when all works.
    """
    if as_json and not detach:
        raise typer.BadParameter("--json goes with --detach: what stays here has no last word")
    settings = load_settings()
    console = Console(stderr=as_json)
    if detach:
        seconds = _start_detached(settings, console)
        if as_json:
            url = page_url(settings)
            print_json({"page": f"{url}/", "api": f"{url}/v1", "seconds": seconds})
        return
    files = RunFiles(run_dir(settings))
    with files.held():
        _run_here(settings, files, console)


def _run_here(settings: Settings, files: RunFiles, console: Console) -> None:
    left = end_leftovers(files)
    if left:
        console.print(f"ended what an earlier run left: {', '.join(left)}")
    check_declared(settings)
    own_redis = needs_own_redis(settings)
    check_ports(settings, own_redis=own_redis)
    console.print(f"starting {settings.base_model}; logs in {log_dir(settings)}", highlight=False)
    asyncio.run(_supervise(settings, files, Board(console), own_redis=own_redis))


async def _supervise(settings: Settings, files: RunFiles, board: Board, *, own_redis: bool) -> None:
    view = _View(board, page_url(settings))
    supervisor = Supervisor(
        build_parts(settings, own_redis=own_redis),
        files,
        log_dir(settings),
        ready=lambda: probe_http(f"{page_url(settings)}/readyz"),
        observe=view.show,
    )
    with view.board:
        ticking = asyncio.create_task(view.keep_ticking())
        try:
            await supervisor.run()
        finally:
            ticking.cancel()
    board.say("everything ended")


class _View:
    """A board until all works, then a line for whatever changes."""

    def __init__(self, board: Board, url: str) -> None:
        self.board = board
        self._url = url
        self._latest: Snapshot | None = None
        self._announced = False

    def show(self, snapshot: Snapshot) -> None:
        self._latest = snapshot
        self.board.show(snapshot)
        if snapshot.ready_s is not None and not self._announced:
            self._announced = True
            self.board.close()
            _announce(self.board, self._url, snapshot.ready_s)

    async def keep_ticking(self) -> None:
        while not self._announced:
            if self._latest is not None:
                self.board.tick(self._latest)
            await asyncio.sleep(TICK_S)


def _announce(board: Board, url: str, ready_s: float) -> None:
    board.say(f"[bold green]Thumbwheel is up[/] after {ready_s:.1f} s")
    board.say(f"  page  {url}/")
    board.say(f"  API   {url}/v1  (any OpenAI client)")
    board.say("  end   Ctrl-C, or `thumbwheel down`")


def _start_detached(settings: Settings, console: Console) -> float:
    """Runs the supervisor in a session of its own and shows its progress until all works. Returns
    after how many seconds that was.
    """
    files = RunFiles(run_dir(settings))
    logs = log_dir(settings)
    logs.mkdir(parents=True, exist_ok=True)
    if files.supervisor() is None:
        files.forget_state()
    with (logs / "up.log").open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "up"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        ready_s = _follow(process, files, _View(Board(console), page_url(settings)))
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    if ready_s is None:
        raise Unavailable((logs / "up.log").read_text().strip())
    return ready_s


def _follow(process: subprocess.Popen[bytes], files: RunFiles, view: _View) -> float | None:
    """Shows a detached start until all works; None when the supervisor is gone before."""
    with view.board:
        while process.poll() is None:
            snapshot = files.read_state()
            # A supervisor of somebody else may be there: its state is not this start's.
            if snapshot is not None and files.supervisor() == process.pid:
                view.show(snapshot)
                view.board.tick(snapshot)
                if snapshot.ready_s is not None:
                    return snapshot.ready_s
            time.sleep(TICK_S)
    return None


def down(as_json: AsJson = False) -> None:
    """Ends what `up` runs in this folder, open answers first, and waits until it is gone."""
    settings = load_settings()
    console = Console(stderr=as_json)
    files = RunFiles(run_dir(settings))
    supervisor = files.supervisor()
    if supervisor is not None:
        _end_supervisor(supervisor, files, console, 2 * settings.shutdown_grace_s + DOWN_MARGIN_S)
    left = end_leftovers(files)
    if left:
        console.print(f"ended what an earlier run left: {', '.join(left)}")
    elif supervisor is None:
        console.print("nothing is running here")
    if as_json:
        print_json({"was_up": supervisor is not None, "left_behind": left})


def _end_supervisor(pid: int, files: RunFiles, console: Console, patience_s: float) -> None:
    with suppress(psutil.NoSuchProcess):
        psutil.Process(pid).send_signal(signal.SIGTERM)
    until = time.monotonic() + patience_s
    with Board(console) as board:
        while files.supervisor() == pid:
            if time.monotonic() > until:
                raise Unavailable(f"process {pid} does not end; see its log, or kill it")
            snapshot = files.read_state()
            if snapshot is not None:
                board.show(snapshot)
            time.sleep(TICK_S)
    console.print("everything ended")
