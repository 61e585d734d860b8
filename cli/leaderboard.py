"""`thumbwheel leaderboard`: which version people prefer, at equal style, and how surely."""

from __future__ import annotations

import asyncio
import math
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.api import connect
from cli.layout import interval_bar, make_table
from cli.replies import Json
from cli.shell import AsJson, AssistantName, Url, find_url, out, print_json

WIDE: Final = 110
"""Columns from which on votes are counted and intervals drawn."""


def leaderboard(assistant: AssistantName, as_json: AsJson = False, url: Url = "") -> None:
    """Rank an assistant's versions by people's votes, at equal length and layout."""
    found = asyncio.run(_get(find_url(url), assistant))
    if as_json:
        print_json(found)
    elif found["entries"]:
        console = out()
        console.print(board(found["entries"], console))
        console.print(summary(found), soft_wrap=True, markup=False)
    else:
        out().print(f"Nobody has compared answers of {assistant} yet")


async def _get(url: str, assistant: str) -> Json:
    async with connect(url) as api:
        return await api.leaderboard(assistant)


def board(entries: list[Json], console: Console) -> Table:
    """The strongest first; where it is narrow, whom it is measured against stands below it."""
    wide = console.width >= WIDE
    drawn = ["0 %   half   100 %"] if wide and console.is_terminal else []
    counted = ["against", "votes", "won", "lost"] if wide else []
    table = make_table(console, "rank", "version", "win rate", "95 %", *drawn, *counted)
    for entry in entries:
        table.add_row(*_row(entry, bool(drawn), wide))
    return table


def _row(entry: Json, drawn: bool, wide: bool) -> list[Text]:
    share = entry["win_rate"]
    measured = entry["version"] != entry["against"]
    sure = f"{share['low']:.1%} to {share['high']:.1%}" if measured else ""
    against = entry["against"] if measured else ""
    row = [str(entry["rank"]), entry["version"], f"{share['value']:.1%}", sure]
    if not wide and against:
        row[1] += f"\nagainst {against}"
    cells = [Text(cell) for cell in row]
    if drawn:
        empty = Text("everybody against it", "dim")
        line = interval_bar(share["low"], share["value"], share["high"])
        cells.append(line if measured else empty)
    if wide:
        votes = (str(entry[name]) for name in ("votes", "wins", "losses"))
        cells += [Text(cell) for cell in (against, *votes)]
    return cells


def summary(found: Json) -> str:
    """What it rests on, and what style alone does to a vote between equals."""
    lines = [f"{found['votes']} judged pairs of {found['people']} people"]
    if not found["window"]["complete"]:
        lines[0] += f", from the newest {found['window']['entries']} entries of the log"
    for name, worth in found["style"].items():
        low, high = (1 / (1 + math.exp(-worth[end])) for end in ("low", "high"))
        lines.append(f"more {name}: chosen in {low:.0%} to {high:.0%}, all else equal")
    return "\n".join(lines)
