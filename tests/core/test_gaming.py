"""What looks like gaming, in a line."""

from __future__ import annotations

from typing import Any

import pytest

from core.gaming import tell_gaming

HASTY = {"votes faster than anybody reads": {"people": 1, "votes": 40}}
LIARS = {"disagrees with everybody else": {"people": 3, "votes": 90}}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param({}, "", id="a version from before"),
        pytest.param({"reliability": {"people": 3, "findings": {}}}, "", id="nothing"),
        pytest.param(
            {"reliability": {"findings": {**HASTY, **LIARS}}},
            "look like gaming: votes faster than anybody reads (40 votes of 1 person), "
            "disagrees with everybody else (90 votes of 3 people)",
            id="two kinds",
        ),
    ],
)
def test_findings_are_told_in_a_line(data: dict[str, Any], told: str) -> None:
    assert tell_gaming(data) == told
