"""A rehearsal as JSON and as tables."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.rehearsal.contest import Contest, Pair
from cli.rehearsal.interval import LOSS, TIE, WIN, WinRate
from cli.rehearsal.play import Rehearsal
from cli.run_view import render_verdict
from core.records import to_dict

EXAMPLES = 2
OUTCOMES = {WIN: "the new answer won", TIE: "tie", LOSS: "the old answer won"}


def to_json(result: Rehearsal, seconds: dict[str, float]) -> dict[str, Any]:
    """The figures that scripts read; null for what was not reached."""
    streams, run = result.streams, result.run
    return {
        **_contest_figures(result.contest),
        "seconds_to_live": _round(result.seconds_to_live, 2),
        "seconds_to_trial": _round(result.seconds_to_trial, 2),
        "trial_votes": result.trial_votes,
        "dropped_streams": streams.dropped,
        "champion_before": result.champion_before,
        "champion_after": result.champion_after,
        "won": result.won,
        "refused": result.refused,
        "assistant": result.plan.assistant,
        "prefer": result.plan.taste.name,
        "feedback": result.plan.feedback,
        result.plan.feedback: len(result.plan.voting),
        "decided": result.decided,
        "thumbs_up": result.thumbs_up,
        "streams": streams.opened,
        "streams_by_version": dict(streams.by_version),
        "dropped_because": streams.causes,
        "run": run.id if run else None,
        "counted_at_start": run.counts if run else None,
        "verdict": to_dict(run.verdict) if run and run.verdict else None,
        "stage_seconds": seconds,
    }


def _contest_figures(contest: Contest | None) -> dict[str, Any]:
    names = ("win_rate", "win_rate_low", "win_rate_high", "checker_pass_before")
    if contest is None:
        return dict.fromkeys((*names, "checker_pass_after"))
    rate, right = contest.win_rate, contest.win_rate_both_right
    (pass_old, pass_new), (words_old, words_new) = contest.passed, contest.words
    return {
        "win_rate": _round(rate.rate),
        "win_rate_low": _round(rate.low),
        "win_rate_high": _round(rate.high),
        "checker_pass_before": _round(pass_old),
        "checker_pass_after": _round(pass_new),
        "prompts": rate.n,
        "ties": rate.ties,
        "both_right": right.n if right else 0,
        "both_right_win_rate": _round(right.rate) if right else None,
        "mean_words_before": _round(words_old, 1),
        "mean_words_after": _round(words_new, 1),
        "answered_by_others": contest.answered_by_others,
    }


def _round(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)


def render(result: Rehearsal, console: Console) -> None:
    console.print(_summary(result))
    if result.run is not None and result.run.verdict is not None:
        render_verdict(result.run, console)
    if result.contest is not None:
        for pair in _examples(result.contest):
            console.print(_example(pair))
    console.print(_conclusion(result))


def _summary(result: Rehearsal) -> Table:
    plan, contest = result.plan, result.contest
    table = Table(title=f"{plan.assistant} and people who prefer {plan.taste.name}", min_width=60)
    table.add_column("")
    table.add_column("before", justify="right")
    table.add_column("after", justify="right")
    table.add_row("champion", result.champion_before, result.champion_after or "-")
    if contest is not None:
        (pass_old, pass_new), (words_old, words_new) = contest.passed, contest.words
        table.add_row("checker pass", f"{pass_old:.1%}", f"{pass_new:.1%}")
        table.add_row("mean words", f"{words_old:.1f}", f"{words_new:.1f}")
        table.add_row("new against old", "", _describe_rate(contest.win_rate))
        if (right := contest.win_rate_both_right) is not None:
            table.add_row("  where both are right", "", _describe_rate(right))
    if plan.feedback == "thumbs":
        table.add_row("thumbs (up)", "", f"{len(plan.voting)} ({result.thumbs_up})")
    else:
        table.add_row("votes (decided)", "", f"{len(plan.voting)} ({result.decided})")
    if result.seconds_to_live is not None:
        live = f"{result.seconds_to_live:.1f} s"
        table.add_row("last vote to first new answer", "", live)
    dropped, opened = result.streams.dropped, result.streams.opened
    table.add_row("streams dropped", "", f"{dropped} of {opened}")
    return table


def _describe_rate(rate: WinRate) -> str:
    interval = f"95 % {rate.low:.3f} to {rate.high:.3f}"
    return f"{rate.rate:.3f} ({interval}, {rate.n} prompts, {rate.ties} ties)"


def _examples(contest: Contest) -> list[Pair]:
    """The first pairs whose answers differ: not picked by who won."""
    different = [pair for pair in contest.pairs if pair.old.text != pair.new.text]
    return different[:EXAMPLES]


def _example(pair: Pair) -> Panel:
    marks = {True: "passes its checks", False: "fails its checks"}
    text = Text()
    text.append(f"{pair.prompt.messages[-1]['content']}\n\n", style="bold")
    for name, answer, ranked in (
        ("before", pair.old, pair.old_rank),
        ("after", pair.new, pair.new_rank),
    ):
        text.append(f"{name} ({marks[ranked.correct]}): ", style="cyan")
        text.append(f"{answer.text.strip()}\n")
    return Panel(text, title=f"{pair.prompt.kind}: {OUTCOMES[pair.outcome]}", title_align="left")


def _conclusion(result: Rehearsal) -> str:
    if result.refused:
        hint = "" if result.run or result.plan.retrain else " (--retrain asks for a run)"
        return f"[bold red]No new version:[/] {escape(result.refused)}{hint}"
    if result.won:
        return f"[bold green]{result.champion_after} answers and won.[/]"
    return (
        f"[bold red]{result.champion_after} answers, but did not win[/]: "
        "the interval does not lie above one half."
    )
