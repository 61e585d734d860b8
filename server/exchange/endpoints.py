"""HTTP of import and export. The body of an import is the file itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect

from core.errors import InvalidRequest, ThumbwheelError
from core.exchange.containers import Container, pack
from core.exchange.formats import find_format, find_written_format
from server.access.needs import EXPORT, OPERATE
from server.dependencies import StateDep
from server.exchange import service
from server.exchange.schemas import Imported
from server.explore.wanted import WantedDep
from server.sse import Primed

IMPORT_PATH: Final = "/v1/feedback/import"
_MEDIA: Final = {"jsonl": "application/jsonl", "parquet": "application/vnd.apache.parquet"}
FILE: Final[dict[str, Any]] = {
    "description": "The file",
    "content": {
        media: {"schema": {"type": "string", "format": "binary"}} for media in _MEDIA.values()
    },
}

router = APIRouter(prefix="/v1/feedback", tags=["feedback"])

Mapping = Annotated[list[str], Query(alias="map", max_length=16)]


@router.post("/import", dependencies=[OPERATE], openapi_extra={"requestBody": FILE})
async def take_in(
    request: Request,
    state: StateDep,
    assistant: str,
    format: str,
    container: Container = "jsonl",
    mapping: Mapping = [],  # noqa: B006 - FastAPI copies it
    skip_bad: bool = False,
) -> Imported:
    """Reads the file while it comes. `map=FIELD=NAME` goes with format jsonl."""
    form, body = find_format(format, mapping), _body(request)
    limit = state.settings.max_body_bytes
    rows = service.lines(body, limit) if container == "jsonl" else service.table(body, limit)
    try:
        return await service.take_in(state, assistant, form, rows, skip_bad)
    except ThumbwheelError:
        async for _ in body:  # a client that still sends would not read why
            pass
        raise


@router.get("/export", dependencies=[EXPORT], response_class=Response, responses={200: FILE})
async def give_out(
    state: StateDep,
    wanted: WantedDep,
    assistant: str,
    format: str = "thumbwheel",
    container: Container = "jsonl",
) -> StreamingResponse:
    """Opinions that hold now, in the order they were given; the filters are the explorer's."""
    name, form = state.assistants.get(assistant).name, find_written_format(format)
    pack(form, container)  # refuses before anything is sent
    headers = {"content-disposition": f'attachment; filename="{name}.{format}.{container}"'}
    file = await Primed.of(service.give_out(state, name, form, container, wanted))
    return StreamingResponse(file, media_type=_MEDIA[container], headers=headers)


async def _body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect as error:
        raise InvalidRequest("the file broke off") from error
