"""What the pages' own script and style weigh."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.web.endpoints import STATIC
from tests.web.weight import PAGES, files, weigh

MOST_BYTES = 90_000
"""Uncompressed, as sent, of all pages and every view of each, what they share counted once."""
KNOWN = {
    "chat": {"chat.js", "chat.css", "base.css", "rating.js", "words.js"},
    "dashboard": {"dashboard/app.js", "words.js", "dashboard/trial.js", "dashboard/tables.js"},
}


@pytest.mark.parametrize("page", KNOWN)
def test_what_a_page_loads_is_found(page: str) -> None:
    assert KNOWN[page] <= {str(path.relative_to(STATIC)) for path in files(page)}


def test_all_pages_together_are_small() -> None:
    assert weigh(set[Path]().union(*map(files, PAGES))) <= MOST_BYTES


def test_every_script_and_style_belongs_to_a_page() -> None:
    there = {path for kind in ("js", "css") for path in STATIC.rglob(f"*.{kind}")}
    assert there == files("chat") | files("dashboard") | files("login")
