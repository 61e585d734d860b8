"""A comparison's events. None tells which version answered, however often it is read; nor can its
answers be read as a conversation's (server/conversations/service.py), where the end tells it.
"""

from __future__ import annotations

from string import ascii_lowercase

from core.records import Comparison
from server.comparisons.candidates import Closed, Said
from server.comparisons.schemas import CandidateView
from server.conversations.generations import Generation, event_id
from server.errors import describe_error
from server.markdown import render_html
from server.sse import format_event


def start_event(comparison: Comparison) -> bytes:
    body = {
        "comparison_id": comparison.id,
        "candidates": len(comparison.responses),
        "responses": comparison.responses,
        "message_id": comparison.prompt,
    }
    return format_event("start", body, event_id(comparison.id, [0] * len(comparison.responses)))


def tell(generation: Generation, event: Said | Closed) -> None:
    """A piece without text is no event."""
    if isinstance(event, Closed):
        shown = view(event).model_dump(exclude_none=True)
        generation.close(event.candidate, {"candidate": event.candidate, **shown})
    elif event.text:
        generation.add(event.text, event.candidate)


def done_event(generation: Generation) -> bytes:
    """The last event: its position lies behind every answer's end."""
    position = [end + 1 for end in generation.ends]
    return format_event("done", {"comparison_id": generation.id}, event_id(generation.id, position))


def view(closed: Closed) -> CandidateView:
    return CandidateView(
        letter=ascii_lowercase[closed.candidate],
        response_id=closed.response_id,
        message_id=closed.message_id,
        text=closed.text,
        html=render_html(closed.text),
        finish_reason=closed.finish_reason,
        error=describe_error(closed.error)["error"] if closed.error else None,
    )
