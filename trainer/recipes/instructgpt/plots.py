"""The recipe's plots, as PNG."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trainer.recipes.instructgpt.figures import Point
from trainer.recipes.instructgpt.tables import TITLES

Courses = Mapping[str, Sequence[Point]]


def draw_courses(courses: Courses, path: Path) -> None:
    """Proxy and true reward against sqrt(KL): where they part, the reward is over-optimised."""
    figure, grid = _figure(len(courses))
    for axes, (name, points) in zip(grid, courses.items(), strict=True):
        roots = [math.sqrt(max(0.0, p.kl)) for p in points]
        axes.plot(roots, [p.proxy for p in points], ".", label="proxy: the reward model")
        axes.plot(roots, [p.true for p in points], ".", label="true: held-out labellers")
        axes.set_title(TITLES[name])
        axes.set_xlabel("sqrt(KL), KL in nats an answer")
    grid[0].set_ylabel("reward, deviations of SFT's answers")
    grid[0].legend()
    figure.savefig(path, dpi=100)


def draw_lengths(courses: Courses, path: Path) -> None:
    figure, (axes,) = _figure(1)
    for name, points in courses.items():
        axes.plot([p.update for p in points], [p.tokens for p in points], label=TITLES[name])
    axes.set_xlabel("update")
    axes.set_ylabel("tokens an answer")
    axes.legend()
    figure.savefig(path, dpi=100)


def draw_preferences(preferences: Mapping[str, Any], path: Path) -> None:
    """One panel for each opponent, a point with its interval for each policy."""
    figure, grid = _figure(len(preferences), width=2.6, sharey=True)
    names = list(dict.fromkeys(name for found in preferences.values() for name in found))
    for axes, (other, found) in zip(grid, preferences.items(), strict=True):
        for name, preference in found.items():
            rate = preference["rate"]
            error = [[rate - preference["low"]], [preference["high"] - rate]]
            axes.errorbar([rate], [names.index(name)], xerr=error, fmt="o", color="C0", capsize=3)
        axes.axvline(0.5, color="grey", linewidth=0.8)
        axes.set_xlim(0, 1)
        axes.set_title(f"preferred to\n{TITLES[other]}")
    grid[0].set_yticks(range(len(names)), [TITLES[name] for name in names])
    grid[0].invert_yaxis()
    figure.savefig(path, dpi=100)


def draw_tax(tax: Mapping[str, Any], path: Path) -> None:
    figure, (axes,) = _figure(1)
    axes.barh(range(len(tax)), [found["loss"] for found in tax.values()])
    axes.set_yticks(range(len(tax)), [TITLES[name] for name in tax])
    axes.invert_yaxis()
    axes.set_xlabel("nats a token of right answers of kinds without feedback")
    figure.savefig(path, dpi=100)


def draw_all(results: dict[str, Any], courses: Courses, folder: Path) -> list[str]:
    """Names of the files, in the order they are shown."""
    plots: dict[str, Callable[[Path], None]] = {
        "over-optimisation.png": lambda path: draw_courses(courses, path),
        "preferences.png": lambda path: draw_preferences(results["preferences"], path),
        "lengths.png": lambda path: draw_lengths(courses, path),
        "alignment-tax.png": lambda path: draw_tax(results["tax"], path),
    }
    for name, draw in plots.items():
        draw(folder / name)
    return list(plots)


def _figure(panels: int, width: float = 4.0, sharey: bool = False) -> tuple[Figure, list[Axes]]:
    """`width` is of one panel, in inches."""
    figure = Figure(figsize=(max(6.0, width * panels), 4.0), layout="constrained")
    return figure, list(figure.subplots(1, panels, squeeze=False, sharey=sharey).flat)
