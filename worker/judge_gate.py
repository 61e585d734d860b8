"""The gate's questions to those who judge generated answers: a reward model of people's votes, of
thumbs where nobody compared, and a language model. Each says what it was fitted on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from core.assistants import Gate
from core.intervals import wilson
from worker.check import Check, number

MIN_THUMB_ACCURACY: Final = 0.55
"""How often a judge that learned from thumbs must tell a liked answer from a disliked one, on
prompts it has not seen; a half is chance.
"""
SEEN: Final = "all"
"""What a judge is fitted on where too few votes are held out: also those the policy learned from,
with whom it shares their noise.
"""
FITTED: Final = {"heldout": "held-out votes", SEEN: "votes, those it learned from among them"}


def win_rate_check(generation: Mapping[str, Any], gate: Gate) -> Check:
    value, n = number(generation, "win_rate"), int(generation.get("n") or 0)
    if value is None or n == 0:
        return Check("win_rate", None, gate.min_win_rate, False, "no win rate was measured")
    won = f"it wins {value:.0%} of {n} answers against the version before"
    why = f"{won}, {gate.min_win_rate:.0%} needed"
    if is_by_thumbs(generation):
        return _by_thumbs(value, generation, gate, why)
    passed = value >= gate.min_win_rate
    return Check("win_rate", value, gate.min_win_rate, passed, why + _fitted(generation))


def llm_checks(opinion: Mapping[str, Any], gate: Gate) -> Iterator[Check]:
    """Says nothing where none was asked."""
    if not opinion:
        return
    value, limit = number(opinion, "win_rate"), gate.min_win_rate
    if value is None:
        why = f"the LLM judge has no opinion: {opinion.get('error')}"
        yield Check("llm_win_rate", None, limit, True, why)
        return
    why = f"the LLM judge has it win {value:.0%} of {opinion['n']} answers, {limit:.0%} needed"
    yield Check("llm_win_rate", value, limit, value >= limit, why)


def is_by_thumbs(generation: Mapping[str, Any]) -> bool:
    return "thumbs" in str(_judge(generation).get("fitted_on"))


def is_unsure(generation: Mapping[str, Any], gate: Gate) -> bool:
    """Whether the judge has seen what the policy learned from, and on prompts left out of its fit
    does not clearly do better than chance: at the lower end of its 95 % interval. Of a judge who is
    not asked for any win rate nobody need be sure.
    """
    judge = _judge(generation)
    accuracy, n = number(judge, "cv_accuracy"), int(judge.get("n") or 0)
    known = accuracy is not None and n > 0 and wilson(accuracy, n)[0] > 0.5
    return gate.min_win_rate > 0 and judge.get("fitted_on") == SEEN and not known


def _judge(generation: Mapping[str, Any]) -> Mapping[str, Any]:
    return generation.get("judge") or {}


def _fitted(generation: Mapping[str, Any]) -> str:
    judge = _judge(generation)
    if judge.get("fitted_on") not in FITTED:
        return ""
    accuracy = number(judge, "cv_accuracy")
    told = "an unknown share" if accuracy is None else f"{accuracy:.0%}"
    return (
        f", by a judge fitted on {judge.get('n')} {FITTED[judge['fitted_on']]}, which tells {told} "
        "of unseen ones right"
    )


def _by_thumbs(value: float, generation: Mapping[str, Any], gate: Gate, why: str) -> Check:
    """Without comparisons, a judge that is worth something must be sure of it."""
    limit = gate.min_win_rate
    accuracy = number(_judge(generation), "cv_accuracy")
    low = number(generation, "win_rate_low")
    if accuracy is None or accuracy < MIN_THUMB_ACCURACY:
        knows = f"tells {accuracy or 0:.0%} of unseen ones right, {MIN_THUMB_ACCURACY:.0%} needed"
        why = f"there are no comparisons, and a judge that learned from thumbs {knows}"
        return Check("win_rate", value, limit, False, why)
    passed = low is not None and low > limit
    why = (
        f"{why} and, judged by thumbs alone, more than that beyond chance: {low or 0:.0%} at least"
    )
    return Check("win_rate", value, limit, passed, why)
