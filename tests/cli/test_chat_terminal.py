"""The chat at a pseudo-terminal: one key, Ctrl-C, and what is known after it."""

from __future__ import annotations

import pytest

from tests.cli.fake import LONG, OLD, Fake
from tests.cli.terminal import DEADLINE_S, Terminal, at_terminal

PROMPT = "you> "
HINT = "Ctrl-C again leaves"


def test_a_thumb_by_one_key(url: str, fake: Fake) -> None:
    with at_terminal("chat", "support", "--url", url) as terminal:
        terminal.read_until(PROMPT)
        say(terminal, "May I?", OLD)
        terminal.type("\x1bu")
        terminal.read_until("thumb up, thank you", PROMPT)
        terminal.type("/quit\n")
        assert terminal.process.wait(DEADLINE_S) == 0
    assert [vote["value"] for vote in fake.votes.values()] == ["up"]


def say(terminal: Terminal, line: str, mark: str) -> str:
    """The answer, up to the mark and the next prompt."""
    terminal.type(f"{line}\n")
    return terminal.read_until(mark, PROMPT)


def ask_and_stop(terminal: Terminal, *said: str) -> None:
    """Stops when so much was said."""
    terminal.type("And then?\n")
    terminal.read_until("support>", *said)
    terminal.interrupt()
    terminal.read_until("(stopped)", PROMPT)


def test_a_stopped_answer_is_what_is_judged_and_remembered(url: str, fake: Fake) -> None:
    with at_terminal("chat", "support", "--url", url) as terminal:
        terminal.read_until(PROMPT)
        say(terminal, "Hello", OLD)
        fake.hanging_streams = 1
        ask_and_stop(terminal, LONG.split()[0])
        say(terminal, "/down wrong", "thank you")
        history = say(terminal, "/history", "And then?")
        assert history.count(LONG) == 1
        say(terminal, "Go on", OLD)
    assert [vote["response_id"] for vote in fake.votes.values()] == ["resp_2"]
    assert [m["content"].strip() for m in fake.asked[-1]["messages"]] == [
        *("Hello", LONG),
        *("And then?", LONG.split()[0]),
        "Go on",
    ]


def test_an_answer_stopped_before_it_began_leaves_nothing_to_judge(url: str, fake: Fake) -> None:
    with at_terminal("chat", "support", "--url", url) as terminal:
        terminal.read_until(PROMPT)
        say(terminal, "Hello", OLD)
        fake.silent_streams = 1
        ask_and_stop(terminal)
        say(terminal, "/down wrong", "no answer to judge")
        say(terminal, "Go on", OLD)
    assert fake.votes == {}
    assert [m["content"].strip() for m in fake.asked[-1]["messages"]] == ["Hello", LONG, "Go on"]


def test_ctrl_c_drops_the_line_and_leaves_the_second_time(url: str, fake: Fake) -> None:
    with at_terminal("chat", "support", "--url", url) as terminal:
        terminal.read_until(PROMPT)
        terminal.type("half a line")
        terminal.read_until("half a line")
        terminal.interrupt()
        terminal.read_until(HINT, PROMPT)
        say(terminal, "Hello", OLD)
        terminal.interrupt()
        terminal.read_until(HINT, PROMPT)
        terminal.interrupt()
        assert terminal.process.wait(DEADLINE_S) == 0
    assert [ask["messages"][-1]["content"] for ask in fake.asked] == ["Hello"]


@pytest.mark.parametrize("typed", ["", "a, "])
def test_ctrl_c_at_the_choice_is_no_vote(url: str, fake: Fake, typed: str) -> None:
    with at_terminal("chat", "support", "--url", url) as terminal:
        terminal.read_until(PROMPT)
        terminal.type("/compare May I?\n")
        terminal.read_until("tie or bad?")
        terminal.type(typed)
        terminal.read_until(typed)
        terminal.interrupt()
        terminal.read_until("no vote", PROMPT)
    assert fake.votes == {}
