"""Decides whether an opinion may be given, stores it, and says what it reveals."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict
from string import ascii_lowercase
from typing import Final

from core import spans
from core.artifacts import Artifacts
from core.errors import Conflict, InvalidRequest, NotFound, ThumbwheelError
from core.lineage import Ledgers, Shaped
from core.metrics import FEEDBACK
from core.records import Comparison, Feedback, Response
from server.feedback import schemas
from server.state import State

logger = logging.getLogger(__name__)

MOST_HELD: Final = 10_000
"""Opinions of one person that are listed, of each assistant; whom an application does not name are
one person.
"""


async def give(
    state: State, user: str, opinion: schemas.Opinion, key: str
) -> schemas.Revealed | schemas.Stored:
    """Stores one opinion of `user`.

    Raises NotFound (no such target, or somebody else's), Conflict (the answer did not end well, or
    the key was used for something else or for what does not hold any more), InvalidRequest (it does
    not fit the target) and StoreUnavailable (not on disk; safe to retry).
    """
    if isinstance(opinion, schemas.OnComparison):
        return await _give_on_comparison(state, user, opinion, key)
    response = await state.responses.get(opinion.response_id)
    _check_owner(response, user, f"response {response.id!r}")
    _check_rateable(response, f"Response {response.id!r}")
    if isinstance(opinion, schemas.Edit):
        await _check_edit(state, response, opinion.text)
    return await _store(state, [response], user, response.id, opinion, key)


async def _give_on_comparison(
    state: State, user: str, opinion: schemas.OnComparison, key: str
) -> schemas.Revealed:
    comparison = await state.responses.comparison(opinion.comparison_id)
    _check_owner(comparison, user, f"comparison {comparison.id!r}")
    candidates = await state.responses.get_many(comparison.responses)
    for letter, candidate in zip(ascii_lowercase, candidates, strict=False):
        _check_rateable(candidate, f"Answer {letter} of comparison {comparison.id!r}")
    if isinstance(opinion, schemas.Comparison):
        _check_choice(opinion.choice, len(candidates))
        chosen = _chosen(opinion.choice)
    else:
        opinion = _checked_ranking(opinion, len(candidates))
        chosen = opinion.order[0][0] if len(opinion.order[0]) == 1 else None
    stored = await _store(state, candidates, user, comparison.id, opinion, key)
    if chosen is not None:
        await _continue_from(state, comparison, candidates, chosen)
    return schemas.Revealed(
        **stored.model_dump(),
        versions=[c.version for c in candidates],
        message_ids=[c.message for c in candidates],
    )


async def held(state: State, user: str, assistant: str | None) -> schemas.HeldList:
    """The caller's opinions that hold now, the newest MOST_HELD of one assistant or of each, oldest
    first.
    """
    names = [state.assistants.get(assistant).name] if assistant else state.assistants.names
    found: list[Feedback] = []
    shaped: dict[str, Shaped] = {}
    for name in names:
        opinions = await state.feedback.of_user(name, user, MOST_HELD)
        shaped |= await _shaped(state, name, [f.id for f in opinions])
        found += opinions
    return schemas.HeldList(
        data=[_held(f, shaped.get(f.id, Shaped())) for f in sorted(found, key=lambda f: f.id)]
    )


async def _shaped(state: State, assistant: str, feedback_ids: list[str]) -> dict[str, Shaped]:
    """Which versions the opinions made, as the newest version's ledger knows it."""
    newest = await state.registry.versions(assistant, limit=1) if feedback_ids else []
    if not newest:
        return {}

    def look() -> dict[str, Shaped]:
        return Ledgers(Artifacts(state.settings.artifacts)).find(newest[0].name, feedback_ids)

    try:
        return await asyncio.to_thread(look)
    except ThumbwheelError as error:  # opinions are shown without, rather than not at all
        about = {"action": "shaped", "version": newest[0].name, "error": error.message}
        logger.warning("no ledger of votes", extra=about)
        return {}


