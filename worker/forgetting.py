"""What is to be forgotten: erasures that were left half way, with the files of runs, and what is
too old to be kept.

A run that is learning from an erased person is cancelled and another one asked for. A person is not
erased as long as such a run has no verdict.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from core.assistants import Assistant
from core.errors import ArtifactCorrupt, Conflict, NotFound, Unavailable
from core.learned import runs_with, versions_that_learned
from core.records import Run
from core.retention import Retention
from worker.context import Context
from worker.leftovers import named_in, tidy, unname

log = logging.getLogger(__name__)

AT_ONCE: Final = 10
"""Erasures that one tick goes on with."""
TROUBLE: Final = (ArtifactCorrupt, Conflict, NotFound, Unavailable)
"""With the archive, of which a file may be lost or just replaced: what else a tick has to do goes
on, and this is tried again by the next one.
"""


async def finish_erasures(context: Context) -> None:
    """Some of them, first those with something in the store. Doing it twice, or at the same time,
    is harmless.
    """
    unfinished = (await context.erasures.open()).items()
    for person, user in sorted(unfinished, key=lambda one: not one[1])[:AT_ONCE]:
        try:
            await _finish(context, person, user)
        except TROUBLE as error:
            log.warning(error.message, extra={"action": "erase"})


async def remove_old(context: Context) -> None:
    """A slice of what each assistant need not keep any longer."""
    for assistant in context.assistants:
        about = {"action": "retain", "assistant": assistant.name}
        try:
            removed = await _sweep(context, assistant)
        except TROUBLE as error:
            log.warning(error.message, extra=about)
        else:
            if removed:
                log.info("removed what is too old", extra={**about, "removed": removed})


async def _finish(context: Context, person: str, user: str) -> None:
    if not user:
        await _clear(context, person)
    elif not await context.erasures.is_worked_on(person):
        log.info("goes on", extra={"action": "erase"})
        await context.erasures.remove(user, context.assistants.names)


async def _sweep(context: Context, assistant: Assistant) -> int:
    if assistant.retain is None:
        return 0
    retention = Retention(context.store, context.archive)
    return await retention.sweep(assistant.name, time.time() - assistant.retain)


async def _clear(context: Context, person: str) -> None:
    """Clears what runs left of a person (a digest), and notes the versions that learned."""
    directory, erasures = context.settings.runs_dir, context.erasures
    learning = False
    for run_id in await asyncio.to_thread(runs_with, directory, person):
        with suppress(NotFound):  # a run of another store
            run = await context.runs.get(run_id)
            learning = learning or run.state != "ended"
            if run.state == "ended":
                await _clear_files(context, directory / run_id, person)
            elif not run.cancelled:
                await _stop(context, run)
    learned = await versions_that_learned(
        person, context.assistants.names, context.registry, context.settings.artifacts
    )
    await erasures.note_versions(person, learned)
    if not learning:
        # A run that was learning from them may have begun a trial since.
        await erasures.remove_weights(person, context.assistants.names)
        await erasures.finish(person)


async def _stop(context: Context, run: Run) -> None:
    reason = "somebody was erased whom the run before was learning from"
    await context.runs.request_retrain(run.assistant, "erasure", reason)
    await context.runs.cancel(run.id)
    log.info(reason, extra={"action": "cancel", "assistant": run.assistant, "run_id": run.id})


async def _clear_files(context: Context, directory: Path, person: str) -> None:
    await asyncio.to_thread(tidy, directory)
    named = await asyncio.to_thread(named_in, directory)
    theirs = set(await context.erasures.of_person(person, named))
    if theirs:
        await asyncio.to_thread(unname, directory, theirs)
