"""Coming back to a comparison, from any event, in any process; and stopping one."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from core.errors import Conflict, ModelUnavailable, NotFound
from core.records import Comparison, Response
from server.comparisons.candidates import Closed, Said
from server.comparisons.events import done_event, start_event, tell
from server.conversations.generations import Generation, parse_event_id, widen
from server.conversations.service import read_closed, read_text
from server.errors import describe_error
from server.sse import format_event
from server.state import State


async def resume(state: State, user: str, last_event_id: str) -> AsyncGenerator[bytes, None] | None:
    """The events behind `last_event_id`, None when there are none left.

    Raises InvalidRequest for an id that is none, NotFound for what is not this user's.
    """
    identity, given = parse_event_id(last_event_id, "cmp")
    running = state.generations.get(user, identity)
    if running is None:
        comparison = await _stored(state, user, identity)
        widen(given, len(comparison.responses))
        try:
            running = await _replay(state, comparison)
        except ModelUnavailable as lost:
            return _only(format_event("error", describe_error(lost)))
    after = widen(given, len(running.ends))
    return None if running.passed(after) else state.generations.read(running, after)


async def stop(state: State, user: str, comparison_id: str) -> None:
    """Ends all its answers now; what was said so far stays. Quiet when they have ended.

    Raises NotFound, and Conflict when another process is generating them.
    """
    if running := state.generations.get(user, comparison_id):
        state.generations.stop(running)
        return
    comparison = await _stored(state, user, comparison_id)
    responses = await state.responses.get_many(comparison.responses)
    if any(response.status == "open" for response in responses):
        raise Conflict("Another server process is generating these answers; close their stream")


async def _stored(state: State, user: str, comparison_id: str) -> Comparison:
    comparison = await state.responses.comparison(comparison_id)
    if comparison.user != user:
        raise NotFound(f"There is no comparison {comparison_id!r}")
    return comparison


async def _replay(state: State, comparison: Comparison) -> Generation:
    """From its records, as the process that made it would have told it: one answer after another.

    Raises ModelUnavailable where that process died.
    """
    responses = await read_closed(state, comparison.responses)
    generation = Generation(comparison.id, comparison.user, "", len(responses))
    generation.begin(start_event(comparison))
    for candidate, response in enumerate(responses):
        closed = _close(candidate, response, await read_text(state, response))
        tell(generation, Said(candidate, closed.text))
        tell(generation, closed)
    if all(response.status == "error" for response in responses):
        failed = ModelUnavailable(responses[-1].error)
        generation.end(format_event("error", describe_error(failed)))
    else:
        generation.end(done_event(generation))
    return generation


def _close(candidate: int, response: Response, text: str) -> Closed:
    failed = response.status == "error"
    return Closed(
        candidate,
        response.id,
        response.message,
        text,
        "error" if failed else response.finish_reason or response.status,
        ModelUnavailable(response.error) if failed else None,
    )


async def _only(event: bytes) -> AsyncGenerator[bytes, None]:
    yield event
