"""The supervisor over small real processes: order, restarts, giving up, and leaving nothing."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from cli.board import Board
from cli.parts import Part
from cli.probes import Trouble
from cli.runfiles import RunFiles, Snapshot
from cli.supervisor import Supervisor
from core.errors import Conflict, Unavailable

DEADLINE_S = 60.0
NOT_YET = Trouble("not yet", away=False)
SLEEPER = "import time\nwhile True: time.sleep(0.05)"


async def until(condition: Callable[[], bool]) -> None:
    """Polls, with a deadline."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        await asyncio.sleep(0.02)


async def well(_since: float = 0.0) -> Trouble | None:
    return None


def part(name: str, code: str, tier: int = 0, **changes: object) -> Part:
    fields: dict[str, object] = {
        "argv": [sys.executable, "-c", code],
        "probe": well,
        "stop": ((signal.SIGTERM, 5.0),),
        "needs_redis": False,
        **changes,
    }
    return Part(name=name, stop_tier=tier, **fields)  # type: ignore[arg-type]


class Stage:
    """A supervisor with its files, and everything it ever said."""

    def __init__(self, directory: Path, *parts: Part) -> None:
        self.files = RunFiles(directory / "run")
        self.said: list[Snapshot] = []
        self.supervisor = Supervisor(
            list(parts), self.files, directory / "logs", ready=well, observe=self.said.append
        )

    def states(self, name: str) -> list[str]:
        each = [p.state for s in self.said for p in s.parts if p.name == name]
        return [state for i, state in enumerate(each) if i == 0 or each[i - 1] != state]

    def pid(self, name: str) -> int | None:
        return next((p.pid for p in self.said[-1].parts if p.name == name), None)

    def all_ready(self) -> bool:
        return bool(self.said) and self.said[-1].ready_s is not None


async def during(stage: Stage, act: Callable[[], Awaitable[None]]) -> None:
    """Runs the supervisor, acts when all is ready, and stops it."""
    running = asyncio.create_task(stage.supervisor.run())
    try:
        await until(stage.all_ready)
        await act()
    finally:
        stage.supervisor.stop()
        await asyncio.wait_for(running, DEADLINE_S)


async def test_parts_end_tier_by_tier_and_leave_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path, part("base", SLEEPER, tier=2), part("top", SLEEPER, tier=0))
    pids: list[int] = []

    async def act() -> None:
        pids.extend(pid for pid in (stage.pid("base"), stage.pid("top")) if pid)

    await during(stage, act)
    ends = [
        next(p.name for p in s.parts if p.state == "stopping")
        for s in stage.said
        if any(p.state == "stopping" for p in s.parts)
    ]
    assert list(dict.fromkeys(ends)) == ["top", "base"]
    assert len(pids) == 2
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert stage.files.leftovers() == {}
    assert stage.files.read_state() is None


async def test_a_killed_part_comes_back_by_itself(tmp_path: Path) -> None:
    stage = Stage(tmp_path, part("one", SLEEPER), part("other", SLEEPER))

    async def act() -> None:
        first, other = stage.pid("one"), stage.pid("other")
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: stage.pid("one") not in (None, first))
        await until(lambda: stage.states("one")[-1] == "ready")
        assert stage.pid("other") == other

    await during(stage, act)
    assert stage.states("one")[:4] == ["starting", "ready", "restarting", "starting"]


async def test_what_a_killed_part_started_dies_with_it(tmp_path: Path) -> None:
    helper = tmp_path / "helper"
    code = (
        "import subprocess, sys, pathlib, time\n"
        f"p = subprocess.Popen([sys.executable, '-c', {SLEEPER!r}])\n"
        f"pathlib.Path({str(helper)!r}).write_text(str(p.pid))\n" + SLEEPER
    )

    async def helped(_since: float) -> Trouble | None:
        return None if helper.exists() and helper.read_text() else NOT_YET

    stage = Stage(tmp_path, part("leader", code, probe=helped))

    async def act() -> None:
        leader, orphan = stage.pid("leader"), int(helper.read_text())
        assert leader is not None
        os.kill(leader, signal.SIGKILL)
        await until(
            lambda: (
                not psutil.pid_exists(orphan)
                or psutil.Process(orphan).status() == psutil.STATUS_ZOMBIE
            )
        )

    await during(stage, act)


