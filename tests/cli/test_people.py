"""Consent and erasure on the command line: asked for as the person they are about."""

from __future__ import annotations

import json

from tests.cli.conftest import Call
from tests.cli.fake import Fake


def test_consent_for_all_and_for_one(call: Call, fake: Fake) -> None:
    assert "eva: learning is off\n" in call("consent", "eva", "off").stdout
    done = call("consent", "eva", "on", "--assistant", "tutor")
    assert "eva: learning is off, tutor on\n" in done.stdout
    assert fake.consent == {"consent": "off", "assistants": {"tutor": "on"}}
    assert json.loads(call("consent", "eva", "on", "--json").stdout)["assistants"] == {}
    assert fake.speakers == {"eva"}


def test_consent_is_on_or_off(call: Call, fake: Fake) -> None:
    assert call("consent", "eva", "maybe").exit_code == 2
    assert not fake.speakers


def test_erase_asks_first_and_says_what_went(call: Call, fake: Fake) -> None:
    assert call("erase", "eva", said="n\n").exit_code == 1
    assert not fake.speakers
    done = call("erase", "eva", said="y\n")
    assert "Removed of eva: 3 messages, 1 opinions" in done.stdout
    assert "Learned from them before: support-p000001-1a2b3c4d" in done.stdout
    assert fake.speakers == {"eva"}


def test_erase_for_scripts(call: Call) -> None:
    done = call("erase", "eva", "--yes", "--json")
    assert json.loads(done.stdout)["removed"] == {"messages": 3, "opinions": 1}
