"""The status for people: what is broken first, then a frame for each assistant."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.layout import bar, frame, left, make_facts
from cli.overview import Overview, read_overview
from cli.replies import Json
from core.records import Run


def render(seen: Json, console: Console) -> RenderableType:
    shown: list[RenderableType] = [_readiness(seen["fleet"])]
    for row in map(read_overview, seen["assistants"]):
        shown.append(frame(console, Text(row.id, "bold"), _facts(row)))
    if error := seen.get("error"):
        shown.append(Text(error, "red"))
    return Group(*shown)


def _readiness(fleet: Json) -> Table:
    """One line when all is well, else one for each part that is not."""
    parts = Table.grid(padding=(0, 2, 0, 0))
    parts.add_column(no_wrap=True)
    parts.add_column(overflow="fold")
    ready = Text("ready", "bold green") if fleet["ready"] else Text("not ready", "bold red")
    broken = {name: part for name, part in fleet["parts"].items() if not part["ok"]}
    well = [
        f"{name} {part['detail']}".rstrip()
        for name, part in fleet["parts"].items()
        if name not in broken
    ]
    if not broken:
        parts.add_row(ready, Text(", ".join(well)))
        return parts
    parts.add_row(ready, "")
    for name, part in broken.items():
        style = "red" if part["needed"] else "yellow"
        parts.add_row(Text("  broken", style), Text(f"{name}: {part['why']}"))
    if well:
        parts.add_row(Text("  ok", "green"), Text(", ".join(well)))
    return parts


def _facts(row: Overview) -> Table:
    facts = make_facts()
    before = f"  before it {row.previous}" if row.previous else ""
    facts.add_row("answers", Text.assemble((row.champion, "bold"), (before, "dim")))
    if row.challenger:
        share = f"{row.challenger}, with {row.share:.0%} of the people"
        facts.add_row("on trial", Text(share, "cyan"))
    elif row.candidate:
        facts.add_row("on its way", Text(row.candidate, "cyan"))
    _add_waiting(facts, row)
    if row.held:
        facts.add_row("held", Text(row.hold_reason, "yellow"))
    if row.active_run:
        _add_run(facts, row.active_run)
    else:
        facts.add_row("now", Text(row.why_not.reason))
    for warning in row.warnings:
        facts.add_row("warning", Text(warning, "yellow"))
    return facts


def _add_waiting(facts: Table, row: Overview) -> None:
    """Feedback that no run has learned from, against what starts one."""
    needed, waiting = row.why_not.needed, row.why_not.waiting
    name = "waiting"
    for kind in dict.fromkeys([*needed, *waiting]):
        count = waiting.get(kind, 0)
        if kind in needed:
            share = count / max(1, needed[kind])
            facts.add_row(name, bar(share) + Text(f" {count} of {needed[kind]} {kind}"))
        else:
            facts.add_row(name, Text(f"{count} {kind}"))
        name = ""


def _add_run(facts: Table, run: Run) -> None:
    share = f" {run.phase} {run.fraction:.0%}{left(run.eta_s)}"
    facts.add_row("now", bar(run.fraction) + Text(share))
    if run.message:
        facts.add_row("", Text(run.message))
    facts.add_row("", Text(f"{run.id}: {run.reason}", "dim"))
