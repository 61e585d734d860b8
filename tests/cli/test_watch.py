"""Looking on: the newest first once, then only news; a server that goes for a moment; a terminal
that is too low, or cannot draw.
"""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console
from rich.text import Text

from cli.watch import drawing, keep_looking
from core.errors import Unavailable
from tests.cli.fake import Fake
from tests.cli.terminal import at_terminal, end, following
from tests.cli.test_feedback import opinion
from tests.conftest import free_port

LINES = [f"line {number}." for number in range(1, 31)]


async def test_away_is_told_once_until_it_is_back() -> None:
    seen = [1, Unavailable("gone"), Unavailable("gone, still"), 2, Unavailable("gone again"), 3]
    told: list[str] = []

    async def look() -> int:
        now = seen.pop(0)
        if isinstance(now, Unavailable):
            raise now
        return now

    looks = keep_looking(look, 0, lambda error: told.append(error.message))
    assert [await anext(looks) for _ in range(3)] == [1, 2, 3]
    await looks.aclose()  # type: ignore[attr-defined]
    assert told == ["gone", "gone again"]


def opinions(*numbers: int) -> list[dict[str, object]]:
    return [opinion(number, value="up") for number in numbers]


def test_the_newest_and_then_only_what_is_new(url: str, fake: Fake) -> None:
    fake.opinions = opinions(*range(203, 0, -1))
    words = ["feedback", "support", "--watch", "--json", "--limit", "3", "--url", url]
    with following(*words) as process:
        assert process.stdout is not None
        shown = [json.loads(process.stdout.readline())["id"] for _ in range(3)]
        assert shown == ["fb_201", "fb_202", "fb_203"]
        fake.opinions = opinions(204, *range(201, 0, -1))
        assert json.loads(process.stdout.readline())["id"] == "fb_204"
        fake.opinions = opinions(205, 204, *range(201, 0, -1))
        assert json.loads(process.stdout.readline())["id"] == "fb_205"
        assert end(process) == (130, "")


@pytest.mark.parametrize("words", [["runs"], ["feedback"]])
def test_a_server_that_goes_for_a_moment(url: str, fake: Fake, words: list[str]) -> None:
    fake.start_run("enough votes")
    fake.opinions = opinions(1)
    with following(*words, "support", "--watch", "--json", "--url", url) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        fake.away = True
        told = json.loads(process.stderr.readline())["error"]
        assert told == {"type": "Unavailable", "message": "away for a moment"}
        fake.start_run("asked for")
        fake.opinions = opinions(2, 1)
        fake.away = False
        assert json.loads(process.stdout.readline())["id"] in ("run_2", "fb_2")
        assert end(process) == (130, "")


@pytest.mark.parametrize("words", [["status"], ["runs", "support"], ["feedback", "support"]])
def test_nobody_there_yet_is_no_line_of_json(words: list[str]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with following(*words, "--watch", "--json", "--url", url) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        assert json.loads(process.stderr.readline())["error"]["type"] == "Unavailable"
        assert end(process) == (130, "")


def test_a_low_terminal_says_what_it_leaves_out_and_keeps_the_whole() -> None:
    file = io.StringIO()
    screen = Console(file=file, force_terminal=True, width=80, height=24, color_system=None)
    with drawing(screen) as draw:
        draw(Text("\n".join(LINES)))
        drawn = file.getvalue()
        assert LINES[21] in drawn
        assert LINES[22] not in drawn
        assert "8 more lines" in drawn
    *_, left = file.getvalue().split("\x1b[2K")
    assert left.split("\n")[:-1] == LINES


@pytest.mark.parametrize(
    ("words", "mark"),
    [
        (["status"], "0 of 4 comparisons"),
        (["runs", "support"], "run_1"),
        (["feedback", "support"], "tab here"),
    ],
)
def test_a_terminal_that_cannot_draw_is_as_good_as_a_pipe(
    url: str, fake: Fake, words: list[str], mark: str
) -> None:
    fake.opinions = opinions(1)
    fake.start_run("enough votes")
    with at_terminal(*words, "--watch", "--url", url, TERM="dumb") as terminal:
        assert "\x1b" not in terminal.read_until(mark)


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_none_is_wanted(environment: dict[str, str]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with at_terminal("status", "--url", url, **environment) as terminal:
        assert "\x1b[" not in terminal.read_until("Nothing answers", "--url")
