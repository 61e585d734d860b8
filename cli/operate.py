"""The wheel and the brake: retrain, promote, rollback, hold, resume. Each says what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape

from cli.api import Api, connect
from cli.follow import follow_run, wait_for_run
from cli.overview import Overview, get_overview, get_runs
from cli.rehearsal.waiting import wait_for_answer
from cli.replies import Json
from cli.run_view import render_verdict
from cli.shell import (
    EXIT_FAILED,
    AsJson,
    AssistantName,
    Reason,
    Url,
    find_url,
    notes,
    out,
    print_json,
    print_json_line,
    who_am_i,
)
from cli.stages import Stages
from core.records import Run, to_dict

FROM_TERMINAL: Final = "asked for on the command line"
START_TIMEOUT_S: Final = 30.0
"""From a request to its run; a worker looks every second."""
ANSWER_TIMEOUT_S: Final = 60.0
QUESTION: Final = "Hello"

Operation = Callable[[Api], Awaitable[Any]]


def retrain(
    assistant: AssistantName,
    reason: Reason = FROM_TERMINAL,
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Watch the run until its verdict.")
    ] = True,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Ask for a new version now, with what feedback there is. Exit code 1 when it is not promoted.

    With --json, a line of JSON for each step on its way, and the run with its verdict at the end.
    """
    _operate(url, as_json, lambda api: _retrain(api, assistant, reason, follow, as_json))


def promote(
    assistant: AssistantName,
    version: Annotated[str, typer.Argument(help="The version that is to answer, or base.")],
    reason: Reason = FROM_TERMINAL,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Let a version answer, once every replica has loaded it."""
    _operate(url, as_json, lambda api: _promote(api, assistant, version, reason, as_json))


def rollback(
    assistant: AssistantName,
    version: Annotated[
        str,
        typer.Argument(
            help="The version to take back.", show_default="who is on trial, or the champion"
        ),
    ] = "",
    to: Annotated[
        str, typer.Option("--to", help="Version to go back to.", show_default="the previous one")
    ] = "",
    reason: Reason = FROM_TERMINAL,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """End a trial, or let the previous version answer again, and measure how soon it does."""
    _operate(url, as_json, lambda api: _roll_back(api, assistant, version, to, reason, as_json))


def hold(
    assistant: AssistantName,
    reason: Reason = FROM_TERMINAL,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Stop an assistant from changing: no new version goes live until it is resumed."""
    _operate(url, as_json, lambda api: _brake(api, assistant, "hold", reason, as_json))


def resume(
    assistant: AssistantName,
    reason: Reason = FROM_TERMINAL,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Let a held assistant change again."""
    _operate(url, as_json, lambda api: _brake(api, assistant, "resume", reason, as_json))


def _operate(url: str, as_json: bool, operation: Operation) -> None:
    async def connected() -> None:
        async with connect(find_url(url), who_am_i(), as_it_is=as_json) as api:
            await operation(api)

    asyncio.run(connected())


async def _retrain(api: Api, assistant: str, reason: str, follow: bool, as_json: bool) -> None:
    known = {run.id for run in await get_runs(api, assistant)}
    asked = await api.operate(assistant, "retrain", {"reason": reason})
    if as_json:
        print_json_line(asked)
    elif asked["active_run"]:
        out().print(f"Asked for; run {asked['active_run']} of {assistant} has to end first")
    elif not follow:
        out().print(f"Asked for; `thumbwheel runs {assistant}` shows what comes of it")
    if not follow:
        return
    run = await _follow_next(api, assistant, asked["active_run"], known, as_json)
    if as_json:
        print_json_line(to_dict(run))
    else:
        render_verdict(run, out())
    if run.verdict is None or run.verdict.decision != "promote":
        raise typer.Exit(EXIT_FAILED)


async def _follow_next(
    api: Api, assistant: str, before: str, known: set[str], as_json: bool
) -> Run:
    """The run that was asked for, which begins when the one before it has ended."""
    tell = print_json_line if as_json else None
    with Stages(Console(quiet=True) if as_json else notes()) as stages:
        if before:
            with stages.waiting(before) as say:
                await follow_run(api, before, say, tell)
        run_id = await wait_for_run(api, assistant, known, START_TIMEOUT_S)
        with stages.waiting(run_id) as say:
            return await follow_run(api, run_id, say, tell)


async def _promote(api: Api, assistant: str, version: str, reason: str, as_json: bool) -> None:
    before = await get_overview(api, assistant)
    await _move(api, before, "promote", version, {"reason": reason}, as_json)


async def _roll_back(
    api: Api, assistant: str, version: str, to: str, reason: str, as_json: bool
) -> None:
    before = await get_overview(api, assistant)
    taken = version or (not to and before.challenger) or before.champion
    body = {"reason": reason, **({"to": to} if to else {})}
    await _move(api, before, "rollback", taken, body, as_json)


async def _move(
    api: Api, before: Overview, action: str, version: str, body: Json, as_json: bool
) -> None:
    """Changes the champion, or ends a trial, and asks until the champion answers."""
    question = before.examples[0] if before.examples else QUESTION
    began = time.monotonic()
    changed = await api.operate(before.id, action, {"version": version, **body})
    messages = [{"role": "user", "content": question}]
    answered = await wait_for_answer(
        api, before.id, changed["champion"], messages, ANSWER_TIMEOUT_S
    )
    seconds = round(answered - began, 4)
    if as_json:
        print_json({**changed, "champion_before": before.champion, "seconds_to_answer": seconds})
        return
    line = escape(_tell_move(before, action, version, changed, seconds))
    out().print(f"{before.id}: [bold]{escape(changed['champion'])}[/] {line}", soft_wrap=True)


def _tell_move(before: Overview, action: str, version: str, changed: Json, seconds: float) -> str:
    """What follows the champion's name."""
    if not changed["changed"]:
        back = f", {version} was taken back before" if action == "rollback" else ""
        return f"answers already{back}"
    if changed["champion"] == before.champion:
        return f"answers everybody; {version} is no longer on trial"
    return (
        f"answers instead of {before.champion}. The pointer moved in {changed['seconds']:.3f} s;"
        f" its first whole answer was here after {seconds:.3f} s"
    )


async def _brake(api: Api, assistant: str, action: str, reason: str, as_json: bool) -> None:
    changed = await api.operate(assistant, action, {"reason": reason})
    if as_json:
        print_json(changed)
        return
    if changed["held"]:
        line = f"is held ({changed['hold_reason']}): {changed['champion']} goes on answering"
    elif changed["changed"]:
        line = "may change again"
    else:
        line = "was not held"
    out().print(f"{assistant} {escape(line)}", soft_wrap=True)
