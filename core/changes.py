"""One change of an assistant's pointer: checked, applied and noted in the audit log at once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from core import keys
from core.errors import Conflict, StaleFence
from core.records import BASE, Pointer, VersionState
from core.store import Store

OPERATOR: Final = 0
"""Fencing token of who owns no run: never stale."""
States = dict[str, VersionState]
"""Of versions, by name. The last word on a name counts."""

# KEYS: pointer, fence, audit, version, ...  ARGV: token, by, action, reason, at, '1' for a machine,
# the champion ('' for any pointer), previous and challenger that were seen, what the log is told of
# the change, a state for each version, then field, value, ...
CHANGE: Final = """
local newest = tonumber(redis.call('GET', KEYS[2]) or '0')
local token = tonumber(ARGV[1])
if token > 0 and token < newest then return 'stale' end
local live = ARGV[3] == 'promote' or ARGV[3] == 'trial'
local now = redis.call('HMGET', KEYS[1], 'held', 'champion', 'previous', 'challenger')
if ARGV[6] == '1' and live and (now[1] or '') ~= '' then return 'held' end
if ARGV[7] ~= '' and (ARGV[7] ~= (now[2] or 'base') or ARGV[8] ~= (now[3] or '')
  or ARGV[9] ~= (now[4] or '')) then return 'moved' end
local versions = #KEYS - 3
for i = 1, versions do redis.call('HSET', KEYS[3 + i], 'state', ARGV[10 + i]) end
for i = 11 + versions, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('HSET', KEYS[1], 'updated', ARGV[5])
redis.call('XADD', KEYS[3], '*', 'at', ARGV[5], 'by', ARGV[2], 'action', ARGV[3],
  'reason', ARGV[4], 'change', ARGV[10])
return 'ok'
"""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something and why. `token` is a run's fencing token, OPERATOR for who owns none;
    `machine`: no person decided it. A run never is one.
    """

    by: str
    reason: str
    token: int = OPERATOR
    machine: bool = False

    @property
    def is_person(self) -> bool:
        return self.token == OPERATOR and not self.machine


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of the pointer's `fields` and of the versions' `states`. `seen`: the pointer
    that it rests on, None where it rests on none.
    """

    assistant: str
    action: str
    actor: Actor
    fields: Mapping[str, str] = field(default_factory=dict)
    states: States = field(default_factory=dict)
    seen: Pointer | None = None

    async def apply(self, store: Store) -> None:
        """On disk when it returns. Raises StaleFence for an outdated run, and Conflict when a
        machine wants to make a version live while the assistant is held, or when who answers is not
        as it was `seen`.
        """
        marked = {name: state for name, state in self.states.items() if name not in ("", BASE)}
        script_keys = [
            keys.pointer(self.assistant),
            keys.fence(self.assistant),
            keys.audit(self.assistant),
            *(keys.version(self.assistant, name) for name in marked),
        ]
        flat = [part for pair in self.fields.items() for part in pair]
        arguments = [*self._checked(), self._told(marked), *marked.values(), *flat]
        self._raise_for(await store.run_script(CHANGE, script_keys, arguments, durable=True))

    def _checked(self) -> list[str | int]:
        actor, seen = self.actor, self.seen
        who = (seen.champion, seen.previous, seen.challenger) if seen else ("", "", "")
        machine = int(not actor.is_person)
        at = repr(time.time())
        return [actor.token, actor.by, self.action, actor.reason, at, machine, *who]

    def _told(self, marked: States) -> str:
        """The fields, and what became of versions that none of them names."""
        unnamed = {n: state for n, state in marked.items() if n not in self.fields.values()}
        return " ".join(f"{what}={is_now}" for what, is_now in {**self.fields, **unnamed}.items())

    def _raise_for(self, outcome: str) -> None:
        of = repr(self.assistant)
        if outcome == "stale":
            raise StaleFence(f"A newer run owns {of}; this one may not {self.action}")
        if outcome == "held":
            raise Conflict(f"Assistant {of} is held; only a person may {self.action} now")
        if outcome == "moved":
            raise Conflict(f"Somebody else changed who answers for {of} meanwhile; look again")
