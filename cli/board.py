"""Shows the parts while they start: a live table on a terminal, plain lines elsewhere.

A terminal that was closed shows nothing more, and must not keep the parts from being ended.
"""

from __future__ import annotations

import time
from contextlib import suppress
from types import TracebackType
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from cli.runfiles import PartStatus, Snapshot

LINE_EVERY_S: Final = 5.0
"""Longest silence of the plain view while something is waited for."""
STYLES: Final = {
    "waiting": "dim",
    "starting": "yellow",
    "ready": "green",
    "restarting": "red",
    "stopping": "yellow",
    "ended": "dim",
}


class Board:
    """A context manager; call `show` with every snapshot and `tick` at least once a second."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, refresh_per_second=8) if console.is_terminal else None
        self._told: dict[str, tuple[str, str]] = {}
        self._last_line = time.monotonic()

    def __enter__(self) -> Board:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leaves the last view standing; later lines go below it."""
        if self._live:
            with suppress(OSError):
                self._live.stop()
            self._live = None

    def show(self, snapshot: Snapshot) -> None:
        if self._live:
            # Drawn by Rich's own thread.
            self._live.update(render(snapshot))
        else:
            self._tell_changes(snapshot)

    def tick(self, snapshot: Snapshot) -> None:
        """Time goes on though nothing changed."""
        if self._live:
            self._live.update(render(snapshot))
        elif time.monotonic() - self._last_line >= LINE_EVERY_S:
            self._line(waiting_line(snapshot))

    def say(self, text: str, *, markup: bool = True) -> None:
        """One line for good."""
        with suppress(OSError):
            self._console.print(text, markup=markup, highlight=False, soft_wrap=True)

    def _tell_changes(self, snapshot: Snapshot) -> None:
        for part in snapshot.parts:
            worth_telling = (part.state, part.detail if part.state == "restarting" else "")
            if self._told.get(part.name) != worth_telling:
                self._told[part.name] = worth_telling
                self._line(f"{part.name}: {part.state} {worth_telling[1]}".rstrip())

    def _line(self, text: str) -> None:
        self._last_line = time.monotonic()
        self.say(text, markup=False)


def render(snapshot: Snapshot) -> Table:
    """One row a part: where it stands, for how long, and why."""
    elapsed_s = snapshot.ready_s or time.time() - snapshot.started
    table = Table(box=None, pad_edge=False, title=f"{elapsed_s:.0f} s", title_justify="left")
    for name, justify in (("part", "left"), ("", "left"), ("s", "right"), ("", "left")):
        table.add_column(name, justify=justify, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]
    for part in snapshot.parts:
        seconds = f"{time.time() - part.since:.0f}" if part.state != "ready" else ""
        table.add_row(
            part.name, _mark(part), seconds, part.detail.splitlines()[0] if part.detail else ""
        )
    return table


def _mark(part: PartStatus) -> Spinner | str:
    style = STYLES[part.state]
    if part.state == "starting":
        return Spinner("dots", text=part.state, style=style)
    return f"[{style}]{part.state}[/{style}]"


def waiting_line(snapshot: Snapshot) -> str:
    """What is still waited for, in one line."""
    open_parts = [p for p in snapshot.parts if p.state != "ready"]
    reasons = [f"{p.name} ({p.state}{': ' + p.detail if p.detail else ''})" for p in open_parts]
    what = ", ".join(reasons) or f"the API: {snapshot.missing}"
    return f"{time.time() - snapshot.started:.0f} s, waiting for {what}"
