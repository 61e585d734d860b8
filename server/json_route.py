"""Routes whose JSON bodies are read strictly: valid UTF-8, no NaN, bounded depth and width."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

import orjson
from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute

TOO_DEEP: Final = "The body is nested too deeply; 254 levels are read"
"""As deep as JSON can be written on."""
MAX_KEYS: Final = 100
"""No body of ours has as many; each unknown one would cost an error of its own."""


class JsonRequest(Request):
    async def json(self) -> Any:
        """Raises json.JSONDecodeError, which FastAPI turns into a validation error."""
        body = orjson.loads(await self.body())
        try:
            orjson.dumps(body)
        except orjson.JSONEncodeError as error:
            raise HTTPException(400, TOO_DEEP) from error
        if isinstance(body, dict) and len(body) > MAX_KEYS:
            raise HTTPException(400, f"The body has {len(body)} keys; at most {MAX_KEYS} are read")
        return body


class JsonRoute(APIRoute):
    """`APIRouter(route_class=JsonRoute)`: lone surrogates never get further than the door."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answer_strictly(request: Request) -> Response:
            return await answer(JsonRequest(request.scope, request.receive))

        return answer_strictly
