"""What the gateways' measurements came to: lines, their table and plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.gateways.swaps import Swaps

OURS: Final = "Thumbwheel"
PANELS: Final = (
    ("chunk_us", "processor time of a streamed chunk, us"),
    ("request_us", "and of a request, us"),
    ("added_p50_ms", "added to the first token, 32 asked for at once, p50, ms"),
    ("spread_p50_ms", "and of 32 open streams, asked for one by one, p50, ms"),
    ("streams_per_s", "streams of 64 chunks a second"),
    ("open_mib", "1,000 open streams, MiB"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """Medians over the rounds; None where it does not apply."""

    arm: str
    upstream: str
    rounds: int
    chunk_us: float | None
    request_us: float | None
    store_us: float | None
    first_p50_ms: float
    first_p99_ms: float
    added_p50_ms: float
    added_p99_ms: float
    spread_p50_ms: float
    """Added, of streams that were asked for one after the other."""
    spread_p99_ms: float
    streams_per_s: float | None
    open_mib: float | None
    dropped: int
    dropped_open: int
    """Of the 1,000."""


def table(lines: Sequence[Line]) -> str:
    """Markdown."""
    rows = [
        "| upstream | gateway | CPU a chunk | CPU a request | of the store | first token p50, p99 "
        "| added, all at once | added, one by one | streams/s | 1,000 open "
        "| dropped; of 1,000 |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for line in lines:
        rows.append(
            f"| {line.upstream} | {line.arm} | {_us(line.chunk_us)} | {_us(line.request_us)} "
            f"| {_us(line.store_us)} | {line.first_p50_ms:.1f}, {line.first_p99_ms:.1f} ms "
            f"| {line.added_p50_ms:.1f}, {line.added_p99_ms:.1f} ms "
            f"| {line.spread_p50_ms:.1f}, {line.spread_p99_ms:.1f} ms "
            f"| {'' if line.streams_per_s is None else f'{line.streams_per_s:.0f}'} "
            f"| {'' if line.open_mib is None else f'{line.open_mib:.0f} MiB'} "
            f"| {line.dropped}; {line.dropped_open} |"
        )
    return "\n".join(rows)


def describe_swaps(swaps: Swaps) -> str:
    """A paragraph."""
    return (
        f"{swaps.count} swaps in {swaps.seconds:.0f} s under {swaps.streams} streams at a time: "
        f"{swaps.heard} answers, {swaps.dropped} dropped; first token p50, p99 "
        f"{swaps.before_p50_ms:.1f}, {swaps.before_p99_ms:.1f} ms before, "
        f"{swaps.during_p50_ms:.1f}, {swaps.during_p99_ms:.1f} ms during; "
        f"a swap took {swaps.swap_p50_ms:.1f}, {swaps.swap_p99_ms:.1f} ms; "
        f"{swaps.stale} answers that began after a swap came from the version before it"
    )


def _us(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} us"


def draw(lines: Sequence[Line], machine: Mapping[str, Any], path: Path) -> None:
    """A panel of bars for each figure."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(len(PANELS), 1, figsize=(7.0, 1.5 * len(PANELS) + 0.5))
    for axis, (name, title) in zip(axes, PANELS, strict=True):
        found = [(line.arm, getattr(line, name)) for line in lines]
        _draw_panel(axis, [(arm, value) for arm, value in found if value is not None], title)
    figure.suptitle(f"{machine['processor']}, {machine['cores']} cores", fontsize=9)
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def _draw_panel(axis: Any, found: Sequence[tuple[str, float]], title: str) -> None:
    values = [value for _, value in found]
    colours = ["#2a6f97" if arm == OURS else "#b0b7bd" for arm, _ in found]
    axis.barh(range(len(found)), values, color=colours)
    for place, value in enumerate(values):
        axis.text(max(value, 0), place, f"  {value:.3g}", va="center", fontsize=8)
    axis.set_yticks(range(len(found)), [arm for arm, _ in found])
    axis.tick_params(labelsize=8)
    axis.invert_yaxis()
    axis.set_xlim(min(0, *values), 1.15 * max(values, default=1.0) or 1.0)
    axis.set_title(title, fontsize=9, loc="left")
    axis.spines[["top", "right"]].set_visible(False)
