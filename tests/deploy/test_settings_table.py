"""The table of settings says what the code says."""

from __future__ import annotations

from cli.settings_table import table
from core.settings import Settings
from tests.conftest import ROOT


def test_the_table_is_current() -> None:
    written = (ROOT / "docs" / "settings.md").read_text()
    assert written == table(), "run `python -m cli.settings_table > docs/settings.md`"


def test_every_setting_says_what_it_does() -> None:
    silent = [name for name, field in Settings.model_fields.items() if not field.description]
    assert not silent
