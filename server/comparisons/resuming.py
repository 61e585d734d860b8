"""Coming back to a comparison, from any event, in any process; and stopping one."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from core.errors import Conflict, ModelUnavailable, NotFound, ThumbwheelError
from core.records import Comparison, Response
from server.comparisons.candidates import Closed, Said
from server.comparisons.events import done_event, start_event, tell
from server.conversations.generations import Generation, Position, parse_event_id, widen
from server.conversations.service import read_text
from server.conversations.waiting import read_closed
from server.errors import describe_error
from server.sse import SIGN_OF_LIFE, format_event
from server.state import State


async def resume(state: State, user: str, last_event_id: str) -> AsyncGenerator[bytes, None] | None:
    """The events behind `last_event_id`, None when there are none left.

    Raises InvalidRequest for an id that is none, NotFound for what is not this user's.
    """
    identity, given = parse_event_id(last_event_id, "cmp")
    if running := state.generations.get(user, identity):
        after = widen(given, len(running.ends))
        return None if running.passed(after) else state.generations.read(running, after)
    comparison = await _stored(state, user, identity)
    after = widen(given, len(comparison.responses))
    responses = await state.responses.get_many(comparison.responses)
    if any(response.status == "open" for response in responses):
        return _replay_when_closed(state, comparison, after)
    replayed = await _replay(state, comparison, responses)
    return None if replayed.passed(after) else replayed.read(after)


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


async def _replay_when_closed(
    state: State, comparison: Comparison, after: Position
) -> AsyncGenerator[bytes, None]:
    yield SIGN_OF_LIFE
    try:
        responses = await read_closed(state, comparison.id, comparison.responses)
        replayed = await _replay(state, comparison, responses)
    except ThumbwheelError as lost:
        yield format_event("error", describe_error(lost))
        return
    async for event in replayed.read(after):
        yield event


async def _replay(state: State, comparison: Comparison, responses: list[Response]) -> Generation:
    """From its records, as the process that made it would have told it: one after another."""
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
