"""`/v1/conversations`: stored chats and their answers as server-sent events."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from core.errors import InvalidRequest
from server.access.needs import CHAT, GENERATE_OR_RESUME
from server.chat.service import find_assistant
from server.conversations import service, tree
from server.conversations.schemas import (
    ConversationList,
    ConversationTree,
    ConversationView,
    Deleted,
    NewConversation,
    NewMessage,
    Renamed,
    Stopped,
)
from server.dependencies import StateDep, TraceDep, UserDep
from server.disconnect import while_connected
from server.json_route import JsonRoute
from server.sse import EVENT_STREAM, NOTHING_LEFT, EventStream, LastEventId, Primed, go_on, named
from server.state import State

router = APIRouter(
    prefix="/v1/conversations", tags=["conversations"], route_class=JsonRoute, dependencies=[CHAT]
)

READ: Final[dict[int | str, dict[str, Any]]] = {**EVENT_STREAM, **NOTHING_LEFT}


@router.post("", status_code=201)
async def create_conversation(
    body: NewConversation, state: StateDep, user: UserDep
) -> ConversationView:
    assistant = find_assistant(state, body.model)
    return ConversationView.of(await state.conversations.create(user, assistant.name, body.title))


@router.get("")
async def list_conversations(
    state: StateDep,
    user: UserDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    q: Annotated[str, Query(max_length=200)] = "",
    before: Annotated[float | None, Query(ge=0, allow_inf_nan=False)] = None,
) -> ConversationList:
    """Last used first; with `q`, those whose title or first words hold all of its words. The next
    page is what was `updated` before the last one of this.
    """
    found = await state.conversations.of_user(user, limit, q, before)
    return ConversationList(data=[ConversationView.of(c) for c in found])


@router.get("/{conversation_id}")
async def get_conversation(
    conversation_id: str, state: StateDep, user: UserDep
) -> ConversationTree:
    return await tree.view_tree(state, await state.conversations.get(user, conversation_id))


@router.patch("/{conversation_id}")
async def rename_conversation(
    conversation_id: str, body: Renamed, state: StateDep, user: UserDep
) -> ConversationView:
    conversation = await state.conversations.get(user, conversation_id)
    await state.conversations.retitle(conversation, body.title)
    return ConversationView.of(replace(conversation, title=body.title))


@router.delete("/{conversation_id}")
async def delete_conversation(conversation_id: str, state: StateDep, user: UserDep) -> Deleted:
    await state.conversations.delete(await state.conversations.get(user, conversation_id))
    return Deleted(id=conversation_id)


@router.post(
    "/{conversation_id}/messages",
    dependencies=[GENERATE_OR_RESUME],
    response_class=Response,
    responses=READ,
)
async def create_message(
    request: Request,
    conversation_id: str,
    state: StateDep,
    user: UserDep,
    trace: TraceDep,
    body: NewMessage | None = None,
    last_event_id: LastEventId = None,
) -> Response:
    """Says something; with Last-Event-ID, goes on reading an answer instead."""
    if last_event_id is not None:
        return await _resume(state, user, conversation_id, last_event_id)
    if body is None:
        raise InvalidRequest("The body must say something: content, or regenerate and parent")
    said = service.say(state, trace, user, conversation_id, body)
    events = await while_connected(request, state.drain, said)
    return EventStream(await Primed.of(events), state.settings)


@router.get("/{conversation_id}/messages", response_class=Response, responses=READ)
async def resume_message(
    conversation_id: str, state: StateDep, user: UserDep, last_event_id: LastEventId = None
) -> Response:
    return await _resume(state, user, conversation_id, named(last_event_id))


@router.delete("/{conversation_id}/messages/{response_id}")
async def stop_message(
    conversation_id: str, response_id: str, state: StateDep, user: UserDep
) -> Stopped:
    """Stops generating."""
    await service.stop(state, user, conversation_id, response_id)
    return Stopped(response_id=response_id)


async def _resume(state: State, user: str, conversation_id: str, last_event_id: str) -> Response:
    events = await service.resume(state, user, conversation_id, last_event_id)
    return await go_on(events, state.settings)
