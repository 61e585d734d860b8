"""A run for people: its verdict with the figures, or how far it is; several in a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.layout import ago, bar, frame, left, make_facts, make_table, show
from core.gaming import tell_gaming
from core.records import Run, Verdict

STYLES: Final = {
    "promote": "green",
    "trial": "cyan",
    "reject": "red",
    "rollback": "red",
    "hold": "yellow",
}


def render_verdict(run: Run, console: Console) -> None:
    """The decision, its reason, and every figure it was made from."""
    title = Text(run.id, "bold")
    if run.verdict is None:
        going = Group(_progress(run), Text("no verdict yet", "dim"))
        show(frame(console, title, going), console)
        return
    figures = make_facts()
    for name, value in _flatten(run.verdict.figures):
        figures.add_row(name, Text(value))
    gaming = tell_gaming(run.verdict.figures.get("data") or {})
    warned = [Text(f"some votes {gaming}", "yellow")] if gaming else []
    body = Group(describe_verdict(run.verdict), *warned, figures)
    show(frame(console, title, body), console)


def describe_verdict(verdict: Verdict) -> Text:
    version = f" ({verdict.version})" if verdict.version else ""
    decision = (verdict.decision, f"bold {STYLES[verdict.decision]}")
    return Text.assemble(decision, f"{version}: {verdict.reason}")


def list_runs(runs: Sequence[Run], console: Console) -> Table:
    """Newest first: two columns on a terminal, a line a run in a pipe."""
    if not console.is_terminal:
        return _lines(runs, console)
    table = make_table(console, "run", "how it went")
    table.columns[0].no_wrap = True
    table.columns[1].overflow = "fold"
    for run in runs:
        when = f"{_started(run)}, {ago(run.created)} ago"
        ended = describe_verdict(run.verdict) if run.verdict else _progress(run)
        asked = Text(f"because: {run.reason}", "dim")
        table.add_row(Text(run.id) + Text(f"\n{when}", "dim"), Group(ended, asked))
    return table


def _lines(runs: Sequence[Run], console: Console) -> Table:
    table = make_table(console, "run", "started", "why", "state", "verdict")
    for run in runs:
        state = run.state if run.verdict else f"{run.phase} {run.fraction:.0%}"
        verdict = describe_verdict(run.verdict) if run.verdict else Text()
        table.add_row(run.id, _started(run), Text(run.reason), Text(state), verdict)
    return table


def _progress(run: Run) -> RenderableType:
    share = f" {run.phase} {run.fraction:.0%}{left(run.eta_s)} {run.message}"
    return bar(run.fraction) + Text(share)


def _started(run: Run) -> str:
    return datetime.fromtimestamp(run.created).strftime("%Y-%m-%d %H:%M:%S")


def _flatten(figures: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            rows += _flatten(value, f"{prefix}{name}.")
        else:
            rows.append((prefix + name, f"{value:.4g}" if isinstance(value, float) else str(value)))
    return rows
