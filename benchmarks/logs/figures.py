"""What the measurements of logs came to: tables, a plot, and ten million votes on paper."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.logs import History, Line, Replaced

PAPER: Final = 10_000_000
NOTE: Final = (
    "Memory is what a process needs above an idle one. Restarts: seconds until the server answers, "
    "with the append-only file as it grew, and rewritten. The last column is on paper: a straight "
    "line through the two largest logs that were measured, or what does not grow as it was."
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """`grows`: in proportion to the votes."""

    name: str
    unit: str
    of: Callable[[Any], float]
    """Of a Line or a Replaced."""
    grows: bool = True

    def on_paper(self, lines: Sequence[Line | Replaced]) -> float:
        """Where what grows is on a straight line through the two largest logs."""
        largest = lines[-1]
        value = self.of(largest)
        if not self.grows:
            return value
        if len(lines) == 1:
            return value * PAPER / largest.votes
        rate = (value - self.of(lines[-2])) / (largest.votes - lines[-2].votes)
        return value + rate * (PAPER - largest.votes)


def restart(archived: bool, rewritten: bool) -> Callable[[Line], float]:
    def seconds(line: Line) -> float:
        found = line.restart_archived if archived else line.restart
        return found.rewritten_s if rewritten else found.grown_s

    return seconds


MIB: Final = 2**20
FOLD_S: Final = Quantity("read and fold, archive and tail", "s", lambda x: x.fold_archive.seconds)
FOLD_MIB: Final = Quantity(FOLD_S.name, "MiB", lambda x: x.fold_archive.grown_mib)
STREAM_S: Final = Quantity("read and fold, Redis alone", "s", lambda x: x.fold_stream.seconds)
STREAM_MIB: Final = Quantity(STREAM_S.name, "MiB", lambda x: x.fold_stream.grown_mib)
MOVE_S: Final = Quantity("archive all but the tail", "s", lambda x: x.archive.seconds)
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
    *(STREAM_S, STREAM_MIB, FOLD_S, FOLD_MIB, MOVE_S, MOVE_MIB, *RESTARTS),
)
REPLACED: Final = (
    Quantity("opinions that hold", "", lambda x: float(x.fold.number), grows=False),
    Quantity(FOLD_S.name, "s", lambda x: x.fold.seconds),
    Quantity(FOLD_S.name, "MiB", lambda x: x.fold.grown_mib, grows=False),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """All that was measured, the smallest logs first."""

    lines: list[Line]
    replaced: list[Replaced]
    histories: list[History]


def table(title: str, quantities: Sequence[Quantity], lines: Sequence[Line | Replaced]) -> str:
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
        f"of {h.votes:,} votes {h.snapshot.seconds:.1f} s and {h.snapshot.grown_mib:.0f} MiB"
        for h in histories
    )
    votes = more.votes - few.votes
    each_ms = 1e3 * (more.snapshot.seconds - few.snapshot.seconds) / votes
    each_kib = 1024 * (more.snapshot.grown_mib - few.snapshot.grown_mib) / votes
    said = f"Each vote more takes {each_ms:.2f} ms and {each_kib:.1f} KiB."
    return "\n".join([*rows, "", f"A whole snapshot, with conversations, took {wholes}. {said}"])


def _say(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write(folder: Path, machine: Mapping[str, Any], figures: Figures) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    document = {"machine": machine, **asdict(figures)}
    (folder / "log.json").write_text(json.dumps(document, indent=2) + "\n")
    parts = [
        NOTE,
        table("all votes hold", ALL_HOLD, figures.lines),
        table("votes replace each other", REPLACED, figures.replaced),
        history_table(figures.histories),
    ]
    (folder / "log.md").write_text("\n\n".join(parts) + "\n")
    draw(figures, folder / "log.png")


def draw(figures: Figures, path: Path) -> None:
    """Memory, seconds and restarts against the number of votes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    panels: dict[str, dict[str, Quantity]] = {
        "memory above an idle process": {"read and fold": FOLD_MIB, "archive": MOVE_MIB},
        "time": {"read and fold": FOLD_S, "archive": MOVE_S},
        "restart of the server": {quantity.name: quantity for quantity in RESTARTS},
    }
    figure, axes = pyplot.subplots(1, len(panels), figsize=(15, 4.3))
    for axis, (title, quantities) in zip(axes, panels.items(), strict=True):
        for name, quantity in quantities.items():
            _curve(axis, figures.lines, quantity, name)
        axis.set(title=title, xlabel="votes in the log", ylabel=quantity.unit)
        axis.set(xscale="log", yscale="log")
    for axis, quantity in zip(axes[:2], REPLACED[:0:-1], strict=True):
        _curve(axis, figures.replaced, quantity, "read and fold, votes replace each other")
    for axis in axes:
        axis.legend(fontsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def _curve(axis: Any, lines: Sequence[Line | Replaced], quantity: Quantity, name: str) -> None:
    """Measured as a line, on paper as a hollow point."""
    sizes = [line.votes for line in lines]
    (drawn,) = axis.plot(sizes, [quantity.of(line) for line in lines], "o-", label=name)
    on_paper = [quantity.on_paper(lines)]
    axis.plot([PAPER], on_paper, "o", color=drawn.get_color(), fillstyle="none")
