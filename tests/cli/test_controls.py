"""What people write cannot command the terminal of whoever reads it."""

from __future__ import annotations

import json
import re

import pytest

from cli.controls import clean
from cli.shell import complain
from tests.cli.conftest import Call
from tests.cli.fake import Fake
from tests.cli.test_feedback import opinion

EVIL = "\x1b[2J\x1b]0;PWNED\x07\x9b31m\x7f fine"
SHOWN = "\ufffd[2J\ufffd]0;PWNED\ufffd\ufffd31m\ufffd fine"
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@pytest.fixture
def fake() -> Fake:
    fake = Fake(says=EVIL, hold_reason=EVIL, warnings=[EVIL])
    fake.start_run(EVIL)
    assert fake.run is not None
    fake.run["message"] = EVIL
    fake.opinions = [opinion(1, value="down", comment=EVIL, prompt_excerpt=EVIL)]
    return fake


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["status"], None),
        (["runs", "support"], None),
        (["run", "run_1", "--no-follow"], None),
        (["feedback", "support"], None),
        (["hold", "support", "--reason", EVIL], None),
        (["chat", "support"], "May I?"),
        (["chat", "support", "-i"], "Hello\n/history\n"),
    ],
)
def test_nothing_shown_is_obeyed(call: Call, words: list[str], said: str | None) -> None:
    done = call(*words, said=said)
    assert done.exit_code == 0, done.output
    assert SHOWN in done.stdout
    assert not CONTROLS.search(done.stdout)


@pytest.mark.parametrize(
    ("words", "said"),
    [(["status"], None), (["feedback", "support"], None), (["chat", "support"], "May I?")],
)
def test_json_tells_it_as_it_is(call: Call, words: list[str], said: str | None) -> None:
    done = call(*words, "--json", said=said)
    assert not CONTROLS.search(done.stdout)
    assert EVIL in str_values(json.loads(done.stdout))


def str_values(found: object) -> set[str]:
    if isinstance(found, dict):
        found = list(found.values())
    if isinstance(found, list):
        return set().union(*map(str_values, found))
    return {found.strip()} if isinstance(found, str) else set()


def test_a_refusal_is_shown_clean(capsys: pytest.CaptureFixture[str]) -> None:
    complain("NotFound", f"There is no {EVIL}", as_json=False)
    assert SHOWN in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a\tb\nc\r\nd", "a\tb\nc\nd"),
        ({"\x1b": ["\x00", 1, None]}, {"\ufffd": ["\ufffd", 1, None]}),
        ("ü█ \U0001f600", "ü█ \U0001f600"),
    ],
)
def test_only_controls_go(said: object, shown: object) -> None:
    assert clean(said) == shown
