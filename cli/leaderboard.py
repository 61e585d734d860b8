"""`thumbwheel leaderboard`: which version people prefer, at equal style, and how surely."""

from __future__ import annotations

import asyncio
import math
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.api import connect
from cli.layout import interval_bar, make_table, show
from cli.replies import Json
from cli.shell import AsJson, AssistantName, Url, find_url, out, print_json

WIDE: Final = 110
"""Columns from which on votes are counted and intervals drawn."""


def leaderboard(assistant: AssistantName, as_json: AsJson = False, url: Url = "") -> None:
    """Rank an assistant's versions by people's votes, at equal length and layout."""
    found = asyncio.run(_get(find_url(url), assistant, as_json))
    if as_json:
        print_json(found)
    elif found["entries"]:
        console = out()
        show(board(found["entries"], console), console)
        console.print(summary(found), soft_wrap=True, markup=False)
    else:
        out().print(f"Nobody has compared answers of {assistant} yet")


async def _get(url: str, assistant: str, as_json: bool) -> Json:
    async with connect(url, as_it_is=as_json) as api:
        return await api.leaderboard(assistant)


def board(entries: list[Json], console: Console) -> Table:
    """The strongest first, with intervals drawn and votes counted where there is room."""
    if not console.is_terminal:
        heads = ("rank", "version", "win rate", "95 %", "against", "votes", "won", "lost")
        table = make_table(console, *heads)
        for entry in entries:
            table.add_row(*_figures(entry), _against(entry), *_votes(entry))
        return table
    wide = console.width >= WIDE
    more = ("0 %     half    100 %", "votes", "won", "lost") if wide else ()
    table = make_table(console, "rank", "version", "win rate", "95 %", *more)
    table.columns[1].overflow = "fold"
    for entry in entries:
        rank, version, *share = _figures(entry)
        if against := _against(entry):
            version += Text(f"\nagainst {against}", "dim")
        cells: list[Text | str] = [_drawn(entry), *_votes(entry)] if wide else []
        table.add_row(rank, version, *share, *cells)
    return table


def _figures(entry: Json) -> list[Text]:
    share = entry["win_rate"]
    sure = f"{share['low']:.1%} to {share['high']:.1%}" if _against(entry) else ""
    cells = (str(entry["rank"]), entry["version"], f"{share['value']:.1%}", sure)
    return [Text(cell) for cell in cells]


def _against(entry: Json) -> str:
    """Whom a version is measured against, "" for who is measured against itself."""
    return "" if entry["against"] == entry["version"] else str(entry["against"])


def _votes(entry: Json) -> list[str]:
    return [str(entry[name]) for name in ("votes", "wins", "losses")]


def _drawn(entry: Json) -> Text:
    share = entry["win_rate"]
    if not _against(entry):
        return Text("others against it", "dim")
    return interval_bar(share["low"], share["value"], share["high"])


def summary(found: Json) -> str:
    """What it rests on, and what style alone does to a vote between equals."""
    lines = [f"{found['votes']} judged pairs of {found['people']} people"]
    if not found["window"]["complete"]:
        lines[0] += f", from the newest {found['window']['entries']} entries of the log"
    for name, worth in found["style"].items():
        low, high = (1 / (1 + math.exp(-worth[end])) for end in ("low", "high"))
        lines.append(f"more {name}: chosen in {low:.0%} to {high:.0%}, all else equal")
    return "\n".join(lines)
