"""`thumbwheel status`: who answers, what is waiting, why no new model today, and what is broken."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

import typer
from rich.console import Console

from cli.api import Api, connect
from cli.layout import plain, show
from cli.replies import Json
from cli.shell import (
    EXIT_FAILED,
    AsJson,
    Url,
    find_url,
    out,
    print_json,
    print_json_line,
)
from cli.status_view import render
from cli.watch import complain_away, draw_away, drawing, keep_looking
from core.errors import Unavailable

WATCH_S: Final = 1.0


def status(
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Keep looking until Ctrl-C.")] = (
        False
    ),
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Who answers, who is on trial, and why no new model today. Exit code 1 when not ready.

    With --watch --json, a line of JSON a second.
    """
    address = find_url(url)
    if watch:
        asyncio.run(_watch(address, as_json))
        return
    seen = asyncio.run(_look(address, as_json))
    if as_json:
        print_json(seen)
    else:
        console = out()
        show(render(seen, console), console)
    if not seen["fleet"]["ready"]:
        raise typer.Exit(EXIT_FAILED)


async def _look(url: str, as_json: bool) -> Json:
    async with connect(url, as_it_is=as_json) as api:
        return await look(api)


async def look(api: Api) -> Json:
    """What there is to see. While Redis is away the readiness still names it."""
    fleet = await api.ready()
    try:
        return {"fleet": fleet, "assistants": await api.assistants()}
    except Unavailable as error:
        return {"fleet": fleet, "assistants": [], "error": error.message}


async def _watch(url: str, as_json: bool) -> None:
    console = out()
    async with connect(url, as_it_is=as_json) as api:
        if as_json:
            async for seen in keep_looking(lambda: look(api), WATCH_S, complain_away(as_json)):
                print_json_line(seen)
        elif console.is_terminal:
            await _draw(api, console)
        else:
            await _note(api, console)


async def _draw(api: Api, console: Console) -> None:
    with drawing(console) as draw:
        async for seen in keep_looking(lambda: look(api), WATCH_S, draw_away(draw)):
            draw(render(seen, console))


async def _note(api: Api, console: Console) -> None:
    """In a pipe: all of it again, whenever something is different."""
    before = ""
    async for seen in keep_looking(lambda: look(api), WATCH_S, complain_away(as_json=False)):
        now = plain(render(seen, console), console)
        if now != before:
            typer.echo(now)
        before = now
