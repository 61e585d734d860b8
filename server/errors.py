"""Errors as HTTP, in OpenAI's shape: {"error": {"message", "type", "param", "code"}}.

The only place that knows which status an error of ours has.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from core.errors import (
    ArtifactCorrupt,
    BadConfig,
    Conflict,
    Forbidden,
    InvalidRequest,
    LimitReached,
    NotFound,
    RunFailed,
    ThumbwheelError,
    Unauthenticated,
    Unavailable,
)
from core.metrics import ERRORS

INVALID: Final = "invalid_request_error"
SERVER: Final = "server_error"
MAX_MESSAGE: Final = 1000
"""Characters of an error's message: what it quotes may be as large as a body."""


class UnknownModel(NotFound):
    """OpenAI's `model_not_found`."""


class ContextTooLong(InvalidRequest):
    """OpenAI's `context_length_exceeded`."""


class ErrorDetail(BaseModel):
    message: str
    type: str
    param: str | None
    """The field that is wrong, as messages[0].content."""
    code: str | None


class ErrorReply(BaseModel):
    error: ErrorDetail


RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"model": ErrorReply, "description": "The request is wrong; again will not help"},
    "5XX": {"model": ErrorReply, "description": "It failed here; 503 may be tried again"},
}
"""Of every call, for its description."""


@dataclass(frozen=True, slots=True)
class Problem:
    """How a class of errors looks from outside."""

    status: int
    type: str
    code: str | None = None


PROBLEMS: Final[dict[type[ThumbwheelError], Problem]] = {
    InvalidRequest: Problem(400, INVALID),
    ContextTooLong: Problem(400, INVALID, "context_length_exceeded"),
    UnknownModel: Problem(404, INVALID, "model_not_found"),
    NotFound: Problem(404, INVALID, "not_found"),
    Conflict: Problem(409, INVALID, "conflict"),
    Unauthenticated: Problem(401, INVALID, "invalid_api_key"),
    Forbidden: Problem(403, INVALID, "insufficient_permissions"),
    LimitReached: Problem(429, "rate_limit_error", "rate_limit_exceeded"),
    Unavailable: Problem(503, "service_unavailable", "unavailable"),
    BadConfig: Problem(500, SERVER),
    ArtifactCorrupt: Problem(500, SERVER),
    RunFailed: Problem(500, SERVER),
    ThumbwheelError: Problem(500, SERVER),
}


def find_problem(error: ThumbwheelError) -> Problem:
    """The row of the error's nearest class."""
    return next(PROBLEMS[cls] for cls in type(error).__mro__ if cls in PROBLEMS)


def error_body(
    message: str, kind: str = INVALID, param: str | None = None, code: str | None = None
) -> dict[str, Any]:
    shown = message if len(message) <= MAX_MESSAGE else f"{message[:MAX_MESSAGE]} ..."
    return {"error": {"message": shown, "type": kind, "param": param, "code": code}}


def describe_error(error: ThumbwheelError) -> dict[str, Any]:
    """The body for an error of ours: also what a broken stream ends with."""
    problem = find_problem(error)
    param = "model" if isinstance(error, UnknownModel) else getattr(error, "param", None)
    return error_body(error.message, problem.type, param, problem.code)


def error_response(
    status: int, body: dict[str, Any], headers: dict[str, str] | None = None
) -> Response:
    return Response(orjson.dumps(body), status, headers, media_type="application/json")


async def answer_thumbwheel_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ThumbwheelError)
    ERRORS.labels(type(error).__name__).inc()
    headers = {}
    if isinstance(error, Unavailable):
        headers["retry-after"] = str(error.retry_after_s)
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = "Bearer"
    return error_response(find_problem(error).status, describe_error(error), headers)


async def answer_validation_error(request: Request, error: Exception) -> Response:
    """400, never with the input itself: it may be huge, private or not even valid UTF-8."""
    assert isinstance(error, RequestValidationError)
    ERRORS.labels(InvalidRequest.__name__).inc()
    first = error.errors()[0]
    param = name_param(first["loc"])
    if first["type"] == "json_invalid":
        detail = first.get("ctx", {}).get("error", "")
        return error_response(400, error_body(f"The body is not valid JSON: {detail}"))
    if first["type"] == "extra_forbidden":
        return error_response(
            400, error_body(f"Unrecognized request argument: {param}", param=param)
        )
    message = f"Invalid value for {param!r}: {first['msg']}" if param else str(first["msg"])
    return error_response(400, error_body(message, param=param))


def name_param(location: tuple[int | str, ...]) -> str | None:
    """OpenAI's way to name a field: messages[0].content."""
    name = ""
    for part in location[1:]:
        name += f"[{part}]" if isinstance(part, int) else f".{part}"
    return _printable(name.lstrip(".")) or None


async def answer_http_error(request: Request, error: Exception) -> Response:
    """Unknown routes, wrong methods and what Starlette itself refuses."""
    assert isinstance(error, HTTPException)
    message = str(error.detail)
    if error.status_code == HTTPStatus.NOT_FOUND:
        message = f"Unknown request URL: {request.method} {_printable(request.scope['path'])}"
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        message = f"{request.method} is not allowed for {_printable(request.scope['path'])}"
    kind = SERVER if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR else INVALID
    return error_response(error.status_code, error_body(message, kind), dict(error.headers or {}))


def install_error_handlers(app: FastAPI) -> None:
    """What is not listed here is a bug of ours: the middleware logs it and answers 500."""
    app.add_exception_handler(ThumbwheelError, answer_thumbwheel_error)
    app.add_exception_handler(RequestValidationError, answer_validation_error)
    app.add_exception_handler(HTTPException, answer_http_error)


def _printable(text: str, limit: int = 200) -> str:
    return text.encode("utf-8", "replace").decode()[:limit]
