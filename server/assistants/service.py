"""The brake and the wheel: what operators ask for, always audited with who and why."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final, Literal

from core.errors import Conflict, ModelUnavailable, ThumbwheelError
from core.records import BASE
from core.registry import Actor
from server.assistants import schemas
from server.assistants.watch import answering
from server.state import State

POLL_S: Final = 0.2
"""Between two looks at what the replicas report."""
UNSTAGE_S: Final = 2.0
"""How long a promotion that failed waits until that is noted."""

log = logging.getLogger(__name__)


async def retrain(state: State, name: str, actor: Actor) -> schemas.RetrainAsked:
    assistant = state.assistants.get(name).name
    await state.registry.note(assistant, "retrain", actor)
    await state.runs.request_retrain(assistant, actor.by, actor.reason)
    active = await state.runs.active(assistant)
    return schemas.RetrainAsked(assistant=assistant, active_run=active.id if active else "")


async def promote(state: State, name: str, version: str, actor: Actor) -> schemas.Changed:
    """Moves the champion once every live replica has the version.

    A person may do so while the assistant is held. Raises NotFound for an unknown version, Conflict
    when the champion changed meanwhile or a run is having another version loaded, ModelUnavailable
    when the version was not loaded in time: then nothing has changed.
    """
    began = time.monotonic()
    assistant = state.assistants.get(name).name
    if version != BASE:
        await state.registry.version(assistant, version)
    before = await state.registry.pointer(assistant)
    if before.champion == version:
        return await _changed(state, assistant, "promote", began, changed=False)
    if version == BASE or await _is_loaded(state, version):
        await state.registry.promote(assistant, version, actor, expected=before.champion)
    else:
        await _require_free(state, assistant, before.candidate, version)
        await _load_and_promote(
            state, assistant, version, actor, before.champion, "nothing changed"
        )
    return await _changed(state, assistant, "promote", began)


async def rollback(state: State, name: str, version: str, to: str, actor: Actor) -> schemas.Changed:
    """Takes `version` back, at once: who is on trial leaves the trial; instead of the champion the
    one before it (or `to`) answers again, which is still loaded everywhere. Where `to` is not, the
    base answers until it is. Without a version it is whatever came last, and always one of the two
    only.

    Nothing changes for what was taken back already, so the same request may be sent again. Raises
    NotFound for an unknown version, Conflict for one that answers nobody or when who answers
    changed meanwhile, ModelUnavailable when `to` was not loaded in time: then the base answers.
    """
    began = time.monotonic()
    assistant, registry = state.assistants.get(name).name, state.registry
    pointer = await registry.pointer(assistant)
    taken = version or (not to and pointer.challenger) or pointer.champion
    changes = True
    if taken == pointer.challenger and not to:
        if not await registry.end_trial(assistant, taken, actor):
            raise Conflict(f"The trial of {taken!r} has just ended; look again")
    elif taken == pointer.champion and await _must_load(state, assistant, to, taken):
        await registry.rollback(assistant, actor, BASE, expected=taken)
        await _load_and_promote(state, assistant, to, actor, BASE, "the base answers instead")
    elif taken == pointer.champion:
        await registry.rollback(assistant, actor, to, expected=taken)
    else:
        await _require_taken_back(state, assistant, taken)
        changes = False
    return await _changed(state, assistant, "rollback", began, changed=changes)


async def _must_load(state: State, assistant: str, to: str, champion: str) -> bool:
    """Whether the base must answer before `to` can. Raises NotFound for an unknown version."""
    if to in ("", BASE, champion) or champion == BASE:
        return False
    await state.registry.version(assistant, to)
    return not await _is_loaded(state, to)


async def _require_taken_back(state: State, assistant: str, version: str) -> None:
    if version == BASE:
        return
    found = (await state.registry.version(assistant, version)).state
    if found == "trial":
        raise Conflict(f"{version!r} is on trial: to end that, roll it back without `to`")
    if found != "rolled_back":
        raise Conflict(f"{version!r} is {found} and answers nobody; name the one to take back")


async def hold(state: State, name: str, actor: Actor) -> schemas.Changed:
    began = time.monotonic()
    assistant = state.assistants.get(name).name
    await state.registry.hold(assistant, actor)
    return await _changed(state, assistant, "hold", began)


async def resume(state: State, name: str, actor: Actor) -> schemas.Changed:
    began = time.monotonic()
    assistant = state.assistants.get(name).name
    held = (await state.registry.pointer(assistant)).held
    if held:
        await state.registry.resume(assistant, actor)
    return await _changed(state, assistant, "resume", began, changed=held)


async def _changed(
    state: State,
    assistant: str,
    action: Literal["promote", "rollback", "hold", "resume"],
    began: float,
    *,
    changed: bool = True,
) -> schemas.Changed:
    seconds = round(time.monotonic() - began, 4)
    pointer = answering(await state.registry.pointer(assistant))
    if changed:
        log.info(
            "pointer changed",
            extra={"action": action, "assistant": assistant, "version": pointer.champion},
        )
    return schemas.Changed(
        **pointer.model_dump(),
        assistant=assistant,
        action=action,
        changed=changed,
        seconds=seconds,
    )


async def _is_loaded(state: State, version: str) -> bool:
    """True when every replica that takes requests reports the version, and there is one."""
    ready = [r for r in await state.replicas.alive() if r.ready]
    return bool(ready) and all(version in r.versions for r in ready)


async def _require_free(state: State, assistant: str, candidate: str, version: str) -> None:
    """Replicas load one candidate at a time; what nobody waits for any more gives way."""
    if candidate not in ("", version) and (run := await state.runs.active(assistant)):
        raise Conflict(
            f"The run {run.id} is having {candidate!r} loaded; promote when it has ended, or "
            "cancel it"
        )


async def _load_and_promote(
    state: State, assistant: str, version: str, actor: Actor, expected: str, otherwise: str
) -> None:
    """Stages the version, waits until every replica reports it, and moves the champion. Whatever
    comes between, it stays staged no longer. `otherwise`: what holds when it was not loaded.
    """
    registry = state.registry
    try:
        await registry.stage(assistant, version, actor)
        await _until_loaded(state, version, otherwise)
        await registry.promote(assistant, version, actor, expected=expected)
    except BaseException as error:
        why = error.message if isinstance(error, ThumbwheelError) else "broken off"
        work = registry.unstage(assistant, version, Actor(actor.by, why))
        await state.background.shielded(work, UNSTAGE_S)
        raise


async def _until_loaded(state: State, version: str, otherwise: str) -> None:
    timeout_s = state.settings.load_timeout_s
    until = time.monotonic() + timeout_s
    while not await _is_loaded(state, version):
        if time.monotonic() >= until:
            raise ModelUnavailable(
                f"{version!r} was not loaded by every replica within {timeout_s:.0f} s; "
                f"{otherwise}",
                10,
            )
        await asyncio.sleep(POLL_S)
