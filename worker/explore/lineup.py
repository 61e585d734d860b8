"""Keeps an assistant's lineup: counts how its live versions did against each other, and works out
how often which two are to be shown beside each other.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import combinations
from typing import Final

import numpy as np

from core.assistants import Assistant, Canary
from core.fold import begin_of, fold_blind
from core.lineups import Duel, Lineup
from core.records import BASE, Feedback, Pointer
from worker.compared import Compared, find_compared
from worker.context import Context
from worker.explore.dueling import Floats, chances

WINDOW: Final = 5000
"""Newest log entries that are counted."""
RECOUNT_S: Final = 60.0
"""Between two counts for the same pointer; a moved pointer is looked at at once."""


async def look_at_lineup(context: Context, assistant: Assistant) -> None:
    """Doing it twice is harmless."""
    name, canary = assistant.name, assistant.canary
    pointer = await context.registry.pointer(name)
    known = await context.lineups.get(name)
    newest, now = await context.feedback.last_at(name), time.time()
    if known is not None and known.pointer == pointer.updated:
        fresh = abs(now - known.made) < RECOUNT_S
        if fresh or known.newest == newest:
            return
    live = await live_versions(context, name, pointer, canary)
    some_are_new = canary.explore and len(live) > 1 + bool(pointer.challenger)
    duels = await _make_duels(context, name, live, canary) if some_are_new else []
    await context.lineups.put(name, Lineup(pointer.updated, newest, now, duels))


async def live_versions(
    context: Context, assistant: str, pointer: Pointer, canary: Canary
) -> list[str]:
    """Who answers, who is on trial, who answered before unless that was taken back, and the base
    where it is allowed.
    """
    live = [pointer.champion, pointer.challenger]
    if pointer.previous not in ("", BASE):
        before = await context.registry.version(assistant, pointer.previous)
        live += [before.name] if before.state == "retired" else []
    live += [BASE] if canary.explore_base else []
    return list(dict.fromkeys(version for version in live if version))


async def _make_duels(
    context: Context, assistant: str, live: Sequence[str], canary: Canary
) -> list[Duel]:
    log = await context.feedback.tail(assistant, WINDOW)
    allowed = [said async for said in context.people.allowed(assistant, _each(log))]
    compared = await find_compared(context, fold_blind(allowed, begin_of(log, WINDOW)))
    wins_KK = count_wins(compared, live, canary.cap)
    chances_KK = chances(wins_KK, canary.explore_floor, np.random.default_rng())
    return [
        Duel(
            live[i],
            live[j],
            wins=float(wins_KK[i, j]),
            losses=float(wins_KK[j, i]),
            chance=canary.explore * float(chances_KK[i, j]),
        )
        for i, j in combinations(range(len(live)), 2)
    ]


def count_wins(compared: Iterable[Compared], live: Sequence[str], cap: int) -> Floats:
    """How often each version won against each; of one person's opinions on two versions the first
    `cap`.
    """
    wins_KK = np.zeros((len(live), len(live)))
    given: Counter[tuple[str, int, int]] = Counter()
    for one in compared:
        for i, j in combinations(range(len(live)), 2):
            won = one.share_won(live[i], live[j])
            given[one.opinion.user, i, j] += won is not None
            if won is None or given[one.opinion.user, i, j] > cap:
                continue
            wins_KK[i, j] += won
            wins_KK[j, i] += 1 - won
    return wins_KK


async def _each(log: Iterable[Feedback]) -> AsyncIterator[Feedback]:
    for opinion in log:
        yield opinion
