"""`thumbwheel runs` and `thumbwheel run`: what was retrained and why, and one run as it goes on."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from cli.api import connect
from cli.follow import follow_run
from cli.overview import get_run, get_runs
from cli.run_view import list_runs, render_verdict
from cli.shell import AsJson, AssistantName, Url, find_url, notes, out, print_json
from cli.stages import Stages
from core.records import Run, to_dict


def runs(assistant: AssistantName, as_json: AsJson = False, url: Url = "") -> None:
    """List an assistant's runs with their verdicts, newest first."""
    found = asyncio.run(_list(find_url(url), assistant))
    if as_json:
        print_json([to_dict(run) for run in found])
    elif found:
        out().print(list_runs(found))
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
    """Follow one run until its verdict, and show the figures."""
    found = asyncio.run(_show(find_url(url), run_id, follow))
    if as_json:
        print_json(to_dict(found))
    else:
        render_verdict(found, out())


async def _list(url: str, assistant: str) -> list[Run]:
    async with connect(url) as api:
        return await get_runs(api, assistant)


async def _show(url: str, run_id: str, follow: bool) -> Run:
    async with connect(url) as api:
        found = await get_run(api, run_id)
        if found.verdict is not None or not follow:
            return found
        with Stages(notes()) as stages, stages.waiting(run_id) as say:
            return await follow_run(api, run_id, say)
