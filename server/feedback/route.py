"""Validation errors of a union told apart by `kind`, named as the caller sees the body."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError

from server.json_route import JsonRoute


class OpinionRoute(JsonRoute):
    """Pydantic puts the kind into an error's place (body.thumb.value); the body has no such
    level.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_named(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                named = [{**e, "loc": _without_kind(e)} for e in error.errors()]
                raise RequestValidationError(named, body=error.body) from error

        return handle_named


def _without_kind(error: dict[str, Any]) -> tuple[int | str, ...]:
    where: tuple[int | str, ...] = tuple(error["loc"])
    if where[0] != "body" or error["type"] == "json_invalid":
        return where
    if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return ("body", "kind")
    return ("body", *where[2:])