def _held(opinion: Feedback, shaped: Shaped) -> schemas.Held:
    made = {"shaped": shaped.taught or None, "tested": shaped.tested or None}
    return schemas.Held.model_validate({**asdict(opinion), **made})


async def take_back(state: State, user: str, feedback_id: str) -> schemas.Retracted:
    """Raises NotFound when it is not there, somebody else's, replaced or taken back already."""
    for assistant in state.assistants.names:
        if await state.feedback.retract(assistant, user, feedback_id):
            return schemas.Retracted(id=feedback_id)
    raise NotFound(f"There is no feedback {feedback_id!r} of yours that holds now")


async def _store(
    state: State,
    about: list[Response],
    user: str,
    target: str,
    opinion: schemas.Opinion,
    key: str,
) -> schemas.Stored:
    """`about`: the answers it speaks of. Where the first has a trace, the opinion is part of it."""
    assistant, versions = about[0].assistant, [response.version for response in about]
    with spans.span("opinion", parent=about[0].traceparent, links=[spans.here()]):
        identity, new = await state.feedback.append(
            opinion.kind, assistant, user, target, opinion.body(), key, versions, on_record=True
        )
        told = {"feedback": identity, "kind": opinion.kind, "target": target}
        spans.note({f"thumbwheel.{name}": value for name, value in told.items()})
    if new:
        FEEDBACK.labels(assistant, opinion.kind).inc()
    return schemas.Stored(
        id=identity, kind=opinion.kind, assistant=assistant, target=target, new=new
    )


def _check_owner(record: Response | Comparison, user: str, what: str) -> None:
    if record.user != user:
        # The same words as for one that does not exist: ids of others are not to be probed.
        raise NotFound(f"There is no {what}")


def _check_rateable(response: Response, what: str) -> None:
    """An answer cut short may be rated for what was said; one that said nothing may not."""
    if response.status == "open":
        raise Conflict(f"{what} is not finished; vote when it is")
    if response.status == "error":
        raise Conflict(f"{what} ended in an error and cannot be rated")
    if response.status == "aborted" and not response.message:
        raise Conflict(f"{what} was stopped before it said anything and cannot be rated")


async def _check_edit(state: State, response: Response, text: str) -> None:
    answer = (await state.messages.get(response.message)).content if response.message else ""
    if text.strip() == answer.strip():
        raise InvalidRequest("The edit equals the answer; say what it should have said", "text")


def _chosen(choice: str) -> int | None:
    return None if choice in ("tie", "both_bad") else ascii_lowercase.index(choice)


def _check_choice(choice: str, candidates: int) -> None:
    index = _chosen(choice)
    if index is not None and index >= candidates:
        letters = ", ".join(ascii_lowercase[:candidates])
        raise InvalidRequest(f"choice must be one of {letters}, tie, both_bad", "choice")


def _checked_ranking(ranking: schemas.Ranking, candidates: int) -> schemas.Ranking:
    """With every tie group in ascending order, so that the same ranking is the same opinion."""
    named = sorted(index for group in ranking.order for index in group)
    if named != list(range(candidates)):
        raise InvalidRequest(
            f"order must name each of the {candidates} candidates exactly once, as 0 to "
            f"{candidates - 1}; it names {named}",
            "order",
        )
    return ranking.model_copy(update={"order": [sorted(group) for group in ranking.order]})


async def _continue_from(
    state: State, comparison: Comparison, candidates: list[Response], chosen: int
) -> None:
    """Lets the conversation go on from the chosen answer, unless it has gone on already."""
    if not comparison.conversation:
        return
    try:
        conversation = await state.conversations.get(comparison.user, comparison.conversation)
    except NotFound:  # deleted meanwhile; the vote counts all the same
        return
    picked = candidates[chosen]
    if conversation.head in {comparison.prompt, *(c.message for c in candidates)}:
        await state.conversations.add(conversation, picked.message, picked.id)
