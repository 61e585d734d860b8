"""The training child yields to the chat, by its niceness and by its session's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

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
