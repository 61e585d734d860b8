"""`thumbwheel recipe NAME`: a whole experiment with the trainer's methods, resumable.

Runs the stages as child processes and shows them; the figures come from results.json.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.context import load_settings
from cli.recipe_view import StageView, render
from cli.shell import AsJson, notes, out, print_json
from trainer.recipes.instructgpt.plan import (
    ENVIRONMENT,
    RESULTS,
    SLOTS,
    Settings,
    begin,
    make_stages,
)
from trainer.recipes.instructgpt.tables import make_tables
from trainer.recipes.runner import Runner


class Recipe(StrEnum):
    INSTRUCTGPT = "instructgpt"


def recipe(
    name: Annotated[Recipe, typer.Argument(help="Which one.", show_default=False)],
    directory: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Where everything is left, and taken up again after an interruption.",
            show_default="recipes/NAME in the state directory",
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Tiny sizes, a minute: proves the machinery only.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is drawn.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Run a recipe from nothing to its report. The same command goes on where it was stopped.

    instructgpt: two bases on one text, one of at least 20 times the other's size; SFT, rankings by
    simulated labellers, a reward model, PPO with and without KL and replay, and DPO on the small
    one; then who is preferred to whom. Leaves results.json, report.md and plots.
    """
    where = (directory or _default(name, quick)).absolute()
    settings = Settings(quick=quick, seed=seed)
    begin(where, settings)
    stages = make_stages(where, settings)
    with StageView(notes(), stages) as view:
        Runner(stages, where, SLOTS, ENVIRONMENT, view.show).run()
    results = json.loads((where / RESULTS).read_text())
    if as_json:
        print_json(results)
    else:
        render(make_tables(results), where, out())


def _default(name: Recipe, quick: bool) -> Path:
    return load_settings().state_dir / "recipes" / f"{name}{'-quick' if quick else ''}"
