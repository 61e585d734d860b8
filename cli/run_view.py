"""A run for people: its verdict with the figures, a line in a list, its progress until the end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from core.records import Run, Verdict

STYLES = {"promote": "green", "trial": "cyan", "reject": "red", "rollback": "red", "hold": "yellow"}


def render_verdict(run: Run, console: Console) -> None:
    """The decision, its reason, and every figure it was made from."""
    if run.verdict is None:
        console.print(f"{run.id} has no verdict yet")
        return
    console.print(f"{run.id}: {describe_verdict(run.verdict)}", soft_wrap=True)
    table = Table(show_header=False, box=None, padding=(0, 2))
    for name, value in _flatten(run.verdict.figures):
        table.add_row(name, escape(value))
    console.print(table)


def describe_verdict(verdict: Verdict) -> str:
    style = STYLES[verdict.decision]
    version = f" ({verdict.version})" if verdict.version else ""
    return f"[bold {style}]{verdict.decision}[/]{escape(version)}: {escape(verdict.reason)}"


def list_runs(runs: list[Run]) -> Table:
    table = Table("run", "started", "why", "state", "verdict")
    for run in runs:
        started = datetime.fromtimestamp(run.created).strftime("%Y-%m-%d %H:%M:%S")
        state = run.state if run.verdict else f"{run.phase} {run.fraction:.0%}"
        verdict = describe_verdict(run.verdict) if run.verdict else ""
        table.add_row(run.id, started, escape(run.reason), state, verdict)
    return table


def _flatten(figures: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            rows += _flatten(value, f"{prefix}{name}.")
        else:
            rows.append((prefix + name, f"{value:.4g}" if isinstance(value, float) else str(value)))
    return rows
