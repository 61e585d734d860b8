"""The tables that docs/ has of the pages are made of what tests said."""

from __future__ import annotations

import json

import pytest

from tests.web.faces import DOCS, list_tests, replaced, tell_axe

SAID = """
12.31s call     tests/web/test_chat_talk.py::test_an_answer_streams
1.20s setup    tests/web/test_chat_talk.py::test_an_answer_streams
3.04s call     tests/web/test_pages.py::test_small[/login]
"""


def test_tests_are_listed_with_their_own_seconds() -> None:
    told = list_tests(SAID, "2026-11-21")
    assert told.startswith("2 tests, 15 s, on 2026-11-21")
    assert "| chat_talk: an answer streams | 12.3 |" in told
    assert "| pages: small[/login] | 3.0 |" in told


def test_a_state_has_the_worst_of_its_looks() -> None:
    looks = [
        {"state": "login", "passes": 20, "violations": {}, "rules": []},
        {"state": "login", "passes": 19, "violations": {"minor": 1}, "rules": ["region"]},
    ]
    told = tell_axe("\n".join(map(json.dumps, looks)), "2026-11-21")
    assert "| login | 2 | 0 | 0 | 0 | 1 | 19 | region |" in told


@pytest.mark.parametrize("name", ["weight", "tests"])
def test_the_page_has_a_place_for_each_table(name: str) -> None:
    page = (DOCS / "faces.md").read_text()
    assert "| something |" in replaced(page, name, "| something |")
