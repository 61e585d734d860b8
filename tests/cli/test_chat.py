"""The terminal chat, line by line as somebody would type it."""

from __future__ import annotations

import json

import pytest

from core.errors import InvalidRequest
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


@pytest.mark.parametrize("sign", ["+", "-"])
def test_a_sign_is_a_thumb(call: Call, fake: Fake, sign: str) -> None:
    call("chat", "-i", said=f"Hello\n{sign}\n/quit\n")
    (vote,) = fake.votes.values()
    assert (vote["value"], "comment" in vote) == ({"+": "up", "-": "down"}[sign], False)


@pytest.mark.parametrize("line", ["- apples", "+ 1 is what?", "-- no"])
def test_a_sign_before_words_is_no_thumb(call: Call, fake: Fake, line: str) -> None:
    call("chat", "-i", said=f"Hello\n{line}\n/quit\n")
    assert fake.votes == {}
    assert fake.asked[-1]["messages"][-1]["content"] == line


def test_an_answer_that_broke_off_is_judged_as_it_stands(call: Call, fake: Fake) -> None:
    fake.cut_streams = 1
    call("chat", "-i", said="Hello\n/down\nMay I?\n/quit\n")
    assert [vote["response_id"] for vote in fake.votes.values()] == ["resp_1"]
    assert len(fake.asked[-1]["messages"]) == 3


@pytest.mark.parametrize("words", [["support"], ["support", "--json"]])
def test_a_question_that_is_no_utf8_is_refused(call: Call, words: list[str]) -> None:
    refused = call("chat", *words, said=b"\xff\xfe hi")
    assert isinstance(refused.exception, InvalidRequest)
    assert "UTF-8" in refused.exception.message


def test_an_edit_says_what_it_should_have_said(call: Call, fake: Fake) -> None:
    done = call("chat", "-i", said="/edit early\nHello\n/edit Yes, do.\nAnd then?\n/quit\n")
    assert "no answer to judge" in done.stdout
    (edit,) = fake.votes.values()
    assert (edit["kind"], edit["response_id"], edit["text"]) == ("edit", "resp_1", "Yes, do.")
    assert fake.asked[-1]["messages"][1]["content"].strip() == LONG, "the chat is as it was"


@pytest.mark.parametrize(
    ("editor", "text"), [("sed -i s/course/no/", LONG.replace("course", "no")), ("true", "")]
)
def test_an_edit_without_text_asks_the_editor(
    call: Call, fake: Fake, monkeypatch: pytest.MonkeyPatch, editor: str, text: str
) -> None:
    monkeypatch.setenv("VISUAL", editor)
    done = call("chat", "-i", said="Hello\n/edit\n/quit\n")
    assert [vote["text"] for vote in fake.votes.values()] == ([text] if text else [])
    assert text or "nothing was changed" in done.stdout


def test_an_editor_that_is_not_there_does_not_end_the_chat(
    call: Call, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "no-such-editor")
    done = call("chat", "-i", said="Hello\n/edit\nHello\n/quit\n")
    assert "$EDITOR" in done.stdout
    assert len(fake.asked) == 2


def test_history_and_what_there_is_not(call: Call) -> None:
    done = call("chat", "-i", said="/history\nHello\n/history\n/dance\n/quit\n")
    assert "Nothing was said yet" in done.stdout
    assert f"you> Hello\nsupport> {LONG}" in done.stdout
    assert "There is no /dance" in done.stdout


@pytest.mark.parametrize("fault", ["broken_comparisons", "cut_streams"])
def test_a_comparison_that_breaks_off_is_no_vote(call: Call, fake: Fake, fault: str) -> None:
    setattr(fake, fault, 1)
    done = call("chat", "-i", said="/compare May I?\n/compare May I?\na\n/quit\n")
    assert done.exit_code == 0
    assert len(fake.votes) == 1


def test_one_question_through_a_pipe(call: Call, fake: Fake) -> None:
    done = call("chat", "support", said="May I?\nReally?\n")
    assert (done.exit_code, done.stdout.strip(), done.stderr) == (0, LONG, "")
    assert fake.asked[0]["messages"] == [{"role": "user", "content": "May I?\nReally?"}]


def test_one_question_as_json(call: Call) -> None:
    told = json.loads(call("chat", "--json", said="May I?").stdout)
    assert (told["assistant"], told["version"]) == ("support", OLD)
    assert (told["response_id"], told["text"].strip()) == ("resp_1", LONG)


def test_nothing_asked_is_refused(call: Call) -> None:
    assert isinstance(call("chat", said=" \n").exception, InvalidRequest)
    assert call("chat", "-i", "--json", said="Hello").exit_code == 2
