"""How a recipe is shown where the console is a log."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from cli.recipe_view import StageView, render
from trainer.recipes.instructgpt.tables import Table
from trainer.recipes.runner import News, Stage

SFT = Stage("sft", "SFT on demonstrations", [], [], Path("out"))
DPO = Stage("dpo", "DPO", [], [], Path("out"))


def test_a_line_for_the_start_and_one_for_the_end_of_a_stage() -> None:
    file = io.StringIO()
    with StageView(Console(file=file, width=60), [SFT, DPO]) as view:
        for share in (0.25, 0.26, 0.27):
            view.show([News(SFT, False, share, 90.0, "step [1]", 30.0)])
        for _ in range(3):
            view.show(
                [
                    News(SFT, True, 1.0, 0.0, "", 125.0),
                    News(DPO, False, 0.0, None, "starting", 0.5),
                ]
            )
    assert file.getvalue().splitlines() == [
        "1/2 SFT on demonstrations: 25%, 0:30, 1:30 left step [1]",
        "1/2 SFT on demonstrations: done in 2:05",
        "2/2 DPO: 0%, 0:00 starting",
    ]


def test_tables_are_printed_as_they_are() -> None:
    file = io.StringIO()
    table = Table("Title", ["policy", "rate"], [["DPO", "0.750 [0.600, 0.850]"]], "A note.")
    render([table], Path("out"), Console(file=file, width=80))
    text = file.getvalue()
    for said in ("Title", "policy", "0.750 [0.600, 0.850]", "A note.", "out/report.md"):
        assert said in text
