"""`thumbwheel simulate`: rehearse with a population whose taste is known, and prove it is learned.

Exit code 0 only when a new version answers and won (`win_rate_low` above one half).
"""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from cli.api import connect
from cli.rehearsal.play import Feedback, Plan, Rehearsal, rehearse
from cli.rehearsal.prompts import draw_prompts
from cli.rehearsal.tastes import find_taste
from cli.rehearsal.view import render, to_json
from cli.rehearsal.waiting import Patience
from cli.shell import EXIT_FAILED, AsJson, Url, find_url, notes, out, print_json
from cli.stages import Stages
from core.tastes import TASTES


def simulate(
    assistant: Annotated[str, typer.Option("--assistant", "-a", help="Who is to learn.")] = (
        "support"
    ),
    prefer: Annotated[
        str, typer.Option("--prefer", "-p", help=f"The people's taste: {', '.join(TASTES)}.")
    ] = "concise",
    feedback: Annotated[
        Feedback,
        typer.Option(help="What people give; thumbs teach an assistant with recipe kto or auto."),
    ] = "comparisons",
    comparisons: Annotated[int, typer.Option(min=2, help="Votes to give.")] = 64,
    thumbs: Annotated[int, typer.Option(min=2, help="Thumbs to give instead.")] = 256,
    candidates: Annotated[
        int, typer.Option(min=2, max=8, help="Answers to each prompt; from 3 on they are ranked.")
    ] = 4,
    evaluate: Annotated[int, typer.Option(min=1, help="Held-out prompts to compare on.")] = 160,
    chats: Annotated[
        int, typer.Option(min=0, help="Streams kept open during the swap, to count dropped ones.")
    ] = 4,
    seed: Annotated[int, typer.Option(min=0, help="Of the prompts and of the answers.")] = 0,
    retrain: Annotated[
        bool, typer.Option("--retrain", help="Ask for a run when none starts by itself.")
    ] = False,
    timeout_s: Annotated[
        float, typer.Option("--timeout", min=1, help="Longest wait for the new version, seconds.")
    ] = 900.0,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Play a population with a taste: vote, wait for the new version, compare it with the old one.

    People prefer right answers to wrong ones and then what --prefer says: concise (fewer words),
    bullets, polite, json, or checker (right or wrong and nothing else). With --feedback thumbs they
    turn a thumb up for what they like better than the usual answer to such a task, else down.
    """
    plan = Plan(
        assistant=assistant,
        taste=find_taste(prefer),
        voting=draw_prompts(
            assistant, thumbs if feedback == "thumbs" else comparisons, seed, "train"
        ),
        held_out=draw_prompts(assistant, evaluate, seed, "new_content"),
        candidates=candidates,
        chats=chats,
        seed=seed,
        retrain=retrain,
        patience=Patience(total_s=timeout_s),
        feedback=feedback,
    )
    stages = Stages(notes())
    result = asyncio.run(_play(plan, find_url(url), stages))
    if as_json:
        print_json(to_json(result, stages.seconds))
    else:
        render(result, out())
    if not result.won:
        raise typer.Exit(EXIT_FAILED)


async def _play(plan: Plan, url: str, stages: Stages) -> Rehearsal:
    async with connect(url) as api:
        with stages:
            return await rehearse(api, plan, stages)
