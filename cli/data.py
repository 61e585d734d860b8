"""`thumbwheel import` and `thumbwheel export`: feedback as files, through the API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Annotated, Final

import pyarrow.parquet as pq
import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from cli.api import Query, connect
from cli.filters import OfKind, OfPerson, OfVersion, When, WithReason, filters
from cli.replies import Json
from cli.shell import AsJson, Url, find_url, notes, out, print_json, who_am_i

CHUNK_BYTES: Final = 1 << 18
FORMATS: Final = "openassistant, hh, ultrafeedback, preference, kto, sft, thumbwheel"

Assistant = Annotated[str, typer.Option("--assistant", help="Name of the assistant.")]


def import_file(
    file: Annotated[
        Path,
        typer.Argument(
            help="JSON Lines, a JSON array, or Parquet (*.parquet).", exists=True, dir_okay=False
        ),
    ],
    assistant: Assistant,
    format: Annotated[str, typer.Option("--format", help=f"{FORMATS}, or jsonl with --map.")],
    mapping: Annotated[
        list[str],
        typer.Option(
            "--map", help="FIELD=NAME: where prompt, chosen, rejected, completion, label ... are."
        ),
    ] = [],  # noqa: B006 - Typer copies it
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Go on behind a bad row, and count it.")
    ] = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Take in feedback from a file. The same file again adds nothing."""
    size = file.stat().st_size
    query = [
        *_query(assistant, format, file),
        *(("map", pair) for pair in mapping),
        ("skip_bad", str(skip_bad).lower()),
    ]
    done = asyncio.run(_import(find_url(url), query, file, size, as_json))
    if as_json:
        print_json(done)
    else:
        _report(done)


def export_file(
    assistant: Assistant,
    file: Annotated[
        Path,
        typer.Option("--out", dir_okay=False, help="The file to write; *.parquet for Parquet."),
    ],
    format: Annotated[str, typer.Option("--format", help=f"{FORMATS}.")] = "thumbwheel",
    version: OfVersion = "",
    kind: OfKind = None,
    tag: WithReason = "",
    user: OfPerson = "",
    since: When = "",
    until: When = "",
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Write the feedback that holds now into a file, which appears when it is whole."""
    wanted = filters(version, kind, tag, user, since, until)
    query = [*_query(assistant, format, file), *wanted]
    asyncio.run(_export(find_url(url), query, file))
    rows = _count_rows(file)
    if as_json:
        print_json({"file": str(file), "rows": rows})
    else:
        out().print(f"{file}: {rows} rows", markup=False, soft_wrap=True)


def _count_rows(file: Path) -> int:
    if file.suffix == ".parquet":
        return int(pq.read_metadata(file).num_rows)
    with file.open("rb") as lines:
        return sum(1 for _ in lines)


def _query(assistant: str, form: str, file: Path) -> list[tuple[str, str]]:
    container = "parquet" if file.suffix == ".parquet" else "jsonl"
    return [("assistant", assistant), ("format", form), ("container", container)]


async def _import(url: str, query: Query, path: Path, size: int, as_json: bool) -> Json:
    with path.open("rb") as file, _bar() as bar:
        task = bar.add_task("sent", total=size)
        async with connect(url, who_am_i(), as_it_is=as_json) as api:
            return await api.import_feedback(query, _read(file, bar, task))


async def _read(file: IO[bytes], bar: Progress, task: TaskID) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
        yield chunk
        bar.advance(task, len(chunk))


async def _export(url: str, query: Query, path: Path) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file, _bar() as bar:
            task = bar.add_task("received", total=None)
            async with connect(url, who_am_i()) as api, api.export_feedback(query) as chunks:
                async for chunk in chunks:
                    await asyncio.to_thread(file.write, chunk)
                    bar.advance(task, len(chunk))
        part.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        part.unlink(missing_ok=True)


def _bar() -> Progress:
    """Bytes under way. Draws on terminals only."""
    console = notes()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def _report(done: Json) -> None:
    kinds = ", ".join(f"{number} {kind}" for kind, number in done["opinions"].items())
    console = out()
    console.print(f"{done['rows']} rows: {kinds or 'no opinion'}", markup=False)
    console.print(f"{done['new']} new, {done['known']} known already", markup=False)
    for what, number in done["left_out"].items():
        console.print(f"left out: {number} {what}", markup=False, soft_wrap=True)
    if done["bad_rows"]:
        console.print(f"bad rows, skipped: {done['bad_rows']}")
    for problem in done["problems"]:
        notes().print(problem, markup=False, soft_wrap=True)
