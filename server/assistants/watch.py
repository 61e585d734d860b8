"""What can be seen of an assistant: who answers, what people think, why there is no new version."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, replace
from typing import Final

from core.alarm import find_warnings
from core.assistants import Assistant
from core.fold import begin_of, fold_blind
from core.records import Feedback, Pointer, TriggerState
from server.assistants import metrics, schemas
from server.state import State

WINDOW: Final = 5000
"""Newest log entries that figures by version are computed from."""
WORKER_SILENT_S: Final = 30.0
"""A worker that has not looked at an assistant for this long is called silent."""


async def every_assistant(state: State) -> schemas.AssistantList:
    pointers = await state.registry.pointers(state.assistants.names)
    views = [_view(state, a, pointers[a.name]) for a in state.assistants]
    return schemas.AssistantList(data=list(await asyncio.gather(*views)))


async def one_assistant(state: State, name: str) -> schemas.AssistantView:
    """Raises NotFound."""
    assistant = state.assistants.get(name)
    return await _view(state, assistant, await state.registry.pointer(name))


async def _view(state: State, assistant: Assistant, pointer: Pointer) -> schemas.AssistantView:
    counts = await state.feedback.counts(assistant.name)
    trigger = await state.runs.trigger_state(assistant.name)
    return schemas.AssistantView(
        **answering(pointer).model_dump(),
        id=assistant.name,
        description=assistant.description,
        examples=assistant.examples,
        recipe=assistant.recipe,
        counts=counts,
        why_not=_why_not(assistant, trigger),
        active_run=await state.runs.active(assistant.name),
        retrain_request=await state.runs.retrain_request(assistant.name),
        warnings=await find_warnings(state.registry, state.trials, assistant.name),
    )


async def lineage(state: State, name: str, version: str) -> schemas.Lineage:
    """Raises NotFound."""
    made = await state.registry.version(state.assistants.get(name).name, version)
    data = made.figures.get("data") or {}
    return schemas.Lineage(
        name=made.name,
        assistant=made.assistant,
        state=made.state,
        created=made.created,
        sha256=made.sha256,
        parent=made.parent,
        run=made.run,
        snapshot=made.snapshot,
        base_hash=made.base_hash,
        people=(data.get("counts") or {}).get("people", 0),
        data=data,
        quarantined=made.state == "rolled_back",
    )


def answering(pointer: Pointer) -> schemas.Answering:
    fields = asdict(pointer)
    for internal in ("updated", "taken_back"):
        fields.pop(internal)
    return schemas.Answering(**fields, standby=pointer.standby)


def _why_not(assistant: Assistant, seen: TriggerState | None) -> TriggerState:
    """What the worker last saw; says so when that is old, or when no worker ever looked."""
    if seen is None:
        needed = {"comparisons": assistant.retrain.min_comparisons}
        if assistant.learns_from_thumbs:
            needed["thumbs"] = assistant.retrain.min_thumbs
        return TriggerState(False, "No worker has looked yet; is it running?", {}, needed, 0.0)
    silent_s = time.time() - seen.at
    if silent_s < WORKER_SILENT_S:
        return seen
    return replace(
        seen, reason=f"{seen.reason} (the worker last looked {silent_s:.0f} s ago; is it running?)"
    )


async def figures(state: State, name: str) -> schemas.Metrics:
    """Figures by version over the newest part of the log. Raises NotFound."""
    assistant = state.assistants.get(name).name
    log = await state.feedback.tail(assistant, WINDOW)
    opinions = fold_blind(log, begin_of(log, WINDOW))
    compared = [o.target for o in opinions if o.kind in ("comparison", "ranking")]
    comparisons = await state.responses.find_comparisons(list(dict.fromkeys(compared)))
    rated = {o.target for o in opinions if o.kind not in ("comparison", "ranking")}
    rated.update(r for c in comparisons.values() for r in c.responses)
    folded = metrics.fold(opinions, await state.responses.find(sorted(rated)), comparisons)
    return schemas.Metrics(
        assistant=assistant,
        counts=await state.feedback.counts(assistant),
        window=window(log),
        responses=folded.responses,
        thumbs=folded.thumbs,
        comparisons=folded.comparisons,
        same_version_comparisons=folded.same_version,
        warnings=await find_warnings(state.registry, state.trials, assistant),
    )


def window(log: list[Feedback]) -> schemas.Window:
    """What `log`, its newest WINDOW entries, is of the whole."""
    return schemas.Window(
        entries=len(log), complete=len(log) < WINDOW, since=log[0].at if log else None
    )
