"""What the measurements of logs came to: tables, a plot, and ten million votes on paper."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from benchmarks.logs import History, Line, Read

PAPER: Final = 10_000_000
NOTE: Final = (
    "CPU s: processor time of the process that does it; s: on the clock. Memory is what it needs "
    "above an idle one. Restarts: until the server answers, with the append-only file as it grew, "
    "and rewritten; archiving began with a rewritten one. The last column is on paper: a straight "
    "line through the two largest logs that were measured, or what does not grow as it was."
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """`grows`: in proportion to the votes."""

    name: str
    unit: str
    of: Callable[[Any], float]
    """Of a Line or a Read."""
    grows: bool = True

    def on_paper(self, lines: Sequence[Line | Read]) -> float:
        """Where what grows is on a straight line through the two largest logs."""
        largest = lines[-1]
        value = self.of(largest)
        if not self.grows:
            return value
        if len(lines) == 1:
            return value * PAPER / largest.votes
        rate = (value - self.of(lines[-2])) / (largest.votes - lines[-2].votes)
        return value + rate * (PAPER - largest.votes)


Curves = Mapping[str, tuple[Quantity, Sequence[Line | Read]]]


def restart(archived: bool, rewritten: bool) -> Callable[[Line], float]:
    def seconds(line: Line) -> float:
        found = line.restart_archived if archived else line.restart
        return found.rewritten_s if rewritten else found.grown_s

    return seconds


MIB: Final = 2**20
FOLD_S: Final = Quantity("read and fold, archived", "CPU s", lambda x: x.fold.cpu_s)
FOLD_MIB: Final = Quantity(FOLD_S.name, "MiB", lambda x: x.fold.grown_mib)
FLAT_MIB: Final = Quantity(FOLD_S.name, "MiB", lambda x: x.fold.grown_mib, grows=False)
NEWEST_S: Final = Quantity("what a snapshot reads", "CPU s", lambda x: x.newest.cpu_s, grows=False)
NEWEST_MIB: Final = Quantity(NEWEST_S.name, "MiB", lambda x: x.newest.grown_mib, grows=False)
STREAM_S: Final = Quantity("read and fold, Redis alone", "CPU s", lambda x: x.fold_stream.cpu_s)
STREAM_MIB: Final = Quantity(STREAM_S.name, "MiB", lambda x: x.fold_stream.grown_mib)
REPLACED: Final = (FOLD_S, FLAT_MIB, replace(NEWEST_S, grows=True), NEWEST_MIB)
"""Where too few opinions hold, a snapshot reads all of them."""
MOVE_S: Final = Quantity("archive all but the tail", "CPU s", lambda x: x.archive.cpu_s)
MOVE_MIB: Final = Quantity(MOVE_S.name, "MiB", lambda x: x.archive.grown_mib, grows=False)
RESTARTS: Final = (
    Quantity("restart, all in Redis", "s", restart(archived=False, rewritten=False)),
    Quantity("restart, all in Redis, rewritten", "s", restart(archived=False, rewritten=True)),
    Quantity("restart, archived", "s", restart(archived=True, rewritten=False)),
    Quantity("restart, archived, rewritten", "s", restart(archived=True, rewritten=True)),
)
ALL_HOLD: Final = (
    Quantity("Redis, log entry", "B a vote", lambda x: x.stream_bytes / x.votes, grows=False),
    Quantity("Redis, opinion slot", "B a vote", lambda x: x.slot_bytes / x.votes, grows=False),
    Quantity("Parquet", "B a vote", lambda x: x.parquet_bytes / x.archive.number, grows=False),
    Quantity("Redis, log, all in it", "MiB", lambda x: x.stream_bytes / MIB),
    Quantity("Redis, log, archived", "MiB", lambda x: x.tail_bytes / MIB, grows=False),
    Quantity("Redis, opinion slots", "MiB", lambda x: x.slot_bytes / MIB),
    Quantity("Parquet files", "MiB", lambda x: x.parquet_bytes / MIB),
    *(STREAM_S, STREAM_MIB, MOVE_S, MOVE_MIB, *RESTARTS),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """All that was measured, the smallest logs first."""

    held: list[Read]
    replaced: list[Read]
    lines: list[Line]
    histories: list[History]


def table(title: str, quantities: Sequence[Quantity], lines: Sequence[Line | Read]) -> str:
    sizes = " | ".join(f"{line.votes:,}" for line in lines)
    rows = [
        f"| {title} | | {sizes} | {PAPER:,} on paper |",
        "|---|---|" + "---|" * (len(lines) + 1),
    ]
    for quantity in quantities:
        values = [*map(quantity.of, lines), quantity.on_paper(lines)]
        told = " | ".join(_say(value) for value in values)
        rows.append(f"| {quantity.name} | {quantity.unit} | {told} |")
    return "\n".join(rows)


def history_table(histories: Sequence[History]) -> str:
    """Bytes a vote of every record behind it, and whole snapshots of a few and of more votes."""
    few, more = histories
    sizes = more.bytes_per_vote
    rows = ["| Redis holds for each vote | bytes |", "|---|---|"]
    rows += [f"| {name} | {size:.0f} |" for name, size in sizes.items()]
    rows.append(f"| together | {sum(sizes.values()):.0f} |")
    wholes = " and ".join(
        f"of {h.votes:,} votes {h.snapshot.cpu_s:.1f} CPU s and {h.snapshot.grown_mib:.0f} MiB"
        for h in histories
    )
    votes = more.votes - few.votes
    each_ms = 1e3 * (more.snapshot.cpu_s - few.snapshot.cpu_s) / votes
    each_kib = 1024 * (more.snapshot.grown_mib - few.snapshot.grown_mib) / votes
    said = f"Each vote more takes {each_ms:.2f} CPU ms and {each_kib:.1f} KiB."
    return "\n".join([*rows, "", f"A whole snapshot, with conversations, took {wholes}. {said}"])


def _say(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write(folder: Path, machine: Mapping[str, Any], figures: Figures) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    document = {"machine": machine, **asdict(figures)}
    (folder / "log.json").write_text(json.dumps(document, indent=2) + "\n")
    parts = [
        NOTE,
        table("archived, all votes hold", (FOLD_S, FOLD_MIB, NEWEST_S, NEWEST_MIB), figures.held),
        table("archived, votes replace each other", REPLACED, figures.replaced),
        table("in Redis, all votes hold", ALL_HOLD, figures.lines),
    ]
    if figures.histories:
        parts.append(history_table(figures.histories))
    (folder / "log.md").write_text("\n\n".join(parts) + "\n")
    draw(figures, folder / "log.png")


def draw(figures: Figures, path: Path) -> None:
    """Memory, seconds and restarts against the number of votes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    held = "read and fold, all hold"
    replaced = "read and fold, votes replace each other"
    memory: Curves = {
        held: (FOLD_MIB, figures.held),
        replaced: (FLAT_MIB, figures.replaced),
        NEWEST_S.name: (NEWEST_MIB, figures.held),
        "archive": (MOVE_MIB, figures.lines),
    }
    seconds: Curves = {
        held: (FOLD_S, figures.held),
        replaced: (FOLD_S, figures.replaced),
        NEWEST_S.name: (NEWEST_S, figures.held),
        "archive": (MOVE_S, figures.lines),
    }
    panels: dict[str, Curves] = {
        "memory above an idle process": memory,
        "time": seconds,
        "restart of the server": {q.name: (q, figures.lines) for q in RESTARTS},
    }
    figure, axes = pyplot.subplots(1, len(panels), figsize=(15, 4.3))
    for axis, (title, curves) in zip(axes, panels.items(), strict=True):
        for name, (quantity, lines) in curves.items():
            _curve(axis, lines, quantity, name)
            axis.set(title=title, xlabel="votes in the log", ylabel=quantity.unit)
        axis.set(xscale="log", yscale="log")
        axis.legend(fontsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def _curve(axis: Any, lines: Sequence[Line | Read], quantity: Quantity, name: str) -> None:
    """Measured as a line, on paper as a hollow point."""
    sizes = [line.votes for line in lines]
    (drawn,) = axis.plot(sizes, [quantity.of(line) for line in lines], "o-", label=name)
    on_paper = [quantity.on_paper(lines)]
    axis.plot([PAPER], on_paper, "o", color=drawn.get_color(), fillstyle="none")
