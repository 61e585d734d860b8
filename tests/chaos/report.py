"""The report of a chaos run: everything as JSON, what a reader asks first as Markdown."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.chaos.play import Story
from tests.chaos.storm import Event


def write_report(folder: Path, story: Story, how: dict[str, Any]) -> None:
    """`chaos.json` and `chaos.md`; `how`: seed and settings of the run."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = json.dumps({**how, **asdict(story)}, indent=1)
    (folder / "chaos.json").write_text(f"{whole}\n")
    (folder / "chaos.md").write_text(describe(story, how))


def describe(story: Story, how: dict[str, Any]) -> str:
    told = ", ".join(f"{name} {value}" for name, value in how.items())
    hits = sum(bool(event.target) for event in story.events)
    troubles = len(story.events) - hits
    lines = [
        "# Faults under steady chat and votes",
        "",
        f"{hits} faults of processes and {troubles} troubles in {story.seconds / 60:.0f} minutes "
        f"({told}); {story.missed} found nobody to hit.",
        "",
        "**Every promise was kept.**" if not story.problems else "**Broken:**",
        *(f"- {problem}" for problem in story.problems),
        "",
        *_table(story.events),
        "",
        *_figures(story.figures),
    ]
    return "\n".join(lines) + "\n"


def _table(events: Iterable[Event]) -> list[str]:
    by_kind: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        by_kind[event.target, event.action].append(event)
    rows = [
        "| hit | how | times | seconds until it works again: median | longest |",
        "|---|---|---|---|---|",
    ]
    for (target, action), found in sorted(by_kind.items()):
        times = [e.recovered_s for e in found if e.recovered_s is not None]
        never = "" if len(times) == len(found) else f", {len(found) - len(times)} never"
        median, longest = (statistics.median(times), max(times)) if times else (0.0, 0.0)
        rows.append(
            f"| {target or '(trouble)'} | {action} | {len(found)}{never} "
            f"| {median:.1f} | {longest:.1f} |"
        )
    return rows


def _figures(figures: dict[str, Any]) -> list[str]:
    return [f"- {name}: {_say(value)}" for name, value in figures.items()]


def _say(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name} {_say(inner)}" for name, inner in value.items()) or "none"
    return str(value)
