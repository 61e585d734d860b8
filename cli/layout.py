"""How figures look: framed on a terminal, bare columns in a pipe. Colours only repeat what words,
signs and lengths say.
"""

from __future__ import annotations

import time
from typing import Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

BAR: Final = 16
"""Columns of a bar."""
UNITS: Final = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"))


def show(body: RenderableType, console: Console) -> None:
    """On a terminal as it is, in a pipe `plain`."""
    if console.is_terminal:
        console.print(body)
        return
    console.file.write(plain(body, console))
    console.file.flush()


def plain(body: RenderableType, console: Console) -> str:
    """Its lines, without the spaces that only fill up columns."""
    with console.capture() as capture:
        console.print(body)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().split("\n")[:-1])


def make_table(console: Console, *heads: str) -> Table:
    """Lines between rows on a terminal, where cells wrap; one line a row in a pipe."""
    if not console.is_terminal:
        return Table(*heads, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="")
    return Table(*heads, box=box.ROUNDED, header_style="bold", show_lines=True, border_style="dim")


def make_facts() -> Table:
    """Rows of a name and what there is to say of it."""
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(style="dim", overflow="fold")
    facts.add_column(overflow="fold")
    return facts


def frame(console: Console, title: Text, body: RenderableType) -> RenderableType:
    if not console.is_terminal:
        return Group(title, Padding.indent(body, 2))
    return Panel(body, title=title, title_align="left", border_style="dim", padding=(0, 1))


def bar(share: float, width: int = BAR) -> Text:
    """How much of the whole there is."""
    full = round(max(0.0, min(1.0, share)) * width)
    return Text.assemble(("█" * full, "cyan"), ("░" * (width - full), "dim"))


def interval_bar(low: float, value: float, high: float, width: int = BAR + 5) -> Text:
    """An estimate and its interval between 0 and 1; the line in the middle is one half."""
    signs = ["·"] * width
    signs[width // 2] = "│"
    places = [round(max(0.0, min(1.0, at)) * (width - 1)) for at in (low, value, high)]
    for place in range(places[0], places[2] + 1):
        signs[place] = "━"
    signs[places[1]] = "●"
    return Text("".join(signs))


def ago(at: float) -> str:
    """How long it is since then."""
    return lasting(max(0.0, time.time() - at))


def left(eta_s: float | None) -> str:
    """What is to be said behind a share, where it is known how long the rest takes."""
    return f", {lasting(eta_s)} left" if eta_s else ""


def lasting(seconds: float) -> str:
    """Roughly, in one unit."""
    for size, unit in UNITS:
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
