"""Is there anything to learn from a snapshot? Pure; the answer is a reason or nothing."""

from __future__ import annotations

from typing import Any, Final

from core.assistants import Retrain
from worker.triggers import fewest

ONE_SIDED_FROM: Final = 16
"""Decided comparisons from which a lopsided vote is no accident."""
ONE_SIDED: Final = 0.95
"""Share of one position; the order on the screen is random, so a taste cannot cause it."""


def objection(manifest: dict[str, Any], retrain: Retrain) -> str:
    """Why training would be a waste, "" when it would not."""
    rows = int(manifest["counts"]["train"]["rows"])
    if rows < fewest(retrain):
        dropped = ", ".join(f"{number} {why}" for why, number in manifest["dropped"].items())
        reason = f"too little to learn from: {rows} pairs, at least {fewest(retrain)} needed"
        return f"{reason} (dropped: {dropped})" if dropped else reason
    return _one_sided(manifest["counts"]["choices"])


def _one_sided(choices: dict[str, int]) -> str:
    decided = {c: n for c, n in choices.items() if c not in ("tie", "both_bad")}
    total = sum(decided.values())
    if total < ONE_SIDED_FROM:
        return ""
    letter, most = max(decided.items(), key=lambda pair: pair[1])
    if most / total < ONE_SIDED:
        return ""
    return f"one-sided: {most} of {total} votes chose answer {letter}, whatever it said"
