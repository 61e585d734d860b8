"""Records as the chat side leaves them behind, for tests of what comes after."""

from __future__ import annotations

import time
from dataclasses import replace

from core.ids import new_id
from core.records import Comparison, Response, ResponseStatus, Version
from core.registry import version_name
from server.state import State

QUESTION = "May I return a lamp?"


async def seed_response(
    state: State,
    *,
    user: str = "ada",
    assistant: str = "support",
    version: str = "base",
    text: str = "Yes, within 30 days.",
    status: ResponseStatus = "done",
    conversation: str = "",
    comparison: str = "",
) -> Response:
    """A response as it looks at its end, or before it (`open`). No text: no message."""
    said = await state.messages.append(assistant, user, "", [("user", QUESTION)])
    response = Response(
        id=new_id("resp"),
        assistant=assistant,
        version=version,
        user=user,
        prompt=said[-1].id,
        sampling={"temperature": 0.7},
        created=time.time(),
        conversation=conversation,
        comparison=comparison,
    )
    await state.responses.start(response)
    if status == "open":
        return response
    answer = ""
    if text:
        answer = (
            await state.messages.append(assistant, user, response.prompt, [("assistant", text)])
        )[-1].id
    ended = replace(response, status=status, message=answer, finished=time.time())
    await state.responses.finish(ended)
    return ended


async def seed_comparison(
    state: State,
    versions: list[str],
    *,
    user: str = "ada",
    assistant: str = "support",
    statuses: list[ResponseStatus] | None = None,
    conversation: str = "",
) -> Comparison:
    """K answers side by side, one per version."""
    identity = new_id("cmp")
    responses = [
        await seed_response(
            state,
            user=user,
            assistant=assistant,
            version=version,
            text=f"Answer {position}.",
            status=statuses[position] if statuses else "done",
            conversation=conversation,
            comparison=identity,
        )
        for position, version in enumerate(versions)
    ]
    comparison = Comparison(
        id=identity,
        assistant=assistant,
        user=user,
        prompt=responses[0].prompt,
        responses=[r.id for r in responses],
        created=time.time(),
        conversation=conversation,
    )
    await state.responses.add_comparison(comparison)
    return comparison


async def seed_version(state: State, assistant: str = "support") -> str:
    """A registered version that nobody has loaded; returns its name."""
    sequence = await state.registry.next_sequence(assistant)
    sha256 = f"{sequence:064x}"[::-1]
    version = Version(
        name=version_name(assistant, sequence, sha256),
        assistant=assistant,
        sequence=sequence,
        sha256=sha256,
        parent="base",
        run="run_of_a_test",
        snapshot="",
        base_hash="0" * 64,
        created=time.time(),
    )
    await state.registry.add_version(version)
    return version.name
