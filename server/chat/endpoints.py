"""`POST /v1/chat/completions` and `GET /v1/models`, for any OpenAI client."""

from __future__ import annotations

from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response

from core.assistants import Assistant
from core.records import Pointer
from server.access.needs import CHAT, GENERATE
from server.chat import service
from server.chat.schemas import ChatRequest
from server.dependencies import StateDep, TraceDep, find_user
from server.disconnect import while_connected
from server.json_route import JsonRoute
from server.sse import EVENT_STREAM, EventStream, Primed

router = APIRouter(prefix="/v1", tags=["chat"], route_class=JsonRoute, dependencies=[CHAT])

BORN: Final = 1767225600
"""OpenAI's clients want a time of creation; assistants have none, so it is 2026's first second."""


@router.post(
    "/chat/completions",
    dependencies=[GENERATE],
    response_model=None,
    responses=EVENT_STREAM,
)
async def create_completion(
    request: Request, body: ChatRequest, state: StateDep, trace: TraceDep
) -> Response:
    user = await find_user(request, body.user)
    ask = await service.make_ask(state, body, user, trace)
    if body.stream:
        usage = body.stream_options is not None and body.stream_options.include_usage
        events = service.stream(state, ask, trace, usage)
        begun = await while_connected(request, state.drain, Primed.of(events))
        return EventStream(begun, state.settings)
    answer = await while_connected(request, state.drain, service.complete(state, ask, trace))
    return Response(orjson.dumps(answer), media_type="application/json")


@router.get("/models")
async def list_models(state: StateDep) -> dict[str, Any]:
    pointers = await state.registry.pointers(state.assistants.names)
    return {"object": "list", "data": [_card(a, pointers[a.name]) for a in state.assistants]}


@router.get("/models/{name}")
async def get_model(name: str, state: StateDep) -> dict[str, Any]:
    assistant = service.find_assistant(state, name)
    return _card(assistant, await state.registry.pointer(assistant.name))


def _card(assistant: Assistant, pointer: Pointer) -> dict[str, Any]:
    return {
        "id": assistant.name,
        "object": "model",
        "created": BORN,
        "owned_by": "thumbwheel",
        "description": assistant.description,
        "examples": assistant.examples,
        "champion": pointer.champion,
    }
