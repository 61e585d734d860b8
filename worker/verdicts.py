"""Verdicts that no gate gave."""

from __future__ import annotations

import time
from typing import Any

from core.records import Decision, Verdict


def verdict(
    decision: Decision, reason: str, figures: dict[str, Any] | None = None, version: str = ""
) -> Verdict:
    return Verdict(decision, reason, figures or {}, version, time.time())


def rejected(reason: str, figures: dict[str, Any] | None = None, version: str = "") -> Verdict:
    return verdict("reject", reason, figures, version)


def by_thumbs_alone(reason: str, version: str) -> Verdict:
    """Thumbs are loud, few people give them, and they reward flattery: alone they never promote."""
    return verdict(
        "hold",
        f"{reason}; but thumbs alone never promote: compare its answers and promote it by hand",
        version=version,
    )


def unsure(reason: str, version: str) -> Verdict:
    """A judge that is no better than chance on votes it has not seen, and that was fitted on what
    the policy learned from, never promotes.
    """
    return verdict(
        "hold",
        f"{reason}; such a judge alone never promotes: with a trial people would decide; compare "
        "its answers and promote it by hand",
        version=version,
    )


def cancelled() -> Verdict:
    return rejected("cancelled")


def died(attempts: int) -> Verdict:
    times = "once" if attempts == 1 else f"{attempts} times"
    return rejected(f"the worker or the trainer died {times}; given up", {"attempts": attempts})
