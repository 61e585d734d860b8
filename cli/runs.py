"""`thumbwheel runs` and `thumbwheel run`: what was retrained and why, and one run as it goes on."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from cli.api import Api, connect
from cli.follow import POLL_S, follow_run
from cli.layout import show
from cli.overview import get_run, get_runs
from cli.run_view import list_runs, render_verdict
from cli.shell import (
    AsJson,
    AssistantName,
    Url,
    find_url,
    notes,
    out,
    print_json,
    print_json_line,
)
from cli.stages import Stages
from cli.watch import complain_away, draw_away, drawing, keep_looking
from core.records import Run, to_dict


def runs(
    assistant: AssistantName,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Show how far the newest is, until Ctrl-C.")
    ] = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """List an assistant's runs with their verdicts, newest first.

    With --watch --json, a line of JSON for a run whenever it has got further.
    """
    if watch:
        asyncio.run(_watch(find_url(url), assistant, as_json))
        return
    found = asyncio.run(_list(find_url(url), assistant, as_json))
    if as_json:
        print_json([to_dict(run) for run in found])
    elif found:
        console = out()
        show(list_runs(found, console), console)
    else:
        out().print(f"{assistant} has had no run yet")


def run(
    run_id: Annotated[str, typer.Argument(help="Id of the run.", show_default=False)],
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Watch it until its verdict.")
    ] = True,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Follow one run until its verdict, and show the figures.

    With --json, a line of JSON for each step on its way, and the run with its verdict at the end.
    """
    found = asyncio.run(_show(find_url(url), run_id, follow, as_json))
    if as_json:
        print_json_line(to_dict(found))
    else:
        render_verdict(found, out())


async def _list(url: str, assistant: str, as_json: bool) -> list[Run]:
    async with connect(url, as_it_is=as_json) as api:
        return await get_runs(api, assistant)


async def _watch(url: str, assistant: str, as_json: bool) -> None:
    console = out()
    async with connect(url, as_it_is=as_json) as api:
        if console.is_terminal and not as_json:
            await _draw(api, assistant, console)
        else:
            await _tell(api, assistant, console, as_json)


async def _draw(api: Api, assistant: str, console: Console) -> None:
    with drawing(console) as draw:
        tell = draw_away(draw)
        async for found in keep_looking(lambda: get_runs(api, assistant), POLL_S, tell):
            draw(list_runs(found, console))


async def _tell(api: Api, assistant: str, console: Console, as_json: bool) -> None:
    known: dict[str, Run] = {}
    tell = complain_away(as_json)
    async for found in keep_looking(lambda: get_runs(api, assistant), POLL_S, tell):
        for one in reversed(found):
            if known.get(one.id) == one:
                continue
            known[one.id] = one
            if as_json:
                print_json_line(to_dict(one))
            else:
                show(list_runs([one], console), console)


async def _show(url: str, run_id: str, follow: bool, as_json: bool) -> Run:
    async with connect(url, as_it_is=as_json) as api:
        found = await get_run(api, run_id)
        if found.verdict is not None or not follow:
            return found
        if as_json:
            return await follow_run(api, run_id, lambda *_: None, print_json_line)
        with Stages(notes()) as stages, stages.waiting(run_id) as say:
            return await follow_run(api, run_id, say)
