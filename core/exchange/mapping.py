"""Generic rows with a mapping of fields: whoever has a file says what its fields are.

A mapping names for each field of ours the field it comes from; a dot goes inwards, and `+` joins
several by an empty line, those that are empty left out. What is mapped decides what a row is:

    prompt chosen rejected            the better and the worse of two answers
    prompt answer_a answer_b choice   two answers and a, b, tie, both_bad, or 1, 2, 0
    prompt completion label           an answer and true, false, 1, 0, up, down
    prompt completion                 a demonstration

and with each of them `system`, `person` and `at` (seconds since 1970) where there are any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from core.errors import InvalidRequest
from core.exchange import kto, preference, sft
from core.exchange.example import Example, Turn
from core.exchange.turns import Row, find, read_answer, read_text, read_turns

Read = Callable[[Row, Counter[str]], Iterator[Example]]

FIELDS: Final = (
    "prompt",
    "chosen",
    "rejected",
    "answer_a",
    "answer_b",
    "choice",
    "completion",
    "label",
    "system",
    "person",
    "at",
)
MOST_CHARS: Final = 200
"""Of the name a field comes from: it is looked up in every row."""
_CHOICES: Final = {"1": "a", "2": "b", "0": "tie"}
_LABELS: Final = {"1": True, "0": False, "up": True, "down": False}


def parse_mapping(pairs: list[str]) -> dict[str, str]:
    """`prompt=instruction+input` and so on. Raises InvalidRequest."""
    mapping = dict(pair.partition("=")[::2] for pair in pairs)
    for name, source in mapping.items():
        if name not in FIELDS or not 0 < len(source) <= MOST_CHARS:
            raise InvalidRequest(
                f"a mapping is FIELD=NAME with a field of {', '.join(FIELDS)} and a name of at most"
                f" {MOST_CHARS} characters, not {name:.40}={source:.40}",
                "map",
            )
    if "prompt" not in mapping:
        raise InvalidRequest("the mapping must say where the prompt is: prompt=NAME")
    return mapping


def mapped(mapping: Mapping[str, str]) -> Read:
    """A reader of rows with these fields."""
    read = _reader(mapping)

    def read_mapped(row: Row, left_out: Counter[str]) -> Iterator[Example]:
        ours = {name: _look(row, source) for name, source in mapping.items()}
        for example in read(ours, left_out):
            yield _with_voice(example, ours)

    return read_mapped


def _reader(mapping: Mapping[str, str]) -> Read:
    if "chosen" in mapping:
        return preference.read
    if "choice" in mapping:
        return _read_choice
    if "completion" in mapping:
        return _read_label if "label" in mapping else sft.read
    raise InvalidRequest(
        "the mapping must name chosen and rejected, or answer_a, answer_b and choice, or completion"
    )


def _read_choice(row: Row, left_out: Counter[str]) -> Iterator[Example]:
    said = str(find(row, "choice"))
    answers = tuple(read_answer(find(row, name), name) for name in ("answer_a", "answer_b"))
    body = {"choice": _CHOICES.get(said, said)}
    yield Example(read_turns(find(row, "prompt"), "prompt"), answers, "comparison", body)


def _read_label(row: Row, left_out: Counter[str]) -> Iterator[Example]:
    label = find(row, "label")
    return kto.read({**row, "label": _LABELS.get(str(label), label)}, left_out)


def _with_voice(example: Example, row: Row) -> Example:
    system = row.get("system")
    first = (Turn("system", read_text(system, "system")),) if system else ()
    at = row.get("at")
    if at is not None and (isinstance(at, bool) or not isinstance(at, int | float)):
        raise InvalidRequest(f"at must be seconds since 1970, not {at!r:.40}")
    person = row.get("person")
    return replace(
        example,
        prompt=first + example.prompt,
        person="" if person is None else str(person),
        at=None if at is None else float(at),
    )


def _look(row: Row, source: str) -> Any:
    if "+" in source:
        parts = [_look(row, part) for part in source.split("+")]
        return "\n\n".join(read_text(part, source) for part in parts if part)
    value: Any = row
    for name in source.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
