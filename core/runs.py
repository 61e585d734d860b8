"""Runs: one retraining per assistant at a time, owned by whoever holds the lease, ended by exactly
one verdict.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import orjson

from core import keys
from core.errors import NotFound, StaleFence
from core.ids import is_id, new_id
from core.records import Run, RunState, TriggerState, Verdict, decode, encode
from core.store import Store, guard

EVENTS_KEPT: Final = 2000
KEPT_S: Final = 30 * 24 * 3600
"""How long there is more of a run than its verdict, from its last event on. What a version needs
lies beside it.
"""

# Makes a run the assistant's only open one. KEYS: active, run, runs, gone.
# ARGV: run id, record, at.  Returns the open run.
OPEN: Final = """
local open = redis.call('GET', KEYS[1])
if open then return open end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[2], 'record', ARGV[2], 'state', 'queued')
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1])
redis.call('DEL', KEYS[4])
return ARGV[1]
"""

# Takes the lease if nobody holds it, with a new fencing token. KEYS: lease, fence, run, active.
# ARGV: run id, ttl in ms.  Returns the token, 0 when somebody holds it, -1 when the run is not the
# open one.
TAKE: Final = """
if redis.call('GET', KEYS[4]) ~= ARGV[1] then return -1 end
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local token = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. token, 'PX', ARGV[2])
redis.call('HINCRBY', KEYS[3], 'attempts', 1)
redis.call('HSET', KEYS[3], 'state', 'running')
return token
"""

# KEYS: lease.  ARGV: owner, ttl in ms.  Returns 1 if it is still ours.
RENEW: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""

# KEYS: lease.  ARGV: owner.
RELEASE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
"""