async def test_a_part_that_never_works_ends_the_start_with_its_last_words(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path,
        part("fine", SLEEPER),
        part(
            "broken", "raise SystemExit('port is on fire')", probe=lambda _: asyncio.sleep(9, None)
        ),
    )
    with pytest.raises(Unavailable, match=r"broken does not start:\n[^$]*port is on fire"):
        await asyncio.wait_for(stage.supervisor.run(), DEADLINE_S)
    assert stage.states("broken").count("starting") == 3
    assert stage.files.leftovers() == {}


async def test_others_wait_for_redis(tmp_path: Path) -> None:
    gate = tmp_path / "gate"

    async def opened(_since: float) -> Trouble | None:
        return None if gate.exists() else NOT_YET

    stage = Stage(
        tmp_path,
        part("redis", SLEEPER, tier=3, probe=opened),
        part("api", SLEEPER, needs_redis=True),
    )
    running = asyncio.create_task(stage.supervisor.run())
    await until(lambda: bool(stage.said) and stage.states("redis")[-1] == "starting")
    assert stage.states("api") == ["waiting"]
    gate.touch()
    await until(stage.all_ready)
    stage.supervisor.stop()
    await asyncio.wait_for(running, DEADLINE_S)


async def test_a_stubborn_part_is_ended_after_its_patience(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    code = (
        "import signal, pathlib\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"pathlib.Path({str(ready)!r}).touch()\n" + SLEEPER
    )

    async def started(_since: float) -> Trouble | None:
        return None if ready.exists() else NOT_YET

    stage = Stage(tmp_path, part("deaf", code, probe=started, stop=((signal.SIGTERM, 0.2),)))

    async def act() -> None:
        return None

    await during(stage, act)
    assert stage.states("deaf")[-2:] == ["stopping", "ended"]
    assert stage.files.leftovers() == {}


async def test_the_end_is_in_order_though_the_terminal_was_closed(tmp_path: Path) -> None:
    class Closed(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(errno.EIO, "Input/output error")

    board = Board(Console(file=Closed()))
    stage = Stage(tmp_path, part("base", SLEEPER, tier=2), part("top", SLEEPER))
    running = asyncio.create_task(stage.supervisor.run())
    await until(stage.all_ready)
    for snapshot in stage.said:
        board.show(snapshot)
    stage.supervisor.stop()
    await asyncio.wait_for(running, DEADLINE_S)
    assert stage.states("top")[-2:] == stage.states("base")[-2:] == ["stopping", "ended"]


DRAINS = """
import pathlib, signal, sys, time
def finish(*_):
    time.sleep({takes_s})
    pathlib.Path({mark!r}).write_text("finished")
    sys.exit(0)
signal.signal(signal.SIGTERM, finish)
pathlib.Path({mark!r}).write_text("open")
while True: time.sleep(0.05)
"""


@pytest.mark.parametrize(
    ("again", "takes_s", "left"),
    [("stop", 0.5, "finished"), ("interrupt", 4.0, "open")],
    ids=["SIGTERM", "Ctrl-C"],
)
async def test_only_a_second_ctrl_c_cuts_off_what_is_open(
    tmp_path: Path, again: str, takes_s: float, left: str
) -> None:
    mark = tmp_path / "mark"
    drains = DRAINS.format(mark=str(mark), takes_s=takes_s)

    async def opened(_since: float) -> Trouble | None:
        return None if mark.exists() and mark.read_text() else NOT_YET

    stage = Stage(tmp_path, part("api", drains, probe=opened))
    running = asyncio.create_task(stage.supervisor.run())
    await until(stage.all_ready)
    stage.supervisor.interrupt()
    await until(lambda: stage.states("api")[-1] == "stopping")
    getattr(stage.supervisor, again)()
    await asyncio.wait_for(running, DEADLINE_S)
    assert mark.read_text() == left


def test_only_one_supervisor_a_folder(tmp_path: Path) -> None:
    first, second = RunFiles(tmp_path), RunFiles(tmp_path)
    with first.held():
        assert second.supervisor() == os.getpid()
        with pytest.raises(Conflict, match="already up"), second.held():
            pytest.fail("a second supervisor got the lock")
    with second.held():
        pass
    assert first.supervisor() is None


def test_a_pid_that_now_belongs_to_another_process_is_left_alone(tmp_path: Path) -> None:
    files = RunFiles(tmp_path)
    (tmp_path / "api.pid").write_text(f"{os.getpid()} 12345.0")
    assert files.leftovers() == {}
    assert not (tmp_path / "api.pid").exists()
