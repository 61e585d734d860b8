"""What an example must be to become a record: the bounds of the wire, for data from files."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from core.bodies import (
    Body,
    CommentBody,
    ComparisonBody,
    EditBody,
    ImplicitBody,
    RankingBody,
    ThumbBody,
)
from core.errors import InvalidRequest
from core.exchange.example import Example

MOST_ANSWERS: Final = 64
"""Of one ranking: its pairs grow with the square."""
MOST_TURNS: Final = 1000
"""Of one prompt: each becomes a record."""
MOST_LETTERS: Final = 8
"""Of a comparison: a vote names a to h."""
_PERSON: Final = re.compile(r"[A-Za-z0-9_.@:+-]{1,128}")
UNNAMED: Final = re.compile(r"imported\.([0-9a-f]{26})(?:\.(\d{1,4}))?")
"""How unnamed people are called in the log; no file may name somebody so."""

_KINDS: Final[dict[str, tuple[type[Body], int, int]]] = {
    "thumb": (ThumbBody, 1, 1),
    "comparison": (ComparisonBody, 2, MOST_LETTERS),
    "ranking": (RankingBody, 2, MOST_ANSWERS),
    "edit": (EditBody, 0, 1),
    "comment": (CommentBody, 1, 1),
    "implicit": (ImplicitBody, 1, 1),
}
"""Kind -> its body, fewest and most answers."""


def checked(example: Example) -> Example:
    """The example with its body as the log keeps it. Raises InvalidRequest saying what is wrong."""
    if example.kind not in _KINDS:
        raise InvalidRequest(f"kind must be one of {', '.join(_KINDS)}, not {example.kind!r}")
    _check_prompt(example)
    body, fewest, most = _KINDS[example.kind]
    number = len(example.answers)
    if not fewest <= number <= most:
        raise InvalidRequest(f"a {example.kind} has {fewest} to {most} answers, not {number}")
    if not all(answer.strip() for answer in example.answers):
        raise InvalidRequest("an answer is empty")
    _check_voice(example)
    return replace(example, body=_check_positions(_parse(body, example.body), number))


def _check_prompt(example: Example) -> None:
    if not example.prompt or example.prompt[-1].role not in ("user", "tool"):
        raise InvalidRequest("the prompt must end with what a person said")
    if len(example.prompt) > MOST_TURNS:
        raise InvalidRequest(f"a prompt has at most {MOST_TURNS} messages")
    if not example.prompt[-1].content.strip():
        raise InvalidRequest("the prompt's last message is empty")


def _check_voice(example: Example) -> None:
    person, at = example.person, example.at
    if person and (not _PERSON.fullmatch(person) or UNNAMED.fullmatch(person)):
        raise InvalidRequest(
            "a person is named by 1 to 128 characters of A-Z a-z 0-9 _ . @ : + -, and not as"
            f" unnamed people of an import are: {person[:40]!r}"
        )
    if not 0 <= example.voter <= 9999:
        raise InvalidRequest(f"voter must be 0 to 9999, not {example.voter}")
    if at is not None and not (math.isfinite(at) and at >= 0):
        raise InvalidRequest(f"a time is in seconds since 1970, not {at}")


def _parse(model: type[Body], body: dict[str, Any]) -> dict[str, Any]:
    try:
        return model.model_validate(body, strict=True).model_dump()
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InvalidRequest(f"{where}: {first['msg']}") from error


def _check_positions(body: dict[str, Any], answers: int) -> dict[str, Any]:
    """Every tie group in ascending order, so that the same ranking is the same opinion."""
    if "order" in body:
        if sorted(i for tier in body["order"] for i in tier) != list(range(answers)):
            raise InvalidRequest(f"order must name each of 0 to {answers - 1} exactly once")
        return {"order": [sorted(tier) for tier in body["order"]]}
    choice = body.get("choice", "")
    if len(choice) == 1 and ord(choice) - ord("a") >= answers:
        raise InvalidRequest(f"choice {choice} is not among the {answers} answers")
    return body
