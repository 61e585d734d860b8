"""Responses and comparisons: what was asked, what was said, by which version, how sampled."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import orjson

from core import keys
from core.errors import NotFound
from core.holdings import note
from core.messages import queue_messages
from core.records import (
    IMPORTED,
    Comparison,
    Message,
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
# KEYS: response, its message, holdings, the person's assistants, salt, timeline, open responses.
# ARGV: end, message id, assistant, member of the open ones, then where it is counted the first
# time.  Returns 1 if it had been given up, also when asked again because the reply was lost; it is
# counted once.  It is among the open ones until its end is written: a full Redis takes no end.
FINISH: Final = """
if redis.call('EXISTS', KEYS[1]) == 1 then
  local first = redis.call('HSET', KEYS[1], 'end', ARGV[1])
  local given_up = redis.call('HGET', KEYS[1], 'given_up')
  if given_up == '1' then redis.call('HSET', KEYS[1], 'given_up', 2) end
  if first == 1 or given_up == '1' then
    for i = 5, #ARGV do redis.call('HINCRBY', KEYS[6], ARGV[i], 1) end
  end
  redis.call('ZREM', KEYS[7], ARGV[4])
  return given_up and 1 or 0
end
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[2])
if redis.call('EXISTS', KEYS[3]) == 0 then redis.call('SREM', KEYS[4], ARGV[3]) end
if redis.call('EXISTS', KEYS[4]) == 0 then redis.call('DEL', KEYS[5]) end
redis.call('ZREM', KEYS[7], ARGV[4])
return 0
"""

# Ends a response if it is there and open.  KEYS: response, open responses.  ARGV: member of the
# open ones, end.  Returns 1 if it was.
GIVE_UP: Final = """
local ended = 0
if redis.call('EXISTS', KEYS[1]) == 1 and redis.call('HSETNX', KEYS[1], 'end', ARGV[2]) == 1 then
  ended = redis.call('HSET', KEYS[1], 'given_up', 1)
end
redis.call('ZREM', KEYS[2], ARGV[1])
return ended
"""


class Responses:
    """`server`: the API process that finishes what it starts, "" for who needs none to."""

    def __init__(self, store: Store, server: str = "") -> None:
        self._store = store
        self._redis = store.redis
        self._server = server

    async def start(self, *responses: Response, chat: Sequence[Message] = ()) -> None:
        """Writes open responses, and the chat that they answer where it is not stored yet. Called
        before the first token leaves.
        """
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            if chat:
                queue_messages(pipe, responses[0].assistant, responses[0].user, chat)
            for response in responses:
                note(pipe, response.assistant, response.user, [response.id])
                pipe.zadd(keys.open_responses(), {_member(self._server, response.id): 0})
                pipe.hset(keys.response(response.id), "start", encode(response))
            await pipe.execute()

    async def finish(self, response: Response, said: Sequence[Message] = ()) -> bool:
        """Writes how a response ended (its status is no longer `open`), after what it `said`. One
        that was removed while it was being said stays so, and its answer goes too. Returns whether
        it had been given up.
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
            keys.open_responses(),
        ]
        said_here = response.status != "error" and response.version != IMPORTED
        counted = answer_fields(response.created) if said_here else []
        member = _member(self._server, response.id)
        arguments = [end, response.message, response.assistant, member, *counted]
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            if said:
                queue_messages(pipe, response.assistant, response.user, said)
            pipe.eval(FINISH, len(script_keys), *script_keys, *arguments)
            return bool(int((await pipe.execute())[-1]))

    async def servers(self) -> list[str]:
        """API processes with responses that are not finished."""
        found: list[str] = []
        after = "-"
        while member := await self._first_open(after):
            found.append(member.partition(" ")[0])
            after = f"({found[-1]}!"  # behind all of its members
        return found

    async def _first_open(self, after: str) -> str:
        async with guard():
            members = await self._redis.zrange(
                keys.open_responses(), after, "+", bylex=True, offset=0, num=1
            )
        return members[0] if members else ""

    async def other_server(self, response_id: str) -> str:
        """The other API process that has yet to finish it; "" when there is none."""
        for server in await self.servers():
            async with guard():
                name = _member(server, response_id)
                found = await self._redis.zscore(keys.open_responses(), name)
            if found is not None and server != self._server:
                return server
        return ""

    async def open_of(self, server: str, most: int) -> list[str]:
        """Ids of its responses that are not finished, the oldest first."""
        async with guard():
            members = await self._redis.zrange(
                keys.open_responses(), f"[{server} ", f"({server}!", bylex=True, offset=0, num=most
            )
        return [member.partition(" ")[2] for member in members]

    async def open_in(self, conversation: str) -> list[Response]:
        """A conversation's that are not finished, whichever process is to finish them."""
        async with guard():
            members = await self._redis.zrange(keys.open_responses(), 0, -1)
        found = await self.find_begun([member.partition(" ")[2] for member in members])
        return [r for r in found.values() if r.conversation == conversation]

    async def give_up(self, server: str, ids: list[str], error: str) -> list[Response]:
        """Ends those that are open with an error; if their server finishes them after all, that
        counts. Returns those it ended.
        """
        end = orjson.dumps({"status": "error", "error": error, "finished": time.time()}).decode()
        calls = [
            ([keys.response(i), keys.open_responses()], [_member(server, i), end]) for i in ids
        ]
        ended = await self._store.run_durably(GIVE_UP, calls) if calls else []
        ours = [i for i, done in zip(ids, ended, strict=True) if int(done)]
        return list((await self.find(ours)).values())

    async def get(self, response_id: str) -> Response:
        """Raises NotFound."""
        return (await self.get_many([response_id]))[0]

    async def get_many(self, response_ids: list[str]) -> list[Response]:
        """In the order asked for. Raises NotFound naming the first that is missing."""
        rows = await self._rows(response_ids, "start", "end")
        return [
            _merge(identity, start, end)
            for identity, (start, end) in zip(response_ids, rows, strict=True)
        ]

    async def find(self, response_ids: list[str]) -> dict[str, Response]:
        """Those that exist, by id."""
        rows = await self._rows(response_ids, "start", "end")
        return {
            identity: _merge(identity, start, end)
            for identity, (start, end) in zip(response_ids, rows, strict=True)
            if start is not None
        }

    async def find_begun(self, response_ids: list[str]) -> dict[str, Response]:
        """Those that exist, by id, as they began: all of them `open`, and quick to read."""
        found = zip(response_ids, await self._rows(response_ids, "start"), strict=True)
        return {i: decode(Response, start) for i, [start] in found if start is not None}

    async def _rows(self, response_ids: list[str], *fields: str) -> list[list[str | None]]:
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            for identity in response_ids:
                pipe.hmget(keys.response(identity), fields)
            return list(await pipe.execute())

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


def _member(server: str, response_id: str) -> str:
    """Of the open responses."""
    return f"{server} {response_id}"


def _merge(identity: str, start: str | None, end: str | None) -> Response:
    if start is None:
        raise NotFound(f"There is no response {identity!r}")
    response = decode(Response, start)
    return replace(response, **fields_of(Response, orjson.loads(end))) if end else response
