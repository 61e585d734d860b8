"""Which version people prefer at equal style: votes of the newest part of the log, fitted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from core.fold import begin_of, fold_blind
from core.leaderboard import Vote, fit_leaderboard
from core.opinions import Outcome, pairs
from core.records import Comparison, Feedback, Response
from core.style import style_difference
from server.assistants import schemas, watch
from server.state import State

RESULTS: Final[dict[Outcome, float]] = {
    "first": 1.0,
    "second": 0.0,
    "tie": 0.5,
    "both_bad": 0.5,
}


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as it was shown."""

    version: str
    text: str


async def leaderboard(state: State, name: str) -> schemas.Leaderboard:
    """Raises NotFound."""
    assistant = state.assistants.get(name).name
    log = await state.feedback.tail(assistant, watch.WINDOW)
    said_blind = fold_blind(log, begin_of(log, watch.WINDOW))
    opinions = [o for o in said_blind if o.kind in ("comparison", "ranking")]
    targets = list(dict.fromkeys(o.target for o in opinions))
    comparisons = await state.responses.find_comparisons(targets)
    said = await _said(state, comparisons.values())
    board = await asyncio.to_thread(
        lambda: fit_leaderboard(list(votes(opinions, comparisons, said)))
    )
    return schemas.Leaderboard(
        assistant=assistant,
        window=watch.window(log),
        entries=board.entries,
        style=board.style,
        votes=board.votes,
        people=board.people,
    )


async def _said(state: State, comparisons: Iterable[Comparison]) -> dict[str, Said]:
    """By response id, what is left of it."""
    wanted = sorted({identity for c in comparisons for identity in c.responses})
    responses: dict[str, Response] = await state.responses.find(wanted)
    messages = await state.messages.find([r.message for r in responses.values() if r.message])
    return {
        identity: Said(response.version, messages[response.message].content)
        for identity, response in responses.items()
        if response.message in messages
    }


def votes(
    opinions: Iterable[Feedback], comparisons: Mapping[str, Comparison], said: Mapping[str, Said]
) -> Iterable[Vote]:
    """Every judged pair. The pairs of one opinion on K answers weigh K - 1 together; opinions on
    what is gone are left out.
    """
    for opinion in opinions:
        comparison = comparisons.get(opinion.target)
        shown = [said[i] for i in comparison.responses if i in said] if comparison else []
        if comparison is None or len(shown) < len(comparison.responses):
            continue
        judged = list(pairs(opinion, len(shown)))
        for first, second, outcome in judged:
            one, other = shown[first], shown[second]
            before = 1.0 if first < second else -1.0
            yield Vote(
                first=one.version,
                second=other.version,
                result=RESULTS[outcome],
                style=(*style_difference(one.text, other.text), before),
                person=opinion.user,
                weight=(len(shown) - 1) / len(judged),
            )
