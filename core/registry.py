"""Versions and who answers: an atomic champion pointer per assistant, fenced against stale runs,
every change audited.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Final

from core import keys
from core.errors import Conflict, NotFound, StaleFence
from core.records import BASE, Pointer, Version, VersionState, decode, encode
from core.store import Store, guard

OPERATOR: Final = 0
"""Fencing token of a person: never stale."""
NO_TRIAL: Final = {"challenger": "", "share": ""}
States = dict[str, VersionState]
"""Of versions, by name. The last word on a name counts."""

# Every change of the pointer goes through here: check the fence, apply, note it in the audit log.
# KEYS: pointer, fence, audit, version, ...  ARGV: token, by, action, reason, at, expected champion
# ('' for any), a state for each version, then field, value, ...
CHANGE: Final = """
local newest = tonumber(redis.call('GET', KEYS[2]) or '0')
local token = tonumber(ARGV[1])
if token > 0 and token < newest then return 'stale' end
local live = ARGV[3] == 'promote' or ARGV[3] == 'trial'
if token > 0 and live and (redis.call('HGET', KEYS[1], 'held') or '') ~= '' then
  return 'held'
end
local champion = redis.call('HGET', KEYS[1], 'champion') or 'base'
if ARGV[6] ~= '' and ARGV[6] ~= champion then return 'moved' end
local what, versions = {}, #KEYS - 3
for i = 1, versions do redis.call('HSET', KEYS[3 + i], 'state', ARGV[6 + i]) end
for i = 7 + versions, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  what[#what + 1] = ARGV[i] .. '=' .. ARGV[i + 1]
end
redis.call('HSET', KEYS[1], 'updated', ARGV[5])
redis.call('XADD', KEYS[3], '*', 'at', ARGV[5], 'by', ARGV[2], 'action', ARGV[3],
  'reason', ARGV[4], 'change', table.concat(what, ' '))
return 'ok'
"""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    at: float
    by: str
    action: str
    reason: str
    change: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something and why. `token` is a run's fencing token, OPERATOR for a person."""

    by: str
    reason: str
    token: int = OPERATOR


class Registry:
    """The only writer of pointers and versions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._redis = store.redis

    async def pointer(self, assistant: str) -> Pointer:
        return (await self.pointers([assistant]))[assistant]

    async def pointers(self, assistants: list[str]) -> dict[str, Pointer]:
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            for assistant in assistants:
                pipe.hgetall(keys.pointer(assistant))
            rows = await pipe.execute()
        return {a: _pointer(row) for a, row in zip(assistants, rows, strict=True)}

    async def next_sequence(self, assistant: str) -> int:
        async with guard():
            return int(await self._redis.incr(keys.sequence(assistant)))

    async def add_version(self, version: Version) -> None:
        """Registers an immutable version. The same version again is fine; the same name for
        another is a Conflict.
        """
        async with guard():
            new = await self._redis.hsetnx(
                keys.version(version.assistant, version.name), "record", encode(version)
            )
            if not new:
                known = await self.version(version.assistant, version.name)
                if known.sha256 != version.sha256:
                    raise Conflict(f"Version {version.name} exists with other content")
            await self._redis.hsetnx(
                keys.version(version.assistant, version.name), "state", version.state
            )
            await self._redis.zadd(
                keys.versions(version.assistant), {version.name: version.sequence}
            )

    async def version(self, assistant: str, name: str) -> Version:
        """Raises NotFound."""
        async with guard():
            row = await self._redis.hgetall(keys.version(assistant, name))
        if "record" not in row:
            raise NotFound(f"Assistant {assistant!r} has no version {name!r}")
        return replace(decode(Version, row["record"]), state=row["state"])

    async def versions(self, assistant: str, limit: int = 100) -> list[Version]:
        """Newest first."""
        async with guard():
            names = await self._redis.zrevrange(keys.versions(assistant), 0, limit - 1)
        return [await self.version(assistant, name) for name in names]

    async def names(self, assistant: str) -> list[str]:
        """Of all versions, oldest first."""
        async with guard():
            names: list[str] = await self._redis.zrange(keys.versions(assistant), 0, -1)
        return names

    async def rolled_back(self, assistant: str) -> frozenset[str]:
        """Every version that was taken back and not promoted since."""
        async with guard():
            names = await self._redis.zrange(keys.versions(assistant), 0, -1)
            pipe = self._redis.pipeline(transaction=False)
            for name in names:
                pipe.hget(keys.version(assistant, name), "state")
            states = await pipe.execute() if names else []
        return frozenset(n for n, s in zip(names, states, strict=True) if s == "rolled_back")

    async def stage(self, assistant: str, name: str, actor: Actor) -> None:
        """Asks every replica to load a version; nobody is answered by it yet."""
        await self.version(assistant, name)
        await self._change(assistant, "stage", actor, {"candidate": name})

    async def promote(self, assistant: str, name: str, actor: Actor, expected: str = "") -> None:
        """Moves the champion. With `expected`, only if that is still the champion. A run may not
        while the assistant is held: Conflict.
        """
        if name != BASE:
            await self.version(assistant, name)
        now = await self.pointer(assistant)
        if now.champion == name:
            return
        change = {"champion": name, "previous": now.champion, "candidate": "", **NO_TRIAL}
        states: States = {now.challenger: "retired", now.champion: "retired", name: "champion"}
        await self._change(assistant, "promote", actor, change, states, expected or now.champion)

    async def reject(self, assistant: str, name: str, actor: Actor) -> None:
        """Lets go of a candidate."""
        await self._change(assistant, "reject", actor, {"candidate": ""}, {name: "rejected"})

    async def unstage(self, assistant: str, name: str, actor: Actor) -> None:
        """Lets go of a candidate that stays good: a person may still promote it."""
        if (await self.pointer(assistant)).candidate == name:
            await self._change(assistant, "unstage", actor, {"candidate": ""})

    async def begin_trial(
        self, assistant: str, name: str, share: float, actor: Actor, expected: str
    ) -> None:
        """Lets a version answer a share of the people, and beside the champion, while `expected` is
        still the champion. A run may not while the assistant is held: Conflict.
        """
        await self.version(assistant, name)
        change = {"challenger": name, "share": repr(share), "candidate": ""}
        await self._change(assistant, "trial", actor, change, {name: "trial"}, expected)

    async def end_trial(
        self, assistant: str, name: str, actor: Actor, state: VersionState = "rolled_back"
    ) -> bool:
        """The champion answers everybody again. False when `name` is not on trial (any more)."""
        now = await self.pointer(assistant)
        if now.challenger != name:
            return False
        await self._change(assistant, "end_trial", actor, NO_TRIAL, {name: state}, now.champion)
        return True

    async def rollback(self, assistant: str, actor: Actor, to: str = "") -> tuple[str, str]:
        """Gives the alias back to the previous champion (or to `to`). Returns (from, to). Conflict
        when there is none.
        """
        now = await self.pointer(assistant)
        target = to or now.previous
        if not target:
            raise Conflict(f"Assistant {assistant!r} has no previous version to go back to")
        if target == now.champion:
            raise Conflict(f"{target!r} answers already")
        if target != BASE:
            await self.version(assistant, target)
        change = {"champion": target, "previous": now.champion, "candidate": "", **NO_TRIAL}
        states: States = {
            now.challenger: "retired",
            now.champion: "rolled_back",
            target: "champion",
        }
        await self._change(assistant, "rollback", actor, change, states, now.champion)
        return now.champion, target

    async def hold(self, assistant: str, actor: Actor) -> None:
        """No new version goes live until `resume`; chatting and voting go on."""
        await self._change(assistant, "hold", actor, {"held": "1", "hold_reason": actor.reason})

    async def resume(self, assistant: str, actor: Actor) -> None:
        await self._change(assistant, "resume", actor, {"held": "", "hold_reason": ""})

    async def note(self, assistant: str, action: str, actor: Actor) -> None:
        """Puts into the audit log what a person asked for and the pointer does not show."""
        await self._change(assistant, action, actor, {})

    async def audit(self, assistant: str, limit: int = 100) -> list[AuditEntry]:
        """Newest first."""
        async with guard():
            rows = await self._redis.xrevrange(keys.audit(assistant), count=limit)
        return [
            AuditEntry(float(r["at"]), r["by"], r["action"], r["reason"], r["change"])
            for _, r in rows
        ]

    async def _change(
        self,
        assistant: str,
        action: str,
        actor: Actor,
        change: dict[str, str],
        states: States | None = None,
        expected: str = "",
    ) -> None:
        """`states`: what versions are from then on; one write, so that no crash comes between."""
        flat = [part for pair in change.items() for part in pair]
        marked = {name: state for name, state in (states or {}).items() if name not in ("", BASE)}
        outcome = await self._store.run_script(
            CHANGE,
            [
                keys.pointer(assistant),
                keys.fence(assistant),
                keys.audit(assistant),
                *(keys.version(assistant, name) for name in marked),
            ],
            [
                *(actor.token, actor.by, action, actor.reason, repr(time.time()), expected),
                *marked.values(),
                *flat,
            ],
            durable=True,
        )
        if outcome == "stale":
            raise StaleFence(f"A newer run owns {assistant!r}; this one may not {action}")
        if outcome == "held":
            raise Conflict(f"Assistant {assistant!r} is held; only a person may {action} now")
        if outcome == "moved":
            raise Conflict(f"The champion of {assistant!r} is no longer {expected!r}")


def _pointer(row: dict[str, str]) -> Pointer:
    return Pointer(
        champion=row.get("champion") or BASE,
        previous=row.get("previous", ""),
        candidate=row.get("candidate", ""),
        challenger=row.get("challenger", ""),
        share=float(row.get("share") or 0.0),
        held=bool(row.get("held")),
        hold_reason=row.get("hold_reason", ""),
        updated=float(row.get("updated") or 0.0),
    )


def version_name(assistant: str, sequence: int, sha256: str) -> str:
    """`support-p000042-1a2b3c4d`: sequence and digest, never reused."""
    return f"{assistant}-p{sequence:06d}-{sha256[:8]}"
