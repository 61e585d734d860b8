"""What an opinion is about, looked up for those who read it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from string import ascii_lowercase
from typing import Final

from core.records import Comparison, Feedback, Message, Response
from server.conversations.blind import still_blind
from server.explore.schemas import OpinionView
from server.state import State

EXCERPT: Final = 240
"""Characters."""
COMPARING: Final = ("comparison", "ranking")


async def view_opinions(
    state: State, assistant: str, opinions: Sequence[Feedback]
) -> list[OpinionView]:
    """In the same order. Nothing is said of what is gone, or of a chat of somebody whose consent is
    off: its words and the answers' ids are left out. Nor of which version said what is yet to be
    chosen among.
    """
    targets = [said.target for said in opinions if said.kind in COMPARING]
    comparisons = await state.responses.find_comparisons(list(dict.fromkeys(targets)))
    wanted = {i for comparison in comparisons.values() for i in comparison.responses}
    wanted.update(said.target for said in opinions if said.kind not in COMPARING)
    responses = await _shown(state, assistant, sorted(wanted))
    messages = await state.messages.find(
        sorted({i for r in responses.values() for i in (r.prompt, r.message) if i})
    )
    blind = await still_blind(state, assistant, responses.values())
    return [
        _view(said, comparisons.get(said.target), responses, messages, blind) for said in opinions
    ]


async def _shown(state: State, assistant: str, ids: list[str]) -> dict[str, Response]:
    found = await state.responses.find(ids) if ids else {}
    owners = sorted({response.user for response in found.values()})
    withheld = await state.consents.withheld(assistant, owners)
    return {i: response for i, response in found.items() if response.user not in withheld}


def _view(
    said: Feedback,
    comparison: Comparison | None,
    responses: Mapping[str, Response],
    messages: Mapping[str, Message],
    blind: Container[str],
) -> OpinionView:
    ids = comparison.responses if comparison else [said.target]
    shown = [responses[i] for i in ids if i in responses]
    best = responses.get(ids[_best(said)]) if shown else None
    body = said.body
    return OpinionView(
        id=said.id,
        at=said.at,
        kind=said.kind,
        user=said.user,
        versions=[response.version for response in shown if response.id not in blind],
        response_ids=[response.id for response in shown],
        comparison_id=said.target if said.kind in COMPARING else None,
        conversation_id=next((r.conversation for r in shown if r.conversation), None),
        tags=body.get("tags", []),
        comment=body.get("comment", ""),
        value=body.get("value"),
        choice=body.get("choice"),
        order=body.get("order"),
        text=body.get("text"),
        signal=body.get("signal"),
        prompt_excerpt=_excerpt(messages, (r.prompt for r in shown)),
        answer_excerpt=_excerpt(messages, [best.message] if best else []),
    )


def _best(said: Feedback) -> int:
    """Which answer was liked best, the first where none was."""
    if said.kind == "ranking":
        return int(said.body["order"][0][0])
    choice = said.body.get("choice", "")
    return ascii_lowercase.index(choice) if len(choice) == 1 else 0


def _excerpt(messages: Mapping[str, Message], ids: Iterable[str]) -> str:
    """The beginning of the first that is there, on one line."""
    content = next((messages[i].content for i in ids if i in messages), "")
    words = " ".join(content[: 4 * EXCERPT].split())
    return words if len(words) <= EXCERPT else words[: EXCERPT - 1].rstrip() + "…"
