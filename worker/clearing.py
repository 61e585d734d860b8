"""Clears the worker's disk behind a verdict: of what the run left, of what others left whose worker
was killed before it did so, and of copies of versions that no run begins from.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from contextlib import suppress
from pathlib import Path

from core.errors import NotFound
from core.runs import KEPT_S
from worker.context import Context
from worker.leftovers import find_untidy, tidy
from worker.runner import read_json


async def clear_behind(context: Context, run_id: str) -> None:
    """Doing it twice, or at the same time, is harmless."""
    await asyncio.to_thread(tidy, context.run_directory(run_id))
    before = time.time() - KEPT_S
    for directory in await asyncio.to_thread(find_untidy, context.settings.runs_dir, before):
        with suppress(NotFound):  # a run of another store
            await _clear(context, directory, before)
    await _clear_champions(context)


async def _clear(context: Context, directory: Path, before: float) -> None:
    run = await context.runs.get(directory.name)
    if run.ended is None:
        return
    if run.ended < before:
        await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)
    else:
        await asyncio.to_thread(tidy, directory)


async def _clear_champions(context: Context) -> None:
    """All but those that are champions, were it before or have runs begin from them. None while a
    run has not said which it begins from: it may be fetching that one.
    """
    names = context.assistants.names
    runs = [await context.runs.active(name) for name in names]
    plans = [read_json(context.run_directory(run.id) / "plan.json") for run in runs if run]
    needed = {str(plan["champion"]) for plan in plans if plan}
    if None in plans or not context.champions.is_dir():
        return
    for pointer in (await context.registry.pointers(names)).values():
        needed |= {pointer.champion, pointer.previous}
    for copy in context.champions.iterdir():
        if copy.name not in needed:
            await asyncio.to_thread(shutil.rmtree, copy, ignore_errors=True)
