"""Two blind answers beside each other while they are being said."""

from __future__ import annotations

from string import ascii_lowercase
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.answers import Blind
from cli.api import Api
from cli.replies import Json

REDRAWS_A_SECOND: Final = 12


async def show_comparison(api: Api, assistant: str, asked: list[Json], console: Console) -> Blind:
    """Draws them as they grow, then whole. Raises Unavailable when one of them breaks off."""
    blind = Blind("", [])
    live = Live(
        console=console,
        refresh_per_second=REDRAWS_A_SECOND,
        transient=True,
        vertical_overflow="crop",
    )
    async with api.stream_comparison(assistant, asked) as stream:
        with live:
            async for blind in stream:
                live.update(draw(blind))
    if console.is_terminal:
        console.print(draw(blind))
    else:
        for letter, candidate in zip(ascii_lowercase, blind.candidates, strict=False):
            console.print(f"{letter}> {candidate.text.strip()}", markup=False)
    return blind


def draw(blind: Blind) -> Table:
    grid = Table.grid(expand=True)
    for _ in blind.candidates:
        grid.add_column(ratio=1)
    letters = ascii_lowercase[: len(blind.candidates)]
    grid.add_row(
        *(
            Panel(Text(candidate.text.strip()), title=letter, border_style="dim")
            for letter, candidate in zip(letters, blind.candidates, strict=True)
        )
    )
    return grid
