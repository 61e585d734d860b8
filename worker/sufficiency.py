"""Is there anything to learn from a snapshot? Pure; the answer is a reason or nothing."""

from __future__ import annotations

from typing import Any, Final

from core.assistants import Assistant
from worker.triggers import fewest, fewest_thumbs

ONE_SIDED_FROM: Final = 16
"""Decided comparisons from which a lopsided vote is no accident."""
ONE_SIDED: Final = 0.95
"""Share of one position; the order on the screen is random, so a taste cannot cause it."""
FEWEST_OF_A_KIND: Final = 0.1
"""Share of what was liked, or was not: with less, there is nothing to tell good from bad by."""


def objection(manifest: dict[str, Any], assistant: Assistant, method: str) -> str:
    """Why training by `method` would be a waste, "" when it would not."""
    if method == "kto":
        return _to_labels(manifest, assistant)
    rows, least = int(manifest["counts"]["train"]["rows"]), fewest(assistant.retrain)
    if rows < least:
        return _too_little(f"{rows} pairs, at least {least} needed", manifest)
    return _one_sided(manifest)


def _to_labels(manifest: dict[str, Any], assistant: Assistant) -> str:
    """KTO learns from answers that were liked and answers that were not; a pair is one of each."""
    counts, least = manifest["counts"], fewest_thumbs(assistant.retrain)
    counted = assistant.trainer_tables("kto").get("kto", {}).get("comparisons", True)
    thumbs, pairs = counts["thumbs"], int(counts["train"]["rows"]) if counted else 0
    up, down = int(thumbs["up"]) + pairs, int(thumbs["down"]) + pairs
    total = up + down
    if total < least:
        held = f"{thumbs['rows']} thumbs and {pairs} pairs"
        return _too_little(f"{held}, at least {least} judged answers needed", manifest)
    if min(up, down) < FEWEST_OF_A_KIND * total:
        most, how = (up, "liked") if up > down else (down, "disliked")
        return (
            f"one-sided: {most} of {total} judged answers were {how}; at least "
            f"{FEWEST_OF_A_KIND:.0%} must be the other way"
        )
    return _one_sided(manifest) if pairs else ""


def _too_little(what: str, manifest: dict[str, Any]) -> str:
    reason = f"too little to learn from: {what}"
    dropped = ", ".join(f"{number} {why}" for why, number in manifest["dropped"].items())
    return f"{reason} (dropped: {dropped})" if dropped else reason


def _one_sided(manifest: dict[str, Any]) -> str:
    choices: dict[str, int] = manifest["counts"]["choices"]
    decided = {c: n for c, n in choices.items() if c not in ("tie", "both_bad")}
    total = sum(decided.values())
    if total < ONE_SIDED_FROM:
        return ""
    letter, most = max(decided.items(), key=lambda pair: pair[1])
    if most / total < ONE_SIDED:
        return ""
    return f"one-sided: {most} of {total} votes chose answer {letter}, whatever it said"
