"""Whose version is not told yet: blindness ends with the vote."""

from __future__ import annotations

from collections.abc import Iterable

from core.records import Response
from server.state import State


async def still_blind(state: State, assistant: str, answers: Iterable[Response]) -> set[str]:
    """Ids of answers shown side by side of which their person has not said which is best."""
    compared: dict[str, set[str]] = {}
    answers = [answer for answer in answers if answer.comparison]
    for answer in answers:
        compared.setdefault(answer.user, set()).add(answer.comparison)
    judged = {
        said.target
        for user, targets in compared.items()
        for said in await state.feedback.about(assistant, user, sorted(targets))
    }
    return {answer.id for answer in answers if answer.comparison not in judged}
