"""`thumbwheel leaderboard`: which version people prefer, at equal style, and how surely."""

from __future__ import annotations

import asyncio
import math

from rich.markup import escape
from rich.table import Table

from cli.api import connect
from cli.replies import Json
from cli.shell import AsJson, AssistantName, Url, find_url, out, print_json


def leaderboard(assistant: AssistantName, as_json: AsJson = False, url: Url = "") -> None:
    """Rank an assistant's versions by people's votes, at equal length and layout."""
    found = asyncio.run(_get(find_url(url), assistant))
    if as_json:
        print_json(found)
    elif found["entries"]:
        out().print(_table(found["entries"]))
        out().print(_summary(found), soft_wrap=True)
    else:
        out().print(f"Nobody has compared answers of {assistant} yet")


async def _get(url: str, assistant: str) -> Json:
    async with connect(url) as api:
        return await api.leaderboard(assistant)


def _table(entries: list[Json]) -> Table:
    table = Table("rank", "version", "win rate", "95 %", "against", "votes", "won", "lost")
    for entry in entries:
        share = entry["win_rate"]
        measured = entry["version"] != entry["against"]
        table.add_row(
            str(entry["rank"]),
            escape(entry["version"]),
            f"{share['value']:.1%}",
            f"{share['low']:.1%} to {share['high']:.1%}" if measured else "",
            escape(entry["against"]) if measured else "",
            *(str(entry[name]) for name in ("votes", "wins", "losses")),
        )
    return table


def _summary(found: Json) -> str:
    """What it rests on, and what style alone does to a vote between equals."""
    lines = [f"{found['votes']} judged pairs of {found['people']} people"]
    if not found["window"]["complete"]:
        lines[0] += f", from the newest {found['window']['entries']} entries of the log"
    for name, worth in found["style"].items():
        low, high = (1 / (1 + math.exp(-worth[end])) for end in ("low", "high"))
        lines.append(f"more {name}: chosen in {low:.0%} to {high:.0%}, all else equal")
    return "\n".join(lines)
