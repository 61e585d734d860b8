"""Process faults: kill -9, a pause, the end the supervisor asks for."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import suppress
from typing import Final

import psutil

from tests.chaos.victims import Victims, part_of, run_of
from tests.chaos.waiting import until

APPEARS_S: Final = 45.0
"""How long a victim may take to be there; a trainer is not always."""
RECOVERS_S: Final = 240.0


class Missed(Exception):
    """There was nobody to hit."""


async def hit(victims: Victims, action: str, target: str, hold_s: float) -> tuple[int, float]:
    """The process that was hit, and how many seconds after the fault (a pause: after its end) the
    work was done again. Raises Missed, and TimeoutError when it never was.
    """
    victim = await _appears(victims, target)
    run = run_of(victim) if target == "trainer" else ""
    # vLLM ends when its engine does, and is started again as a whole.
    renewed = "vllm" if target == "engine" else target
    old = await _appears(victims, renewed)
    began = time.time()
    if action == "pause":
        await _pause(victim, hold_s)
        began = time.time()
    elif action == "restart":
        await _end(victims, victim, target)
    else:
        victim.kill()

    async def recovered() -> bool:
        if run and action == "kill":
            return await victims.trains(run, victim.pid)
        now = victims.find(renewed)
        if run:
            return now is None or now.status() != psutil.STATUS_STOPPED
        new = now is not None and (action == "pause" or now.pid != old.pid)
        return new and await victims.works(target, began)

    await until(recovered, RECOVERS_S, f"{action} {target}: it does not work again")
    return victim.pid, time.time() - began


async def _appears(victims: Victims, target: str) -> psutil.Process:
    end = time.monotonic() + APPEARS_S
    while (found := await asyncio.to_thread(victims.find, target)) is None:
        if time.monotonic() > end:
            raise Missed(f"there is no {target}")
        await asyncio.sleep(0.2)
    return found


async def _pause(victim: psutil.Process, hold_s: float) -> None:
    _signal(victim, signal.SIGSTOP)
    try:
        await asyncio.sleep(hold_s)
    finally:
        _signal(victim, signal.SIGCONT)


async def _end(victims: Victims, victim: psutil.Process, target: str) -> None:
    """As the supervisor ends a part: its own signals, each with its patience, then SIGKILL."""
    for number, patience_s in victims.parts[part_of(target)].stop:
        with suppress(psutil.NoSuchProcess):
            victim.send_signal(number)
        if await asyncio.to_thread(_is_gone, victim, patience_s):
            return
    with suppress(psutil.NoSuchProcess):
        victim.kill()


def _is_gone(victim: psutil.Process, patience_s: float) -> bool:
    return not psutil.wait_procs([victim], patience_s)[1]


def _signal(victim: psutil.Process, number: signal.Signals) -> None:
    """A part with all it started, as the freezing of a machine would; else the process alone."""
    with suppress(ProcessLookupError, psutil.NoSuchProcess):
        if os.getpgid(victim.pid) == victim.pid and victim.is_running():
            os.killpg(victim.pid, number)
        else:
            victim.send_signal(number)
