"""The training child yields to the chat, by its niceness and by its session's."""

from __future__ import annotations

import asyncio
import fcntl
import sys
from pathlib import Path

import pytest

from core.errors import RunFailed
from worker.child import end_child, start_child

AUTOGROUP = Path("/proc/self/autogroup")


async def run(directory: Path, code: str) -> str:
    process = await start_child([sys.executable, "-c", code], directory, {}, 7)
    await process.wait()
    await end_child(process)
    return (directory / "trainer.log").read_text().strip()


async def test_it_is_nice(tmp_path: Path) -> None:
    assert int(await run(tmp_path, "import os; print(os.nice(0))")) >= 7


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="needs Linux with sched_autogroup")
async def test_its_session_is_nice_too(tmp_path: Path) -> None:
    said = await run(tmp_path, f"print(open('{AUTOGROUP}').read())")
    assert int(said.rsplit("nice", 1)[1]) >= 7


async def test_a_number_of_another_machine_is_nobodys_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two machines share the runs' volume: what the other one's trainer has as its number may be
    anybody's here.
    """
    monkeypatch.setattr("worker.child.TAKE_OVER_S", 0.3)
    innocent = await asyncio.create_subprocess_exec("sleep", "60", start_new_session=True)
    (tmp_path / "trainer.pid").write_text(f"elsewhere {innocent.pid}")
    with (tmp_path / "trainer.lock").open("a") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        with pytest.raises(RunFailed, match="does not end"):
            await run(tmp_path, "print('mine')")
    assert innocent.returncode is None
    assert await run(tmp_path, "print('mine')") == "mine"
    innocent.kill()
    await innocent.wait()
