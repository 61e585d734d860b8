"""Makes the faults of a plan happen, several at once but one at a time to each part, and keeps what
became of them.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import psutil

from core.errors import StoreUnavailable
from core.store import Store
from tests.chaos.hits import RECOVERS_S, Missed, hit
from tests.chaos.plan import Fault, Plan
from tests.chaos.troubles import HARMED, INVOLVED, Trouble, make_troubles
from tests.chaos.victims import Victims, part_of
from tests.chaos.waiting import until
from tests.stack import Stack

ATTEMPTS: Final = 20
AGAIN_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Event:
    """A fault that happened `at_s` seconds after the storm began. `recovered_s`: from the fault, a
    pause's or trouble's end, until the work was done again, None when it never was; `said` tells
    the process or what a trouble did.
    """

    at_s: float
    action: str
    target: str
    recovered_s: float | None
    said: str

    @property
    def name(self) -> str:
        """Of whom it hit, or of the trouble."""
        return self.target or self.action


@dataclass(slots=True)
class Storm:
    """`missed`: faults that found nobody."""

    stack: Stack
    store: Store
    victims: Victims
    events: list[Event] = field(default_factory=list)
    missed: int = 0
    problems: list[str] = field(default_factory=list)
    _locks: defaultdict[str, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )
    _began: float = field(default_factory=time.monotonic)

    async def rage(self, plan: Plan, faults: int, at_most_s: float) -> None:
        """Until so many faults hit processes and everybody was hit, or time is over; returns when
        all is well again.
        """
        troubles = make_troubles(self.stack, self.store, self.victims)
        end = time.monotonic() + at_most_s
        under_way: dict[asyncio.Task[bool], Fault] = {}
        async with asyncio.TaskGroup() as group:
            while time.monotonic() < end:
                if not self._suffices(plan, faults, under_way.values()):
                    fault = plan.draw()
                    await asyncio.sleep(fault.gap_s)
                    under_way[group.create_task(self._make(fault, troubles))] = fault
                elif under_way:
                    await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                else:
                    return
                _take_back(plan, under_way)

    def never_hit(self, plan: Plan) -> list[str]:
        return sorted(plan.names - {event.name for event in self.events})

    def _suffices(self, plan: Plan, faults: int, under_way: Iterable[Fault]) -> bool:
        """If those under way find whom they look for."""
        struck: list[Fault | Event] = [*self.events, *under_way]
        hits = sum(bool(one.target) for one in struck)
        return hits >= faults and plan.names <= {one.name for one in struck}

    async def _make(self, fault: Fault, troubles: Mapping[str, Trouble]) -> bool:
        """False when it found nobody."""
        parts = INVOLVED.get(fault.action, ()) if fault.is_trouble else _parts(fault)
        async with AsyncExitStack() as held:
            for part in sorted(parts):
                await held.enter_async_context(self._locks[part])
            return await self._make_now(fault, troubles)

    async def _make_now(self, fault: Fault, troubles: Mapping[str, Trouble]) -> bool:
        at_s = time.monotonic() - self._began
        self._say(at_s, f"{fault}, up to {fault.hold_s:.0f} s")
        recovered_s: float | None = None
        try:
            said, recovered_s = await self._strike(fault, troubles)
        except (Missed, psutil.NoSuchProcess) as error:
            self.missed += 1
            self._say(at_s, f"{fault}: {error}")
            return False
        except TimeoutError as error:
            said = str(error)
            self.problems.append(f"after {at_s:.0f} s, {fault}: {error}")
        self.events.append(Event(at_s, fault.action, fault.target, recovered_s, said))
        self._say(time.monotonic() - self._began, f"{fault}: over; {said}")
        return True

    async def _strike(self, fault: Fault, troubles: Mapping[str, Trouble]) -> tuple[str, float]:
        """What was done, and seconds from its end until all works again. Raises Missed and
        TimeoutError.
        """
        if not fault.is_trouble:
            pid, seconds = await hit(self.victims, fault.action, fault.target, fault.hold_s)
            return f"process {pid}", seconds
        said = await self._trouble(fault, troubles)
        began = time.time()
        for target in HARMED.get(fault.action, ()):
            works = partial(self.victims.works, target, began)
            await until(works, RECOVERS_S, f"{target} does not work again")
        return said, time.time() - began

    async def _trouble(self, fault: Fault, troubles: Mapping[str, Trouble]) -> str:
        """Redis may just be away, and then nothing can be done to it or by it."""
        for _ in range(ATTEMPTS):
            with suppress(StoreUnavailable):
                return await troubles[fault.action](fault.hold_s)
            await asyncio.sleep(AGAIN_S)
        raise Missed("Redis is away")

    def _say(self, at_s: float, what: str) -> None:
        sys.stdout.write(f"{at_s:7.1f} s  {what}\n")
        sys.stdout.flush()


def _parts(fault: Fault) -> Sequence[str]:
    """A trainer may be hit while its worker recovers."""
    return (fault.target if fault.target == "trainer" else part_of(fault.target),)


def _take_back(plan: Plan, under_way: dict[asyncio.Task[bool], Fault]) -> None:
    """Forgets those that are over; who found nobody comes again."""
    for task in [task for task in under_way if task.done()]:
        fault = under_way.pop(task)
        if not task.result():
            plan.miss(fault)
