"""The command as a process: where errors go, which exit code, what Ctrl-C does."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cli.fake import OLD, Fake
from tests.cli.test_feedback import opinion
from tests.conftest import ROOT, free_port

DEADLINE_S = 60.0


def command(*words: str) -> tuple[list[str], dict[str, str]]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("THUMBWHEEL_")}
    return [sys.executable, "-m", "cli.main", *words], {**clean, "TERM": "xterm", "COLUMNS": "100"}


def run(*words: str, said: str = "") -> subprocess.CompletedProcess[str]:
    argv, env = command(*words)
    return subprocess.run(
        argv, cwd=ROOT, env=env, input=said, capture_output=True, text=True, timeout=DEADLINE_S
    )


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


@contextmanager
def following(*words: str) -> Iterator[subprocess.Popen[str]]:
    argv, env = command(*words)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(argv, cwd=ROOT, env=env, text=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """By Ctrl-C; its exit code and what it complains about."""
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=DEADLINE_S)
    return process.returncode, complaint


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


def test_a_person_chats_at_a_terminal(url: str, fake: Fake) -> None:
    """Typed at a pseudo-terminal: a thumb by one key, Ctrl-C leaves, nothing is left behind."""
    argv, env = command("chat", "support", "--url", url)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        argv, cwd=ROOT, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as process:
        os.close(theirs)
        try:
            read_until(ours, "you> ")
            os.write(ours, b"May I?\n")
            read_until(ours, f"{OLD}", "you> ")
            os.write(ours, b"\x1bu")
            read_until(ours, "thumb up, thank you", "you> ")
            os.write(ours, b"/quit\n")
            assert process.wait(DEADLINE_S) == 0
        finally:
            process.kill()
            os.close(ours)
    assert [vote["value"] for vote in fake.votes.values()] == ["up"]


def read_until(terminal: int, *marks: str) -> str:
    """What is shown until all marks were, one after another."""
    shown, at, until = "", 0, time.monotonic() + DEADLINE_S
    for mark in marks:
        while mark not in shown[at:]:
            assert select.select([terminal], [], [], until - time.monotonic())[0], shown
            shown += os.read(terminal, 4096).decode(errors="replace")
        at = shown.index(mark, at) + len(mark)
    return shown
