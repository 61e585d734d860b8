"""Failures are a line and an exit code, and no name leads a request astray."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from cli.failures import exit_code_of
from cli.overview import read_overview
from cli.shell import find_url
from core.errors import NotFound
from tests.cli.conftest import Call
from tests.cli.fake import Fake
from tests.cli.terminal import DEADLINE_S, at_terminal, command, run
from tests.conftest import ROOT


def raising(error: BaseException) -> Callable[[], Any]:
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("act", "code", "kind", "told"),
    [
        (raising(NotFound("no such")), 1, "NotFound", "no such"),
        (raising(typer.BadParameter("a number")), 2, "Usage", "a number"),
        (raising(typer.Abort()), 1, "Aborted", "Nothing"),
        (raising(PermissionError(13, "Denied", "a.txt")), 1, "PermissionError", "a.txt: Denied"),
        (raising(OSError(28, "No space left")), 1, "OSError", "No space left"),
        (lambda: b"\xff".decode(), 1, "UnicodeDecodeError", "UTF-8"),
        (lambda: read_overview({}), 1, "ValidationError", "champion: Field required"),
    ],
)
def test_what_may_happen_is_a_line(
    capsys: pytest.CaptureFixture[str], act: Callable[[], Any], code: int, kind: str, told: str
) -> None:
    assert exit_code_of(act, as_json=True) == code
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["type"] == kind
    assert told in error["message"]


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda: None, 0),
        (lambda: 1, 1),
        (raising(SystemExit(2)), 2),
        (raising(BrokenPipeError()), 1),
    ],
)
def test_what_ends_in_silence(
    capsys: pytest.CaptureFixture[str], act: Callable[[], Any], code: int
) -> None:
    assert exit_code_of(act, as_json=False) == code
    assert capsys.readouterr() == ("", "")


def test_files_that_cannot_be(tmp_path: Path) -> None:
    words = ["export", "--assistant", "support", "--json", "--out"]
    away = tmp_path / "away" / "x.jsonl"
    done = run(*words, str(away))
    assert (done.returncode, done.stdout) == (1, "")
    assert str(away) in json.loads(done.stderr)["error"]["message"]
    done = run(*words, str(tmp_path))
    assert (done.returncode, json.loads(done.stderr)["error"]["type"]) == (2, "Usage")
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_cannot_be() -> None:
    done = run("keys", "create", "--name", "a" * 200, "--scope", "chat", "--json")
    error = json.loads(done.stderr)["error"]
    assert (done.returncode, error["type"]) == (1, "InvalidRequest")
    assert "at most 128 characters" in error["message"]


@pytest.mark.parametrize("words", [["status"], ["status", "--json"], ["chat", "support"]])
def test_a_full_disk_is_a_line(url: str, words: list[str]) -> None:
    argv, env = command(*words, "--url", url)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            argv, cwd=ROOT, env=env, input="Hello", stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "No space left" in line


def test_nobody_has_to_read(url: str) -> None:
    argv, env = command("status", "--url", url)
    silent = ["sh", "-c", '"$@" >&-', "sh", *argv]
    done = subprocess.run(silent, cwd=ROOT, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_ctrl_c_while_it_loads_is_ctrl_c() -> None:
    code = """
import os, signal, sys
class Interrupt:
    def find_spec(self, name, *_):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
from cli.main import app
app()
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "")


def test_ctrl_c_at_a_question_is_ctrl_c(url: str, fake: Fake) -> None:
    with at_terminal("erase", "eva", "--url", url) as terminal:
        terminal.read_until("[y/N]")
        terminal.interrupt()
        assert terminal.process.wait(DEADLINE_S) == 130
    assert not fake.speakers


@pytest.mark.parametrize(
    ("words", "path"),
    [
        (["consent", "x#2", "off"], "PUT /v1/users/x%232/consent"),
        (["erase", "x#2", "--yes"], "DELETE /v1/users/x%232"),
        (["leaderboard", "?x=1"], "GET /v1/assistants/%3Fx=1/leaderboard"),
        (["runs", "a/b"], "GET /v1/assistants/a%2Fb/runs"),
        (["run", "100%"], "GET /v1/runs/100%25"),
        (["feedback", "ü ü"], "GET /v1/assistants/%C3%BC%20%C3%BC/feedback?limit=20"),
        (["hold", "a?b"], "POST /v1/assistants/a%3Fb/hold"),
        (["keys", "revoke", "a#b"], "DELETE /v1/keys/a%23b"),
        (["keys", "rotate", "a#b"], "POST /v1/keys/a%23b/rotate"),
    ],
)
def test_a_name_is_one_part_of_a_path(call: Call, fake: Fake, words: list[str], path: str) -> None:
    call(*words)
    assert fake.paths == [path]


@pytest.mark.parametrize("name", ["", ".", "..", "a\nb", "\udcff"])
def test_what_is_no_name_is_not_asked_for(call: Call, fake: Fake, name: str) -> None:
    assert call("erase", name, "--yes").exit_code == 1
    assert fake.paths == []


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("localhost:8190", "http://localhost:8190"),
        ("[::1]:80", "http://[::1]:80"),
        ("https://a.example/base", "https://a.example/base"),
    ],
)
def test_an_address(said: str, meant: str) -> None:
    assert find_url(said) == meant


@pytest.mark.parametrize("said", ["http://", ":8000", "ftp://a", "a:b", "http://a:99999", "a b"])
def test_no_address(said: str) -> None:
    with pytest.raises(typer.BadParameter, match="expected an address"):
        find_url(said)
