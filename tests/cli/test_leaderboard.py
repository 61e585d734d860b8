"""The leaderboard for people and for scripts."""

from __future__ import annotations

import json

from tests.cli.conftest import Call
from tests.cli.fake import NEW, OLD, Fake


def test_versions_are_ranked_with_intervals(call: Call, fake: Fake) -> None:
    fake.votes["k"] = {}
    done = call("leaderboard", "support")
    assert done.exit_code == 0, done.output
    for part in ("69.0%", "59.9%", "76.9%", "100 judged pairs of 12 people", "newest 5000"):
        assert part in done.stdout
    assert "more length: chosen in 50% to 60%" in done.stdout
    seen = json.loads(call("leaderboard", "support", "--json").stdout)
    assert [e["version"] for e in seen["entries"]] == [NEW, OLD]


def test_nobody_compared_yet(call: Call) -> None:
    assert "Nobody has compared answers of support" in call("leaderboard", "support").stdout
