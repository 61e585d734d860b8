"""Streams files of feedback into the stores, and the log out as files."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import IO, Final

from core.errors import InvalidRequest
from core.exchange.containers import Container, pack, read_table
from core.exchange.example import Example
from core.exchange.formats import Format
from core.exchange.intake import AT_ONCE, Intake
from core.exchange.outgo import Outgo
from core.exchange.reading import Reading
from core.exchange.rows import Splitter
from core.exchange.turns import Row
from core.metrics import FEEDBACK
from server.exchange.schemas import Imported
from server.explore.wanted import Wanted
from server.state import State

logger = logging.getLogger(__name__)

IN_MEMORY_BYTES: Final = 8 << 20
"""Of a Parquet file, which is read from its end: a larger one waits on disk."""

Rows = AsyncIterator[tuple[str, bytes | Row]]


@dataclass(slots=True)
class _Stored:
    new: int = 0
    known: int = 0


async def take_in(
    state: State, assistant: str, form: Format, rows: Rows, skip_bad: bool
) -> Imported:
    """Stores what the rows hold, bounded in memory, each row whole or not at all.

    Raises NotFound (no such assistant), InvalidRequest (a bad row, unless `skip_bad`: what came
    before it is stored) and StoreUnavailable. The same file may always be sent again.
    """
    named = state.assistants.get(assistant)
    reading, stored = Reading(form, skip_bad), _Stored()
    intake = Intake(
        state.messages, state.responses, state.feedback, named.name, named.system_prompt
    )
    waiting: list[Example] = []
    try:
        async for where, row in rows:
            waiting += reading.take(where, row)
            if len(waiting) >= AT_ONCE:
                await _store(intake, named.name, waiting, stored)
                waiting = []
    except InvalidRequest as error:
        before = await _store(intake, named.name, waiting, stored)
        raise InvalidRequest(
            f"{error.message}. {before} opinions before it are stored; mend it and send the whole"
            " file again: nothing counts twice"
        ) from error
    await _store(intake, named.name, waiting, stored)
    tally = reading.tally
    return Imported(
        assistant=named.name,
        format=form.name,
        rows=tally.rows,
        bad_rows=tally.bad_rows,
        opinions=dict(tally.examples),
        new=stored.new,
        known=stored.known,
        left_out=dict(tally.left_out),
        problems=tally.problems,
    )


async def _store(intake: Intake, assistant: str, examples: list[Example], stored: _Stored) -> int:
    """How many opinions of the file are stored now."""
    for example, new in zip(examples, await intake.add(examples), strict=True):
        stored.new += new
        stored.known += not new
        if new:
            FEEDBACK.labels(assistant, example.kind).inc()
    return stored.new + stored.known


async def lines(chunks: AsyncIterator[bytes], max_row_bytes: int) -> Rows:
    """Rows of JSON Lines or of one JSON array, with where they are."""
    splitter = Splitter(max_row_bytes)
    async for chunk in chunks:
        for number, raw in splitter.feed(chunk):
            yield f"{splitter.unit} {number}", raw
    for number, raw in splitter.end():
        yield f"{splitter.unit} {number}", raw


async def table(chunks: AsyncIterator[bytes], max_row_bytes: int) -> Rows:
    """Rows of a Parquet file."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as file:
        async for chunk in chunks:
            await asyncio.to_thread(file.write, chunk)
        file.seek(0)
        async for number, row in _table_rows(file, max_row_bytes):
            yield f"row {number}", row


async def _table_rows(file: IO[bytes], max_row_bytes: int) -> AsyncIterator[tuple[int, Row]]:
    batches, number = read_table(file, max_row_bytes), 0
    while batch := await asyncio.to_thread(next, batches, None):
        for row in batch:
            number += 1
            yield number, row


async def give_out(
    state: State, assistant: str, form: Format, container: Container, wanted: Wanted
) -> AsyncGenerator[bytes, None]:
    """What people think now as a file, piece by piece: of those who let it be learned from, as far
    as it is wanted.
    """
    outgo = Outgo(state.messages, state.responses, state.feedback, wanted.version)
    writer, packed, rows = form.writer(), pack(form, container), 0
    log = state.people.allowed(assistant, state.feedback.read(assistant))
    async for example in outgo.examples(said async for said in log if wanted.fits(said)):
        made = writer.add(example)
        if made is None:
            outgo.left_out[f"{form.name} carries no such {example.kind}"] += 1
        elif ready := packed.add(made):
            yield ready
        rows += len(made or ())
    for row in writer.end():
        rows += 1
        yield packed.add([row])
    yield packed.end()
    logger.info(
        "feedback exported",
        extra={"action": "export", "assistant": assistant, "rows": rows, **_log(outgo)},
    )


def _log(outgo: Outgo) -> dict[str, dict[str, int]]:
    return {"left_out": dict(+outgo.left_out)}
