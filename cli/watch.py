"""Looks again and again, until Ctrl-C: what every --watch does, also while the server is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.segment import Segment
from rich.text import Text

from cli.shell import complain
from core.errors import Unavailable

T = TypeVar("T")
Draw = Callable[[RenderableType], None]


async def keep_looking(
    look: Callable[[], Awaitable[T]], every_s: float, tell: Callable[[Unavailable], None]
) -> AsyncIterator[T]:
    """What each look sees. `tell` hears once that the server is away, and again only when it has
    been back.
    """
    away = False
    while True:
        try:
            seen = await look()
        except Unavailable as error:
            if not away:
                tell(error)
            away = True
        else:
            away = False
            yield seen
        await asyncio.sleep(every_s)


def complain_away(as_json: bool) -> Callable[[Unavailable], None]:
    return lambda error: complain(type(error).__name__, error.message, as_json)


def draw_away(draw: Draw) -> Callable[[Unavailable], None]:
    return lambda error: draw(Text(f"away: {error.message}", "bold red"))


@contextmanager
def drawing(console: Console) -> Iterator[Draw]:
    """Each view over the one before, cut where the terminal ends; the last one stays, whole and
    once.
    """
    last: RenderableType = Group()
    live = Live(console=console, auto_refresh=False, transient=True)

    def draw(view: RenderableType) -> None:
        nonlocal last
        last = view
        live.update(Fitted(view), refresh=True)

    try:
        with live:
            yield draw
    finally:
        console.print(last)


@dataclass(frozen=True, slots=True)
class Fitted:
    """As much of a view as the terminal has lines for, and a word about the rest."""

    view: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self.view, options, pad=False)
        # Where the view ends is a line for the cursor; the word about the rest takes one more.
        room = options.size.height - 1
        room = max(0, room - (len(lines) > room))
        for line in lines[:room]:
            yield from line
            yield Segment.line()
        if len(lines) > room:
            yield Text(f"... {len(lines) - room} more lines: make the window taller", "dim")
