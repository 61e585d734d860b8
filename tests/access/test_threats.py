"""docs/threats.md names tests that there are."""

from __future__ import annotations

import re

from tests.conftest import ROOT


def test_every_threat_has_its_test() -> None:
    rows = re.findall(r"^\| (?!threat|---)(.*) \|$", (ROOT / "docs/threats.md").read_text(), re.M)
    assert len(rows) > 15
    found = "".join(path.read_text() for path in (ROOT / "tests/access").glob("test_*.py"))
    for row in rows:
        threat, _, tests = row.split(" | ")
        named = re.findall(r"`(test_\w+)`", tests)
        assert named, threat
        for name in named:
            assert re.search(rf"^(async )?def {name}\(", found, re.M), f"{threat}: no {name}"
