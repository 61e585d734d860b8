"""`thumbwheel status`: who answers, what is waiting, why no new model today, and what is broken."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from cli.api import Api, connect
from cli.overview import Overview, read_overview
from cli.replies import Json
from cli.shell import EXIT_FAILED, AsJson, Url, find_url, out, print_json
from core.errors import Unavailable

WATCH_S: Final = 1.0


def status(
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Keep looking until Ctrl-C.")] = (
        False
    ),
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Who answers, who is on trial, and why no new model today. Exit code 1 when not ready."""
    address = find_url(url)
    if watch:
        asyncio.run(_watch(address))
        return
    seen = asyncio.run(_look(address))
    if as_json:
        print_json(seen)
    else:
        out().print(render(seen))
    if not seen["fleet"]["ready"]:
        raise typer.Exit(EXIT_FAILED)


async def _look(url: str) -> Json:
    async with connect(url) as api:
        return await look(api)


async def look(api: Api) -> Json:
    """What there is to see. While Redis is away the readiness still names it."""
    fleet = await api.ready()
    try:
        return {"fleet": fleet, "assistants": await api.assistants()}
    except Unavailable as error:
        return {"fleet": fleet, "assistants": [], "error": error.message}


async def _watch(url: str) -> None:
    async with connect(url) as api:
        with Live(console=out(), auto_refresh=False) as live:
            while True:
                try:
                    shown = render(await look(api))
                except Unavailable as error:
                    shown = f"[bold red]{escape(error.message)}[/]"
                live.update(shown, refresh=True)
                await asyncio.sleep(WATCH_S)


def render(seen: Json) -> RenderableType:
    rows = [read_overview(row) for row in seen["assistants"]]
    shown: list[RenderableType] = [_readiness(seen["fleet"])]
    if rows:
        shown.append(_assistants(rows))
    if error := seen.get("error"):
        shown.append(f"[red]{escape(error)}[/]")
    return Group(*shown)


def _readiness(fleet: dict[str, Any]) -> str:
    word = "[bold green]ready[/]" if fleet["ready"] else "[bold red]not ready[/]"
    return "\n".join([word, *(_part(name, part) for name, part in fleet["parts"].items())])


def _part(name: str, part: dict[str, Any]) -> str:
    if part["ok"]:
        detail = f" {escape(part['detail'])}" if part["detail"] else ""
        return f"  [green]ok[/]     {name}{detail}"
    word = "[red]broken[/]" if part["needed"] else "[yellow]broken[/]"
    return f"  {word} {name}: {escape(part['why'])}"


def _assistants(rows: list[Overview]) -> Table:
    table = Table("assistant", "answers", "before it", "on its way", "waiting", "now")
    for row in rows:
        table.add_row(
            row.id,
            row.champion,
            row.previous or "-",
            _on_its_way(row),
            _waiting(row),
            _now(row),
        )
    return table


def _on_its_way(row: Overview) -> str:
    if row.challenger:
        return f"{row.challenger}\n[cyan]on trial[/] with {row.share:.0%} of the people"
    return row.candidate or "-"


def _waiting(row: Overview) -> str:
    """Feedback that no run has learned from, against what starts one."""
    needed, waiting = row.why_not.needed, row.why_not.waiting
    kinds = dict.fromkeys([*needed, *waiting])
    return "\n".join(
        f"{waiting.get(kind, 0)} of {needed[kind]} {kind}"
        if kind in needed
        else f"{waiting[kind]} {kind}"
        for kind in kinds
    )


def _now(row: Overview) -> str:
    lines = [f"[yellow]held[/]: {escape(row.hold_reason)}"] if row.held else []
    if run := row.active_run:
        eta = f", {run.eta_s:.0f} s left" if run.eta_s else ""
        lines.append(f"[cyan]{run.phase} {run.fraction:.0%}[/]{eta} {escape(run.message)}")
        lines.append(f"[dim]{run.id}: {escape(run.reason)}[/]")
    else:
        lines.append(escape(row.why_not.reason))
    lines += [f"[yellow]warning[/]: {escape(warning)}" for warning in row.warnings]
    return "\n".join(lines)
