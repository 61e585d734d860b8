"""What the measurements came to: lines, their table and plot, and the machine they are of."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.arms import APART, UNITS, Measured

HEADLINE = "ours, bf16"


@dataclass(frozen=True, slots=True)
class Line:
    """One arm of a method on one shape; medians over the turns. `counted`: whether the rates have
    in them what APART names; "" where the method has none.
    """

    method: str
    shape: str
    arm: str
    counted: str
    rows_per_s: float
    lowest: float
    highest: float
    peak_gib: float
    start_s: float
    turns: int

    @property
    def alike(self) -> tuple[str, str, str]:
        """What lines that are compared have in common."""
        return self.method, self.shape, self.counted


def summarise(method: str, shape: str, arm: str, turns: Sequence[Measured]) -> Iterator[Line]:
    """One line; two where a part is measured apart and can be left out."""
    part = APART[method]
    words = [f"with {part}"] if part else [""]
    if turns[0].apart_s > 0:
        words.append(f"without {part}")
    for word in words:
        rates = sorted(
            turn.rows / (turn.step_s + (0 if word.startswith("without") else turn.apart_s))
            for turn in turns
        )
        yield Line(
            method=method,
            shape=shape,
            arm=arm,
            counted=word,
            rows_per_s=statistics.median(rates),
            lowest=rates[0],
            highest=rates[-1],
            peak_gib=statistics.median(turn.peak_gib for turn in turns),
            start_s=statistics.median(turn.start_s for turn in turns),
            turns=len(turns),
        )


def table(lines: Sequence[Line]) -> str:
    """Markdown; the last columns compare each arm with our bfloat16 trainer, like for like: how
    much faster ours is, and what share of its memory ours needs.
    """
    rows = [
        "| method | shape | trainer | counted | per second | lowest to highest, turns "
        "| peak memory | start-up | ours, bf16, is faster by | and needs of its memory |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    best = {line.alike: line for line in lines if line.arm == HEADLINE}
    for line in lines:
        ours = best[line.alike]
        rows.append(
            f"| {line.method} | {line.shape} | {line.arm} | {line.counted} "
            f"| {line.rows_per_s:.3g} {UNITS[line.method]} "
            f"| {line.lowest:.3g} to {line.highest:.3g}, {line.turns} | {line.peak_gib:.1f} GiB "
            f"| {line.start_s:.0f} s | {ours.rows_per_s / line.rows_per_s:.2f} x "
            f"| {ours.peak_gib / line.peak_gib:.2f} x |"
        )
    return "\n".join(rows)


def draw(lines: Sequence[Line], machine: Mapping[str, Any], path: Path) -> None:
    """Bars of rows a second: a line of panels per method, a panel per shape."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    methods = list(dict.fromkeys(line.method for line in lines))
    shapes = list(dict.fromkeys(line.shape for line in lines))
    size = (6.5 * len(shapes), 3.0 * len(methods) + 0.5)
    figure, axes = pyplot.subplots(len(methods), len(shapes), figsize=size, squeeze=False)
    places = [(method, shape) for method in methods for shape in shapes]
    for axis, place in zip(axes.flat, places, strict=True):
        found = [line for line in lines if (line.method, line.shape) == place]
        axis.set_visible(bool(found))
        if found:
            _draw_panel(axis, found)
    processor, cores = machine["processor"], machine["threads"]
    title = f"LoRA r 16, {processor}, {cores} threads, {machine['date']}"
    figure.suptitle(title, fontsize=10)
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def _draw_panel(axis: Any, found: Sequence[Line]) -> None:
    spans = [
        [line.rows_per_s - line.lowest for line in found],
        [line.highest - line.rows_per_s for line in found],
    ]
    colours = ["#2a6f97" if line.arm.startswith("ours") else "#b0b7bd" for line in found]
    axis.barh(range(len(found)), [line.rows_per_s for line in found], xerr=spans, color=colours)
    for place, line in enumerate(found):
        note = f"  {line.rows_per_s:.3g}/s, {line.peak_gib:.1f} GiB"
        axis.text(line.highest, place, note, va="center", fontsize=8)
    axis.set_yticks(range(len(found)), [f"{line.arm}\n{line.counted}" for line in found])
    axis.tick_params(axis="y", labelsize=8)
    axis.invert_yaxis()
    axis.set_xlim(0, 1.6 * max(line.highest for line in found))
    axis.set_xlabel(f"{UNITS[found[0].method]} per second")
    axis.set_title(f"{found[0].method}, {found[0].shape}", fontsize=10)
    axis.spines[["top", "right"]].set_visible(False)


def describe_machine(threads: int) -> dict[str, Any]:
    import torch

    info = Path("/proc/cpuinfo")
    said = info.read_text() if info.is_file() else ""
    named = [line.partition(":")[2].strip() for line in said.splitlines() if "model name" in line]
    flags = sorted({f for f in said.split() if f in {"avx512_bf16", "amx_bf16", "avx512f", "avx2"}})
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "processor": gpu or (named[0] if named else platform.processor() or platform.machine()),
        "cores": os.cpu_count(),
        "threads": threads,
        "flags": flags,
        "python": platform.python_version(),
        "versions": {
            name: metadata.version(name) for name in ("torch", "transformers", "peft", "trl")
        },
        "date": time.strftime("%Y-%m-%d"),
        "load_at_start": os.getloadavg()[0],
    }
