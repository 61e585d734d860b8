"""Versions and who answers: an atomic champion pointer per assistant, fenced against stale runs,
every change audited.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from core import keys
from core.changes import Actor, Change, States
from core.errors import Conflict, NotFound
from core.records import BASE, Pointer, Version, VersionState, decode, encode
from core.store import Store, guard

NO_TRIAL: Final = {"challenger": "", "share": ""}


@dataclass(frozen=True, slots=True)
class AuditEntry:
    at: float
    by: str
    action: str
    reason: str
    change: str


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

    async def promote(
        self,
        assistant: str,
        name: str,
        actor: Actor,
        expected: str = "",
        challenger: str | None = None,
    ) -> None:
        """Moves the champion. With `expected`, only if that is still the champion; with
        `challenger`, only while that is on trial ("": nobody). Only a person may while the
        assistant is held: Conflict.
        """
        if name != BASE:
            await self.version(assistant, name)
        now = await self.pointer(assistant)
        if challenger is not None:
            _require_trial(assistant, now, challenger)
        if now.champion == name:
            return
        _require_champion(assistant, now, expected)
        change = {"champion": name, "previous": now.champion, "candidate": "", **NO_TRIAL}
        change["taken_back"] = ""
        states: States = {now.challenger: "retired", now.champion: "retired", name: "champion"}
        await self._change(assistant, "promote", actor, change, states, now)

    async def reject(self, assistant: str, name: str, actor: Actor) -> None:
        """Lets go of a candidate; one that came in its place meanwhile stays."""
        ours = (await self.pointer(assistant)).candidate == name
        fields = {"candidate": ""} if ours else {}
        await self._change(assistant, "reject", actor, fields, {name: "rejected"})

    async def unstage(self, assistant: str, name: str, actor: Actor) -> None:
        """Lets go of a candidate that stays good: a person may still promote it."""
        if (await self.pointer(assistant)).candidate == name:
            await self._change(assistant, "unstage", actor, {"candidate": ""})

    async def begin_trial(
        self, assistant: str, name: str, share: float, actor: Actor, expected: str
    ) -> None:
        """Lets a version answer a share of the people, and beside the champion, while `expected` is
        still the champion and no other is on trial. Only a person may while the assistant is held:
        Conflict.
        """
        await self.version(assistant, name)
        now = await self.pointer(assistant)
        _require_champion(assistant, now, expected)
        if now.challenger != name:
            _require_trial(assistant, now, "")
        change = {"challenger": name, "share": repr(share), "candidate": ""}
        await self._change(assistant, "trial", actor, change, {name: "trial"}, now)

    async def end_trial(
        self, assistant: str, name: str, actor: Actor, state: VersionState = "rolled_back"
    ) -> bool:
        """The champion answers everybody again. False when `name` is not on trial (any more)."""
        now = await self.pointer(assistant)
        if now.challenger != name:
            return False
        await self._change(assistant, "end_trial", actor, NO_TRIAL, {name: state}, now)
        return True

    async def rollback(
        self, assistant: str, actor: Actor, to: str = "", expected: str = ""
    ) -> tuple[str, str]:
        """Gives the alias back to the previous champion (or to `to`). With `expected`, only if that
        is still the champion. Returns (from, to). Conflict when there is none, or when it was
        rolled back itself and `to` does not name it.
        """
        now = await self.pointer(assistant)
        _require_champion(assistant, now, expected)
        target = to or now.previous
        if not target:
            raise Conflict(f"Assistant {assistant!r} has no previous version to go back to")
        if target == now.champion:
            raise Conflict(f"{target!r} answers already")
        if target != BASE:
            state = (await self.version(assistant, target)).state
            if not to and state == "rolled_back":
                raise Conflict(f"{target!r} was rolled back itself; name the version to go back to")
        change = {"champion": target, "previous": now.champion, "candidate": "", **NO_TRIAL}
        change["taken_back"] = "1"
        states: States = {
            now.challenger: "retired",
            now.champion: "rolled_back",
            target: "champion",
        }
        await self._change(assistant, "rollback", actor, change, states, now)
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
        fields: dict[str, str],
        states: States | None = None,
        seen: Pointer | None = None,
    ) -> None:
        """`states`: what versions are from then on; one write, so that no crash comes between."""
        await Change(assistant, action, actor, fields, states or {}, seen).apply(self._store)


def _require_champion(assistant: str, now: Pointer, expected: str) -> None:
    """Of any is "" expected."""
    if expected not in ("", now.champion):
        raise Conflict(f"The champion of {assistant!r} is no longer {expected!r}")


def _require_trial(assistant: str, now: Pointer, challenger: str) -> None:
    if now.challenger != challenger:
        there = repr(now.challenger) if now.challenger else "No version"
        raise Conflict(f"{there} of {assistant!r} is on trial now")


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
        taken_back=bool(row.get("taken_back")),
    )


def version_name(assistant: str, sequence: int, sha256: str) -> str:
    """`support-p000042-1a2b3c4d`: sequence and digest, never reused."""
    return f"{assistant}-p{sequence:06d}-{sha256[:8]}"


__all__ = ["Actor", "AuditEntry", "Registry", "version_name"]
