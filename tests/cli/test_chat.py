"""The terminal chat, line by line as somebody would type it."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Call
from tests.cli.fake import LONG, NEW, OLD, SHORT, Fake


def test_says_streams_and_remembers(call: Call, fake: Fake) -> None:
    done = call("chat", "-i", "--user", "mia", said="Hello\nMay I?\n/quit\n")
    assert done.exit_code == 0, done.output
    assert done.stdout.count(LONG) == 2
    assert OLD in done.stdout
    assert [m["role"] for m in fake.asked[1]["messages"]] == ["user", "assistant", "user"]
    assert {ask["by"] for ask in fake.asked} == {"mia"}


def test_new_forgets(call: Call, fake: Fake) -> None:
    call("chat", "-i", "support", said="Hello\n/new\nMay I?\n/quit\n")
    assert len(fake.asked[1]["messages"]) == 1


@pytest.mark.parametrize("value", ["up", "down"])
def test_thumbs_with_a_comment(call: Call, fake: Fake, value: str) -> None:
    call("chat", "-i", said=f"Hello\n/{value} because\n/quit\n")
    (vote,) = fake.votes.values()
    assert vote | {"key": ""} == {
        "kind": "thumb",
        "response_id": "resp_1",
        "value": value,
        "comment": "because",
        "key": "",
    }


def test_thumb_without_an_answer_is_explained(call: Call, fake: Fake) -> None:
    done = call("chat", "-i", said="/up\n/quit\n")
    assert "no answer to judge" in done.stdout
    assert fake.votes == {}


@pytest.mark.parametrize(
    ("typed", "choice"), [("a", "a"), ("B", "b"), ("tie", "tie"), ("what\nbad", "both_bad")]
)
def test_compare_is_blind_until_the_vote(call: Call, fake: Fake, typed: str, choice: str) -> None:
    done = call("chat", "-i", said=f"/compare May I?\n{typed}\n/quit\n")
    (vote,) = fake.votes.values()
    assert vote["choice"] == choice
    before, after = done.stdout.split("tie or bad?")[0], done.stdout
    assert NEW not in before
    assert f"a was {OLD}, b was {NEW}" in after


def test_conversation_goes_on_from_the_chosen_answer(call: Call, fake: Fake) -> None:
    call("chat", "-i", said="Hello\n/compare\nb\nAnd then?\n/quit\n")
    contents = [m["content"] for m in fake.asked[-1]["messages"]]
    assert contents == ["Hello", SHORT, "And then?"]


def test_no_vote_leaves_the_conversation_as_it_was(call: Call, fake: Fake) -> None:
    call("chat", "-i", said="Hello\n/compare\n\nAnd then?\n/quit\n")
    assert fake.votes == {}
    assert fake.asked[-1]["messages"][1]["content"].strip() == LONG


def test_error_does_not_end_the_chat(call: Call, fake: Fake) -> None:
    fake.busy = 1
    done = call("chat", "-i", said="Hello\nHello\n")
    assert done.exit_code == 0
    assert "busy" in done.stdout
    assert LONG in done.stdout


def test_help_lists_the_commands(call: Call) -> None:
    done = call("chat", "-i", said="/help\n/quit\n")
    assert all(word in done.stdout for word in ("/up", "/down", "/compare", "/new", "/quit"))
