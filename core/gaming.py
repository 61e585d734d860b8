"""What looks like gaming among the votes of a run, for people: by kind, and nobody by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def tell_gaming(data: Mapping[str, Any]) -> str:
    """In one line, "" where nothing does. `data`: what a verdict shows of its snapshot.

    >>> found = {"votes faster than anybody reads": {"people": 1, "votes": 40}}
    >>> tell_gaming({"reliability": {"findings": found}})
    'look like gaming: votes faster than anybody reads (40 votes of 1 person)'
    """
    findings = (data.get("reliability") or {}).get("findings") or {}
    told = [
        f"{what} ({number['votes']} votes of {number['people']} "
        f"{'person' if number['people'] == 1 else 'people'})"
        for what, number in findings.items()
    ]
    return f"look like gaming: {', '.join(told)}" if told else ""
