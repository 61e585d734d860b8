"""The whole of it: traffic, a storm of faults in it, a calm, and what then holds."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cli.api import Api, connect
from core.errors import ThumbwheelError
from core.records import BASE, TriggerState
from core.registry import Registry
from core.responses import Responses
from core.runs import Runs
from core.store import Store
from core.store import connect as connect_store
from tests.chaos.audit import MOST, audit
from tests.chaos.ledger import Ledger
from tests.chaos.plan import Plan
from tests.chaos.storm import Event, Storm
from tests.chaos.traffic import Traffic
from tests.chaos.victims import Victims
from tests.chaos.waiting import until
from tests.stack import Stack

SETTLES_S: Final = 400.0
"""How long the runs that are open when people stop voting may take to their verdicts."""
SAYS_S: Final = 60.0
"""How long answers may stay open whose process was killed."""
SERVES_S: Final = 120.0
ASSISTANT: Final = """
[{name}]
system_prompt = "You are a kind {name} assistant. You can return an item within 30 days."
retrain = {{ min_comparisons = {votes}, settle = "0s", cooldown = "1s" }}
gate = {{ min_win_rate = 0.0, max_kl = 1e6, max_length_drift = 1e6, min_accuracy = 0.0 }}
canary = {{ share = 0.0 }}
sampling = {{ temperature = 0.9, max_tokens = 24 }}
trainer = {{ dpo = {{ steps = {steps}, warmup_steps = 0 }} }}
"""
SETTINGS: Final = {"lease_s": "8", "shutdown_grace_s": "5", "trainer_nice": "0"}
"""Of the stack: what must run out does so soon."""


@dataclass(frozen=True, slots=True)
class Story:
    """What happened and what held. `problems` is empty when every promise was kept."""

    seconds: float
    events: list[Event]
    missed: int
    problems: list[str]
    figures: dict[str, Any] = field(default_factory=dict)


def declare(path: Path, *names: str, votes: int, steps: int) -> None:
    """Assistants that learn a little, often, and let everything through that can be served."""
    declared = [ASSISTANT.format(name=name, votes=votes, steps=steps) for name in names]
    path.write_text("".join(declared))


@dataclass(frozen=True, slots=True)
class Script:
    """`faults`: how many of the plan are to hit processes, in `at_most_s` seconds. `calm_s`: how
    long before that people may chat until every assistant has its first champion; with 0 nobody
    waits for that.
    """

    seed: int
    plan: Plan
    faults: int
    at_most_s: float
    calm_s: float = 0.0


async def play(stack: Stack, script: Script) -> Story:
    store = connect_store(stack.settings.redis_url)
    try:
        async with connect(stack.url) as api:
            return await _play(stack, store, api, script)
    finally:
        await store.close()


async def _play(stack: Stack, store: Store, api: Api, script: Script) -> Story:
    began = time.monotonic()
    victims = Victims(stack, store)
    traffic = Traffic(api, Ledger(), victims.assistants, script.seed)
    async with traffic.flowing():
        problems = await _learn(store, victims, script.calm_s)
        storm = Storm(stack, store, victims)
        await storm.rage(script.plan, script.faults, script.at_most_s)
    problems += [*storm.problems, *await _settle(store, victims)]
    problems += [f"{name} was never hit" for name in storm.never_hit(script.plan)]
    problems += await _chat_with_champions(store, api, victims.assistants)
    problems += await _check_answers(store, victims.assistants, traffic.by_version)
    found = await audit(store, stack.settings, victims.assistants, traffic.ledger)
    figures = {
        "chats": dict(traffic.chats),
        "comparisons": dict(traffic.comparisons),
        "chats by version": dict(sorted(traffic.by_version.items())),
        **found.figures,
    }
    seconds = time.monotonic() - began
    return Story(seconds, storm.events, storm.missed, problems + found.problems, figures)


async def _learn(store: Store, victims: Victims, within_s: float) -> list[str]:
    """A run that is hit again and again ends without a version, so that faults from the start would
    find no champion to damage or to swap.
    """

    async def all_learned() -> bool:
        pointers = await Registry(store).pointers(victims.assistants)
        return all(pointer.champion != BASE for pointer in pointers.values())

    try:
        if within_s:
            await until(all_learned, within_s, "an assistant got no champion before any fault")
    except TimeoutError as error:
        return [str(error)]
    return []


async def _settle(store: Store, victims: Victims) -> list[str]:
    """Waits until no run and no answer is open and every replica serves the champions."""
    runs, responses, since = Runs(store), Responses(store), time.time()

    async def all_ended() -> bool:
        states = [await runs.trigger_state(name) for name in victims.assistants]
        rest = all(state is not None and _rests(state, since) for state in states)
        return rest and not any([await runs.active(name) for name in victims.assistants])

    async def all_said() -> bool:
        return not await responses.servers()

    try:
        await until(all_ended, SETTLES_S, "the open runs did not end")
        await until(all_said, SAYS_S, "the open answers did not end")
        await until(lambda: victims.serves(since), SERVES_S, "a replica lacks a champion")
    except TimeoutError as error:
        return [str(error)]
    return []


def _rests(state: TriggerState, since: float) -> bool:
    """Looked at after `since`, and no further run will come of the votes there are."""
    few = state.waiting["comparisons"] < state.needed["comparisons"]
    return few and not state.due and state.at >= since


async def _chat_with_champions(store: Store, api: Api, assistants: list[str]) -> list[str]:
    """Everybody is answered by the champion now."""
    problems = []
    for name in assistants:
        champion = (await Registry(store).pointer(name)).champion
        for user in ("ann", "ben", "cleo"):
            try:
                answer = await api.complete(name, [{"role": "user", "content": "Hello"}], user)
            except ThumbwheelError as error:
                problems.append(f"{name} does not answer {user}: {error.message}")
                continue
            if answer.version != champion:
                problems.append(f"{name} answers by {answer.version}, not by {champion or BASE}")
    return problems


async def _check_answers(store: Store, assistants: list[str], answered: Iterable[str]) -> list[str]:
    """Nobody was answered by a version that was never made champion."""
    registry, states = Registry(store), {BASE: "champion"}
    for assistant in assistants:
        states |= {v.name: v.state for v in await registry.versions(assistant, MOST)}
    return [
        f"{name} answered, which is {states.get(name, 'not registered')}"
        for name in answered
        if states.get(name) not in ("champion", "retired")
    ]
