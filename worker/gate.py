"""Is the candidate better than the champion? A pure judgement of the trainer's report: every gate
with its figure and its limit, and in plain words the first that says no.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from core.assistants import Gate
from worker.check import Check, number
from worker.golden_gate import golden_checks
from worker.judge_gate import is_by_thumbs, is_unsure, llm_checks, win_rate_check

MIN_DECIDED: Final = 8
"""Held-out votes without which their accuracy means nothing."""
MIN_DECIDED_OF_SIDE: Final = 24
"""The same of one side of them: of two noisy figures the worse one must seldom be worse by luck.
Where the truth is 0.7 and a half is needed, one side in a hundred of so many votes is.
"""
SIDES: Final = {
    "by_person": "held-out votes of people it did not learn from",
    "by_time": "newer votes of people it learned from",
}
MAX_EMPTY: Final = 0.02
"""Share of empty answers."""
MAX_EOS_DROP: Final = 0.1
"""How many fewer of its answers may come to an end than of the champion's."""
MAX_REPETITION_RISE: Final = 0.05
"""How much more an answer may repeat itself than the champion's, as a share of its 4-grams."""
LENGTH_FLOOR: Final = 0.2
"""People may ask for shorter answers; below this it is a collapse (and above its inverse a flood),
whatever the judge says.
"""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`by_thumbs`: nobody compared answers, so what passes waits for a person. `unsure`: whoever
    judged them may have been flattered, so what passes must be tried out.
    """

    checks: list[Check]
    by_thumbs: bool = False
    unsure: bool = False

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)

    @property
    def reason(self) -> str:
        """Of the first gate that says no; what convinced where none does."""
        for check in self.checks:
            if not check.passed:
                return check.why
        return "; ".join(c.why for c in self.checks if c.name in ("accuracy", "win_rate"))

    def figures(self) -> list[dict[str, Any]]:
        return [asdict(check) for check in self.checks]


def judge(report: Mapping[str, Any], gate: Gate, alpha: float) -> Judgement:
    """`alpha`: what this attempt against the champion may spend on taking a worse one for none."""
    heldout = report.get("heldout") or {}
    generation = report.get("generation") or {}
    golden = report.get("golden") or {}
    return Judgement(
        [
            _finished(report),
            _base(report),
            _accuracy(heldout, gate),
            win_rate_check(generation, gate),
            *llm_checks(report.get("llm") or {}, gate),
            _at_most(
                "kl_per_sequence",
                generation,
                gate.max_kl,
                "it drifted {value:.1f} nats an answer from the version before, {limit:g} allowed",
            ),
            _at_most(
                "kl_per_token",
                generation,
                gate.max_kl_token,
                "it drifted {value:.2f} nats a token from the version before, {limit:g} allowed",
            ),
            _at_most(
                "kl_base_per_sequence",
                generation,
                gate.max_kl_base,
                "it drifted {value:.1f} nats an answer from the base model, {limit:g} allowed",
            ),
            _length(generation, gate),
            *golden_checks(golden, gate, alpha),
            _at_most(
                "empty_rate",
                generation,
                MAX_EMPTY,
                "{value:.0%} of its answers are empty, {limit:.0%} allowed",
            ),
            _ends(generation),
            _at_most(
                "repetition_rate",
                generation,
                (number(generation, "champion_repetition_rate") or 0.0) + MAX_REPETITION_RISE,
                "{value:.0%} of what it says repeats, {limit:.0%} allowed",
            ),
        ],
        by_thumbs=is_by_thumbs(generation),
        unsure=is_unsure(generation, gate),
    )


def _finished(report: Mapping[str, Any]) -> Check:
    status = report.get("status")
    why = "the training finished" if status == "done" else f"the training ended as {status}"
    return Check("finished", None, None, status == "done", why)


def _base(report: Mapping[str, Any]) -> Check:
    before, after = report.get("base_hash_before"), report.get("base_hash_after")
    same = bool(before) and before == after
    why = "the base is unchanged" if same else "the base model's weights changed during training"
    return Check("base_unchanged", None, None, same, why)


def _accuracy(heldout: Mapping[str, Any], gate: Gate) -> Check:
    """The worst of all held-out votes, strangers' and later ones, where they are enough."""
    decided, limit = int(heldout.get("decided") or 0), gate.min_accuracy
    if decided < MIN_DECIDED or number(heldout, "accuracy") is None:
        why = f"not enough held-out votes ({decided}), judged by the other gates"
        return Check("accuracy", number(heldout, "accuracy"), limit, True, why)
    sides = {"held-out votes": heldout}
    for name, what in SIDES.items():
        side = heldout.get(name) or {}
        if int(side.get("decided") or 0) >= MIN_DECIDED_OF_SIDE:
            sides[what] = side
    found = {what: number(side, "accuracy") or 0.0 for what, side in sides.items()}
    what = min(found, key=lambda side: found[side])
    value, n = found[what], sides[what]["decided"]
    why = f"it agrees with {value:.0%} of {n} {what}, {limit:.0%} needed"
    return Check("accuracy", value, limit, value >= limit, why)


def _length(generation: Mapping[str, Any], gate: Gate) -> Check:
    ratio, low = number(generation, "length_ratio"), number(generation, "win_rate_low")
    limit = gate.max_length_drift
    if ratio is None:
        return Check("length_drift", None, limit, False, "no answer length was measured")
    drift, longer = abs(ratio - 1), f"its answers are {ratio:.2f} times as long"
    if not LENGTH_FLOOR <= ratio <= 1 / LENGTH_FLOOR:
        return Check("length_drift", drift, limit, False, f"{longer}: a collapse")
    if drift <= limit:
        return Check("length_drift", drift, limit, True, longer)
    asked_for = low is not None and low > 0.5
    why = f"{longer} and " + (
        f"people asked for it (win rate at least {low:.2f})"
        if asked_for
        else f"the win rate is not clearly above one half (at least {low or 0:.2f})"
    )
    return Check("length_drift", drift, limit, asked_for, why)


def _ends(generation: Mapping[str, Any]) -> Check:
    value, champion = number(generation, "eos_rate"), number(generation, "champion_eos_rate")
    limit = max(0.0, (champion if champion is not None else 1.0) - MAX_EOS_DROP)
    if value is None:
        return Check("eos_rate", None, limit, False, "no ends of answers were measured")
    why = f"{value:.0%} of its answers come to an end, {limit:.0%} needed"
    return Check("eos_rate", value, limit, value >= limit, why)


def _at_most(name: str, figures: Mapping[str, Any], limit: float, why: str) -> Check:
    value = number(figures, name)
    if value is None:
        return Check(name, None, limit, False, f"{name} was not measured")
    return Check(name, value, limit, value <= limit, why.format(value=value, limit=limit))
