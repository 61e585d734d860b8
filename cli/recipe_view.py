"""A recipe for people: its stages while they run, and its tables at the end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import TaskID, TextColumn
from rich.table import Table as RichTable

from cli.stages import WHOLE, make_bars
from trainer.recipes.instructgpt.tables import Table
from trainer.recipes.runner import News, Stage

_LINE_EVERY_S: Final = 15.0
"""Between two lines about one stage, where the console is no terminal."""


class StageView:
    """A bar a stage on a terminal; in a log a line for each start and end, and one now and then."""

    def __init__(self, console: Console, stages: Sequence[Stage]) -> None:
        self._console = console
        self._stages = stages
        self._progress = make_bars(console, TextColumn("{task.fields[clock]}"))
        self._tasks: dict[str, TaskID] = {}
        self._done: set[str] = set()
        self._told: dict[str, float] = {}

    def __enter__(self) -> StageView:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def show(self, news: Sequence[News]) -> None:
        for one in news:
            self._draw(one)
            if not self._console.is_terminal:
                self._tell(one)

    def _draw(self, one: News) -> None:
        name = one.stage.name
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(
                one.stage.title, total=WHOLE, clock="", note=""
            )
        self._progress.update(
            self._tasks[name],
            completed=one.fraction * WHOLE,
            clock=_clock(one),
            note=escape(one.message),
        )

    def _tell(self, one: News) -> None:
        name, now = one.stage.name, time.monotonic()
        if name in self._done or (not one.done and now - self._told.get(name, 0) < _LINE_EVERY_S):
            return
        self._told[name] = now
        if one.done:
            self._done.add(name)
        place = self._stages.index(one.stage) + 1
        line = f"{place}/{len(self._stages)} {one.stage.title}: {_clock(one)} {one.message}"
        self._console.print(escape(line.rstrip()), soft_wrap=True)


def _clock(one: News) -> str:
    if one.done:
        return f"done in {_minutes(one.seconds)}"
    left = "" if one.eta_s is None else f", {_minutes(one.eta_s)} left"
    return f"{one.fraction:.0%}, {_minutes(one.seconds)}{left}"


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def render(tables: Sequence[Table], directory: Path, console: Console) -> None:
    for table in tables:
        grid = RichTable(title=table.title, title_justify="left", caption=table.note or None)
        grid.caption_justify = "left"
        for title in table.head:
            grid.add_column(escape(title))
        for row in table.rows:
            grid.add_row(*map(escape, row))
        console.print(grid)
    console.print(f"Figures, plots and samples: {directory}/report.md", soft_wrap=True)
