"""The command as a process: where errors go, which exit code, what Ctrl-C does."""

from __future__ import annotations

import json

import pytest

from tests.cli.fake import OLD, Fake
from tests.cli.terminal import end, following, run
from tests.cli.test_feedback import opinion
from tests.conftest import free_port


@pytest.mark.parametrize(
    ("words", "code", "kind"),
    [
        (["status", "--json"], 1, "Unavailable"),
        (["feedback", "support", "--limit", "0", "--json"], 2, "Usage"),
        (["runs", "--json"], 2, "Usage"),
    ],
)
def test_errors_are_json_where_json_was_asked_for(words: list[str], code: int, kind: str) -> None:
    done = run(*words, *(["--url", f"http://127.0.0.1:{free_port()}"] if code == 1 else []))
    assert (done.returncode, done.stdout) == (code, "")
    error = json.loads(done.stderr)["error"]
    assert (error["type"], bool(error["message"])) == (kind, True)


def test_an_exit_code_comes_through_with_json(url: str, fake: Fake) -> None:
    fake.ready = False
    done = run("status", "--json", "--url", url)
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout)["assistants"][0]["champion"] == OLD


def test_a_question_is_answered_through_a_pipe(url: str, fake: Fake) -> None:
    done = run("chat", "support", "--url", url, said="May I?")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, fake.answer(), "")


@pytest.mark.parametrize("words", [["status"], ["runs", "support"], ["feedback", "support"]])
def test_following_gives_a_line_of_json_for_each_news(
    url: str, fake: Fake, words: list[str]
) -> None:
    fake.start_run("enough votes")
    fake.opinions = [opinion(1, value="up")]
    with following(*words, "--watch", "--json", "--url", url) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert {"fleet", "assistant", "kind"} & set(first)
        assert end(process) == (130, "")


def test_a_new_opinion_is_shown_once(url: str, fake: Fake) -> None:
    fake.opinions = [opinion(1, value="up")]
    with following("feedback", "support", "--watch", "--json", "--url", url) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["id"] == "fb_1"
        fake.opinions = [opinion(2, value="down"), opinion(1, value="up")]
        assert json.loads(process.stdout.readline())["id"] == "fb_2"
        assert end(process) == (130, "")


def test_a_run_is_followed_line_by_line(url: str) -> None:
    done = run("retrain", "support", "--json", "--url", url)
    asked, step, ended = map(json.loads, done.stdout.splitlines())
    assert (done.returncode, done.stderr) == (0, "")
    assert asked["active_run"] == ""
    assert (step["run"], step["phase"], step["fraction"]) == ("run_1", "training", 0.5)
    assert ended["verdict"]["decision"] == "promote"
    assert json.loads(run("run", "run_1", "--json", "--url", url).stdout) == ended
