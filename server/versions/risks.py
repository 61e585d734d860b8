"""What is known to be risky about a version, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from core.gaming import tell_gaming

LONGER: Final = 1.25
"""Answers so many times as long as the champion's are worth a word; so is the inverse."""
FEW_PEOPLE: Final = 8
"""Fewer taught it somebody's taste rather than everybody's."""
CLOSE: Final = 0.1
"""A gate that is passed by less than this part of its limit is passed narrowly."""
SIZES: Final = (
    "kl_per_sequence",
    "kl_per_token",
    "kl_base_per_sequence",
    "length_drift",
    "repetition_rate",
)
"""Gates whose figure may at most be the limit."""


def find_risks(
    figures: Mapping[str, Any], verdict: Mapping[str, Any], warnings: Sequence[str]
) -> list[str]:
    """`figures` of the version, of its run's verdict; `warnings` of its report. Each thing once."""
    said = [
        *warnings,
        *(verdict.get("warnings") or []),
        *_lost(figures.get("golden") or {}),
        *_length(figures.get("generation") or {}),
        *_people(figures.get("data") or {}),
        *_gaming(figures.get("data") or {}),
        *_narrow(verdict.get("gates") or []),
    ]
    return list(dict.fromkeys(said))


def _lost(golden: Mapping[str, Any]) -> Iterator[str]:
    for category, found in (golden.get("categories") or {}).items():
        if found["lost"]:
            yield (
                f"{category}: {found['lost']} of {found['n']} golden prompts that the version "
                f"before answers well and this one does not ({found['gained']} the other way round)"
            )
    if not golden.get("n"):
        yield "it was tested on no golden prompts: nobody knows what it unlearned"


def _length(generation: Mapping[str, Any]) -> Iterator[str]:
    ratio = generation.get("length_ratio")
    if isinstance(ratio, int | float) and not 1 / LONGER <= ratio <= LONGER:
        yield f"its answers are {ratio:.2f} times as long as those of the version before"


def _people(data: Mapping[str, Any]) -> Iterator[str]:
    people = (data.get("counts") or {}).get("people")
    if isinstance(people, int) and people < FEW_PEOPLE:
        yield f"only {people} {'person' if people == 1 else 'people'} taught it"


def _gaming(data: Mapping[str, Any]) -> Iterator[str]:
    if told := tell_gaming(data):
        yield f"of the votes it was made of, some {told}"


def _narrow(gates: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for gate in gates:
        value, limit = gate["value"], gate["limit"]
        measured = gate["name"] in SIZES and value is not None and limit is not None
        if measured and limit * (1 - CLOSE) <= value <= limit:
            yield f"{gate['name']} is close to its limit: {value:.3g} of {limit:.3g}"
