"""Views at the widths of real terminals: nothing is cut that has to be read, no line is too long,
and no colour says what words do not.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from cli.answers import Blind, Candidate
from cli.feedback_view import print_opinions
from cli.layout import interval_bar, show
from cli.leaderboard import board
from cli.run_view import list_runs, render_verdict
from cli.side_by_side import draw
from cli.status_view import render
from core.records import Run, Verdict
from tests.cli.fake import NEW, OLD, Fake
from tests.cli.test_feedback import opinion

RUN = "run_01kah8s5w2f8z7m0g3q4n6v1x9"
OTHER = "support-p000041-9f8e7d6c"


def status(console: Console) -> None:
    fake = Fake(champion=NEW, previous=OLD, challenger=OTHER, hold_reason="holidays are near")
    fake.start_run("48 of 48 comparisons, 12 people")
    redis = {"ok": False, "needed": True, "why": "Redis did not answer within 2 s", "detail": ""}
    idle = {**Fake(champion=OTHER, warnings=["judge astray"]).view(), "id": "tutor"}
    fleet = {"ready": False, "parts": {"redis": redis}}
    show(render({"fleet": fleet, "assistants": [fake.view(), idle]}, console), console)


def runs(console: Console) -> None:
    why = "the win rate is 0.61 [0.53, 0.68] and nothing got worse than it may"
    gaming = {"votes faster than anybody reads": {"people": 2, "votes": 40}}
    data = {"reliability": {"findings": gaming}}
    figures = {"win_rate": 0.61, "golden": {"drop": 0.0}, "data": data}
    verdict = Verdict("promote", why, figures, NEW)
    ended = Run(RUN, "support", "48 comparisons", time.time() - 90, state="ended", verdict=verdict)
    going = Run(RUN[:-1] + "y", "support", "asked for", time.time(), phase="training", fraction=0.4)
    show(list_runs([going, ended], console), console)
    render_verdict(ended, console)
    render_verdict(going, console)


def leaderboard(console: Console) -> None:
    share = {"value": 0.69, "low": 0.599, "high": 0.769}
    entry: dict[str, Any] = {"rank": 1, "version": NEW, "against": OTHER, "win_rate": share}
    show(board([{**entry, "votes": 100, "wins": 69, "losses": 31}], console), console)


def feedback(console: Console) -> None:
    said = opinion(1, value="down", prompt_excerpt="word " * 60, comment="much too long " * 9)
    print_opinions([said, opinion(2, kind="comparison", choice="b")], console)


def comparison(console: Console) -> None:
    console.print(draw(Blind("cmp_1", [Candidate("r1", "Yes. " * 60), Candidate("r2", "No.")])))


VIEWS: dict[str, tuple[Callable[[Console], None], list[str]]] = {
    "status": (
        status,
        ["not ready", "broken", NEW, OTHER, "10% of the people", "holidays", "0 of 4 comparisons"],
    ),
    "runs": (
        runs,
        [
            RUN,
            "promote",
            NEW,
            "training 40%",
            "48 comparisons",
            "golden.drop",
            "some votes look like",
        ],
    ),
    "leaderboard": (leaderboard, [NEW, OTHER, "69.0%", "59.9% to 76.9%"]),
    "feedback": (feedback, ["▼ down", "▲ chose b", "eva", NEW, "[too long]", "2 h"]),
    "comparison": (comparison, ["a", "b", "Yes. Yes.", "No."]),
}


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", VIEWS)
def test_a_view_fits_its_terminal(name: str, width: int) -> None:
    view, parts = VIEWS[name]
    screen = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)
    view(screen)
    shown = screen.file.getvalue()  # type: ignore[attr-defined]
    assert all(len(line) <= width for line in shown.splitlines())
    flat = " ".join(shown.replace("│", " ").split())
    assert [part for part in parts if part not in flat] == []


def test_all_is_well_in_one_line() -> None:
    parts = {name: {"ok": True, "detail": "2 alive"} for name in ("redis", "worker")}
    screen = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)
    screen.print(render({"fleet": {"ready": True, "parts": parts}, "assistants": []}, screen))
    shown = screen.file.getvalue()  # type: ignore[attr-defined]
    assert [line.split() for line in shown.splitlines()] == [
        ["ready", "redis", "2", "alive,", "worker", "2", "alive"]
    ]


@pytest.mark.parametrize("name", ["status", "runs", "leaderboard"])
def test_nothing_is_cut_on_a_narrow_terminal(name: str) -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=60, color_system=None)
    VIEWS[name][0](screen)
    assert "…" not in screen.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", VIEWS)
def test_a_pipe_gets_text_alone(name: str) -> None:
    view, _ = VIEWS[name]
    file = Console(file=io.StringIO(), width=1000)
    view(file)
    shown = file.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b" not in shown
    if name != "comparison":
        assert not set("╭╰┌└┃") & set(shown)
        assert all(line == line.rstrip() for line in shown.splitlines())
    assert "..." not in shown


@pytest.mark.parametrize(
    ("low", "value", "high", "drawn"),
    [
        (0.0, 0.5, 1.0, "━━━━━●━━━━━"),
        (0.5, 0.7, 0.8, "·····━━●━··"),
        (0.0, 0.0, 0.0, "●····│·····"),
        (1.0, 1.0, 1.0, "·····│····●"),
    ],
)
def test_an_interval_is_drawn(low: float, value: float, high: float, drawn: str) -> None:
    assert interval_bar(low, value, high, 11).plain == drawn
