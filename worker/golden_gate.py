"""The golden set's part of the gate: its pass rate, and a paired test of each of its categories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.assistants import Gate
from worker.check import Check, number
from worker.noninferiority import WORSE_ALPHA, Margin, Paired


def golden_checks(golden: Mapping[str, Any], gate: Gate, alpha: float) -> Iterator[Check]:
    """`alpha`: as worker/gate.py's judge has it."""
    yield _pass_rate(golden, gate)
    yield from _categories(golden.get("categories") or {}, gate, alpha)


def _pass_rate(golden: Mapping[str, Any], gate: Gate) -> Check:
    n, drop = int(golden.get("n") or 0), number(golden, "drop")
    if n == 0 or drop is None:
        why = "the assistant has no golden set"
        return Check("golden_drop", None, gate.max_golden_drop, True, why)
    passed = drop <= gate.max_golden_drop
    lost = ", ".join(dict.fromkeys(str(r["name"]) for r in golden.get("regressions") or []))
    why = f"the golden set's pass rate fell by {drop:.3f} of {n}, at most {gate.max_golden_drop:g}"
    return Check(
        "golden_drop", drop, gate.max_golden_drop, passed, f"{why} (lost: {lost})" if lost else why
    )


def _categories(categories: Mapping[str, Any], gate: Gate, alpha: float) -> Iterator[Check]:
    """worker/noninferiority.py says what is tested."""
    names = list(dict.fromkeys([*categories, *gate.prove]))
    limit = gate.max_golden_drop
    margin = Margin(limit, alpha, WORSE_ALPHA / max(1, len(categories)))
    for name in names:
        if name not in categories:
            why = f"the golden set has no {name} prompts, and it must be proved on them"
            yield Check(f"golden_{name}", None, limit, False, why)
            continue
        figures = categories[name]
        paired = Paired(int(figures["n"]), int(figures["lost"]), int(figures["gained"]))
        found = margin.find(paired, name in gate.prove)
        why = f"{name}: {paired.lost} lost, {paired.gained} gained of {paired.n}, {found.why}"
        yield Check(f"golden_{name}", paired.drop, limit, found.passed, why)
