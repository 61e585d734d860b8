"""Progress of a command with several stages: bars on a terminal, one line per news in a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

Advance = Callable[[], None]
Say = Callable[[str, float], None]

WHOLE: Final = 100.0


def make_bars(console: Console, clock: ProgressColumn) -> Progress:
    """A line a stage: name, bar, share, clock and a `note`. Draws on terminals only."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        clock,
        TextColumn("{task.fields[note]}", style="dim"),
        console=console,
        disable=not console.is_terminal,
    )


class Stages:
    """Stages on a console, one after another. Seconds of each are kept in `seconds`."""

    def __init__(self, console: Console) -> None:
        self.seconds: dict[str, float] = {}
        self._console = console
        self._progress = make_bars(console, TimeElapsedColumn())

    def __enter__(self) -> Stages:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._progress.stop()

    @contextmanager
    def counted(self, name: str, total: int) -> Iterator[Advance]:
        """A stage whose steps are counted: call what it gives after each."""
        task = self._progress.add_task(name, total=total, note="")
        with self._timed(name):
            yield lambda: self._progress.advance(task)
        self._log(f"{name}: {total} in {self.seconds[name]:.1f} s")

    @contextmanager
    def waiting(self, name: str) -> Iterator[Say]:
        """A stage that somebody else works on: say what is known about it."""
        task = self._progress.add_task(name, total=WHOLE, note="")
        last = ""

        def say(note: str, fraction: float) -> None:
            nonlocal last
            self._progress.update(task, completed=fraction * WHOLE, note=escape(note))
            if note != last:
                self._log(f"{name}: {note}")
            last = note

        with self._timed(name):
            yield say
        self._progress.update(task, completed=WHOLE, note="")
        self._log(f"{name}: done in {self.seconds[name]:.1f} s")

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - began, 2)

    def _log(self, line: str) -> None:
        if not self._console.is_terminal:
            self._console.print(escape(line), soft_wrap=True)
