"""Responses and comparisons: what was asked, what was said, by which version, how sampled."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import orjson

from core import keys
from core.errors import NotFound
from core.holdings import note
from core.records import (
    IMPORTED,
    Comparison,
    Response,
    decode,
    encode,
    fields_of,
    to_dict,
)
from core.store import Store, guard
from core.timeline import answer_fields

END_FIELDS: Final = (
    "status",
    "message",
    "finish_reason",
    "error",
    "prompt_ids",
    "output_ids",
    "first_token_s",
    "finished",
)
"""What only the end of a response knows; everything else is written before the first token."""

# Ends a response that is there; else takes back what storing its answer left of the person.
# KEYS: response, its message, holdings, the person's assistants, salt, timeline.
# ARGV: end, message id, assistant, then where it is counted the first time.
FINISH: Final = """
if redis.call('EXISTS', KEYS[1]) == 1 then
  if redis.call('HSET', KEYS[1], 'end', ARGV[1]) == 1 then
    for i = 4, #ARGV do redis.call('HINCRBY', KEYS[6], ARGV[i], 1) end
  end
  return
end
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[2])
if redis.call('EXISTS', KEYS[3]) == 0 then redis.call('SREM', KEYS[4], ARGV[3]) end
if redis.call('EXISTS', KEYS[4]) == 0 then redis.call('DEL', KEYS[5]) end
"""


class Responses:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._redis = store.redis

    async def start(self, *responses: Response) -> None:
        """Writes open responses. Called before the first token leaves."""
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            for response in responses:
                note(pipe, response.assistant, response.user, [response.id])
                pipe.hset(keys.response(response.id), "start", encode(response))
            await pipe.execute()

    async def finish(self, response: Response) -> None:
        """Writes how a response ended (its status is no longer `open`). One that was removed while
        it was being said stays so, and its answer goes too.
        """
        known = to_dict(response)
        end = orjson.dumps({name: known[name] for name in END_FIELDS}).decode()
        script_keys = [
            keys.response(response.id),
            keys.message(response.message),
            keys.holdings(response.assistant, response.user),
            keys.user_assistants(response.user),
            keys.user_salt(response.user),
            keys.timeline(response.assistant),
        ]
        said_here = response.status != "error" and response.version != IMPORTED
        counted = answer_fields(response.created) if said_here else []
        arguments = [end, response.message, response.assistant, *counted]
        await self._store.run_script(FINISH, script_keys, arguments)

    async def get(self, response_id: str) -> Response:
        """Raises NotFound."""
        return (await self.get_many([response_id]))[0]

    async def get_many(self, response_ids: list[str]) -> list[Response]:
        """In the order asked for. Raises NotFound naming the first that is missing."""
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            for identity in response_ids:
                pipe.hmget(keys.response(identity), ["start", "end"])
            rows = await pipe.execute()
        return [
            _merge(identity, start, end)
            for identity, (start, end) in zip(response_ids, rows, strict=True)
        ]

    async def find(self, response_ids: list[str]) -> dict[str, Response]:
        """Those that exist, by id."""
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            for identity in response_ids:
                pipe.hmget(keys.response(identity), ["start", "end"])
            rows = await pipe.execute()
        return {
            identity: _merge(identity, start, end)
            for identity, (start, end) in zip(response_ids, rows, strict=True)
            if start is not None
        }

    async def add_comparison(self, comparison: Comparison) -> None:
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            note(pipe, comparison.assistant, comparison.user, [comparison.id])
            pipe.set(keys.comparison(comparison.id), encode(comparison))
            await pipe.execute()

    async def comparison(self, comparison_id: str) -> Comparison:
        """Raises NotFound."""
        async with guard():
            raw = await self._redis.get(keys.comparison(comparison_id))
        if raw is None:
            raise NotFound(f"There is no comparison {comparison_id!r}")
        return decode(Comparison, raw)

    async def find_comparisons(self, comparison_ids: list[str]) -> dict[str, Comparison]:
        """Those that exist, by id."""
        if not comparison_ids:
            return {}
        async with guard():
            rows = await self._redis.mget([keys.comparison(i) for i in comparison_ids])
        found = zip(comparison_ids, rows, strict=True)
        return {i: decode(Comparison, raw) for i, raw in found if raw is not None}


def _merge(identity: str, start: str | None, end: str | None) -> Response:
    if start is None:
        raise NotFound(f"There is no response {identity!r}")
    response = decode(Response, start)
    return replace(response, **fields_of(Response, orjson.loads(end))) if end else response
