"""Routes whose JSON bodies are read strictly: valid UTF-8, no NaN, bounded depth."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute


class JsonRequest(Request):
    async def json(self) -> Any:
        """Raises json.JSONDecodeError, which FastAPI turns into a validation error."""
        return orjson.loads(await self.body())


class JsonRoute(APIRoute):
    """`APIRouter(route_class=JsonRoute)`: lone surrogates never get further than the door."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answer_strictly(request: Request) -> Response:
            return await answer(JsonRequest(request.scope, request.receive))

        return answer_strictly