# Ends a run once. KEYS: active, run, lease, fence.  ARGV: run id, verdict, at, token (0: nobody
# works on it, and whoever did and comes back is outdated).
# Returns 1, or 0 when it has a verdict, or -1 when the token is stale.
END: Final = """
if redis.call('HGET', KEYS[2], 'verdict') then return 0 end
local token = tonumber(ARGV[4])
if token > 0 and token < tonumber(redis.call('GET', KEYS[4]) or '0') then return -1 end
if token == 0 then redis.call('INCR', KEYS[4]) end
redis.call('HSET', KEYS[2], 'verdict', ARGV[2], 'state', 'ended', 'ended', ARGV[3],
  'phase', 'ended', 'fraction', '1')
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
redis.call('DEL', KEYS[3])
return 1
"""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on an assistant, and the fencing token that proves it at publish."""

    assistant: str
    run: str
    token: int

    @property
    def owner(self) -> str:
        return f"{self.run} {self.token}"


class Runs:
    """The only writer of runs, leases and fencing tokens."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._redis = store.redis

    async def open(self, assistant: str, reason: str, counts: dict[str, int]) -> tuple[Run, bool]:
        """Opens a run, or returns the one that is open already: (run, whether it is new)."""
        run = Run(new_id("run"), assistant, reason, time.time(), counts)
        script_keys = [
            keys.active_run(assistant),
            keys.run(run.id),
            keys.runs(assistant),
            keys.gone(assistant),
        ]
        arguments = [run.id, encode(run).decode(), repr(run.created)]
        open_id = str(await self._store.run_script(OPEN, script_keys, arguments))
        return (run, True) if open_id == run.id else (await self.get(open_id), False)

    async def active(self, assistant: str) -> Run | None:
        """The run without a verdict, if there is one."""
        async with guard():
            identity = await self._redis.get(keys.active_run(assistant))
        return await self.get(identity) if identity else None

    async def get(self, run_id: str) -> Run:
        """Raises NotFound."""
        row: dict[str, str] = {}
        if is_id(run_id):
            async with guard():
                row = await self._redis.hgetall(keys.run(run_id))
        if "record" not in row:
            raise NotFound(f"There is no run {run_id!r}")
        return _merge(row)

    async def of(self, assistant: str, limit: int = 50) -> list[Run]:
        """Newest first."""
        async with guard():
            names = await self._redis.zrevrange(keys.runs(assistant), 0, limit - 1)
        return [await self.get(name) for name in names]

    async def take(self, run: Run, ttl_s: float) -> Lease | None:
        """The lease with a new fencing token, or None when another worker holds it or the run is
        over.
        """
        token = await self._store.run_script(
            TAKE,
            [
                keys.lease(run.assistant),
                keys.fence(run.assistant),
                keys.run(run.id),
                keys.active_run(run.assistant),
            ],
            [run.id, int(ttl_s * 1000)],
        )
        return Lease(run.assistant, run.id, int(token)) if int(token) > 0 else None

    async def renew(self, lease: Lease, ttl_s: float) -> None:
        """The heartbeat. Raises StaleFence when the lease is no longer ours: stop working."""
        ours = await self._store.run_script(
            RENEW, [keys.lease(lease.assistant)], [lease.owner, int(ttl_s * 1000)]
        )
        if not int(ours):
            raise StaleFence(f"Run {lease.run} lost its lease")

    async def release(self, lease: Lease) -> None:
        await self._store.run_script(RELEASE, [keys.lease(lease.assistant)], [lease.owner])

    async def is_leased(self, assistant: str) -> bool:
        async with guard():
            return bool(await self._redis.exists(keys.lease(assistant)))

    async def claim_enqueue(self, run_id: str, ttl_s: float) -> bool:
        """True for the one caller in `ttl_s` that is to send the message asking for this run."""
        async with guard():
            return bool(
                await self._redis.set(keys.run_enqueued(run_id), "1", nx=True, px=int(ttl_s * 1000))
            )

    async def progress(
        self,
        run_id: str,
        phase: str,
        fraction: float,
        message: str = "",
        eta_s: float | None = None,
        figures: Mapping[str, float] | None = None,
    ) -> None:
        """Says how far a run is, for whoever watches; `figures` are the newest training step's."""
        now = {
            "phase": phase,
            "fraction": f"{fraction:.4f}",
            "message": message,
            "eta_s": "" if eta_s is None else f"{eta_s:.1f}",
        }
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            pipe.hset(keys.run(run_id), mapping=now)
            pipe.xadd(
                keys.run_events(run_id),
                {**now, "at": repr(time.time()), **_figures(figures)},
                maxlen=EVENTS_KEPT,
                approximate=True,
            )
            pipe.expire(keys.run_events(run_id), KEPT_S)
            await pipe.execute()

    async def note(self, run_id: str, **facts: str) -> None:
        """Keeps what a stage produced (`snapshot`, `version`), so that a successor resumes behind
        it.
        """
        async with guard():
            await self._redis.hset(keys.run(run_id), mapping=facts)

    async def cancel(self, run_id: str) -> None:
        """Asks for a stop; the owner notices at its next heartbeat."""
        await self.get(run_id)
        await self.note(run_id, cancelled="1")

    async def end(self, run: Run, verdict: Verdict, token: int = 0) -> bool:
        """Writes the verdict, once. False when there was one. Without a token nobody who worked on
        the run may publish any more. Raises StaleFence for an outdated owner.
        """
        outcome = await self._store.run_script(
            END,
            [
                keys.active_run(run.assistant),
                keys.run(run.id),
                keys.lease(run.assistant),
                keys.fence(run.assistant),
            ],
            [run.id, encode(verdict).decode(), repr(time.time()), token],
            durable=True,
        )
        if int(outcome) < 0:
            raise StaleFence(f"Run {run.id} was taken over; its verdict is not ours to give")
        if int(outcome):
            await self.progress(run.id, "ended", 1.0, f"{verdict.decision}: {verdict.reason}")
        return bool(int(outcome))

    async def events(
        self, run_id: str, after: str = "0", block_ms: int = 1000
    ) -> AsyncIterator[tuple[str, dict[str, str]]]:
        """Progress events behind the position `after`, waiting at most `block_ms` for the first."""
        async with guard():
            found = await self._redis.xread({keys.run_events(run_id): after}, block=block_ms)
        for _, rows in _streams(found):
            for position, row in rows:
                yield position, row

    async def request_retrain(self, assistant: str, by: str, reason: str) -> None:
        """An operator wants a run now; the worker takes it at its next tick."""
        async with guard():
            await self._redis.set(keys.retrain_request(assistant), f"{by}: {reason}")

    async def retrain_request(self, assistant: str) -> str | None:
        """What an operator asked for and no run has answered yet, as `by: reason`."""
        async with guard():
            asked = await self._redis.get(keys.retrain_request(assistant))
        return str(asked) if asked else None

    async def take_retrain_request(self, assistant: str) -> str | None:
        async with guard():
            taken = await self._redis.getdel(keys.retrain_request(assistant))
        return str(taken) if taken else None

    async def set_trigger_state(self, assistant: str, state: TriggerState) -> None:
        async with guard():
            await self._redis.set(keys.trigger_state(assistant), encode(state))

    async def trigger_state(self, assistant: str) -> TriggerState | None:
        """Why there is, or is not, a run now; None when no worker has looked yet."""
        async with guard():
            raw = await self._redis.get(keys.trigger_state(assistant))
        return decode(TriggerState, raw) if raw else None


def _merge(row: dict[str, str]) -> Run:
    verdict = row.get("verdict")
    return replace(
        decode(Run, row["record"]),
        state=cast(RunState, row.get("state", "queued")),
        phase=row.get("phase", "queued"),
        fraction=float(row.get("fraction") or 0.0),
        eta_s=float(row["eta_s"]) if row.get("eta_s") else None,
        message=row.get("message", ""),
        attempts=int(row.get("attempts", 0)),
        cancelled=bool(row.get("cancelled")),
        snapshot=row.get("snapshot", ""),
        version=row.get("version", ""),
        verdict=decode(Verdict, verdict) if verdict else None,
        ended=float(row["ended"]) if row.get("ended") else None,
    )


def _figures(figures: Mapping[str, float] | None) -> dict[str, str]:
    return {"figures": orjson.dumps(dict(figures)).decode()} if figures else {}


def _streams(found: Any) -> list[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """XREAD's answer as (stream, rows): RESP3 gives a dictionary of batches, RESP2 a list."""
    if not found:
        return []
    if isinstance(found, dict):
        return [(name, batch) for name, batches in found.items() for batch in batches]
    return [(name, rows) for name, rows in found]
