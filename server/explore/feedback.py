"""Opinions one by one, the newest first: those that hold, of people who let them be learned from.

Without a person the log is read from behind, a page's worth; a person's own opinions are read from
where they hold.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from itertools import islice
from typing import Final

from core.errors import InvalidRequest
from core.log_files import place
from core.records import ANONYMOUS, Feedback, FeedbackKind
from server.explore.opinions import view_opinions
from server.explore.schemas import OpinionPage, OpinionView
from server.state import State

MOST_EXAMINED: Final = 20_000
"""Entries that are read for one page; a page without as many finds goes out as it is."""
CHUNK: Final = 250
"""Of these, so many at a time."""
AT_ONCE: Final = 100
"""Opinions whose answers are looked up together."""
SKEW_S: Final = 60.0
"""How far the clocks of who notes an opinion and of who orders the log may be apart."""

Found = tuple[str, Feedback]
"""Where the next page begins behind an opinion, and the opinion."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """None: any. `since` is included, `until` is not."""

    version: str | None
    kind: FeedbackKind | None
    tag: str | None
    user: str | None
    since: float | None
    until: float | None

    def fits(self, said: Feedback) -> bool:
        """As far as the opinion alone tells."""
        return (
            said.kind == (self.kind or said.kind) != "retract"
            and said.user == (self.user or said.user)
            and (self.tag is None or self.tag in said.body.get("tags", ()))
            and (self.since is None or said.at >= self.since)
            and (self.until is None or said.at < self.until)
        )


async def find_page(
    state: State, name: str, wanted: Wanted, cursor: str, limit: int
) -> OpinionPage:
    """Raises NotFound for the assistant, InvalidRequest for a cursor of another question."""
    assistant = state.assistants.get(name).name
    # Everybody without a name is one person: too many opinions to be read at once.
    named = wanted.user if wanted.user != ANONYMOUS else None
    if cursor and cursor.startswith("fb_") != bool(named):
        raise InvalidRequest("cursor must be the next of a page of the same question", "cursor")
    source = (
        _of_person(state, assistant, named, cursor)
        if named
        else _of_log(state, assistant, wanted, cursor or "+")
    )
    page: list[OpinionView] = []
    examined, last = 0, ""
    async with aclosing(source) as chunks:
        async for chunk in chunks:
            fitting = iter([(at, said) for at, said in chunk if wanted.fits(said)])
            while some := list(islice(fitting, AT_ONCE)):
                for last, view in await _visible(state, assistant, some):
                    if wanted.version in (None, *view.versions):
                        page.append(view)
                    if len(page) == limit:
                        return OpinionPage(data=page, next=last)
            examined, last = examined + len(chunk), chunk[-1][0]
            if examined >= MOST_EXAMINED:
                return OpinionPage(data=page, next=last)
    return OpinionPage(data=page, next=None)


async def _of_log(
    state: State, assistant: str, wanted: Wanted, before: str
) -> AsyncGenerator[list[Found], None]:
    """Ends where all that is older came before `since`: nothing is given after it came."""
    oldest_ms = ((wanted.since or 0.0) - SKEW_S) * 1000
    chunk: list[Found] = []
    async for position, said in state.feedback.back(assistant, before, CHUNK):
        if place(position)[0] < oldest_ms:
            break
        chunk.append((position, said))
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


async def _of_person(
    state: State, assistant: str, user: str, before: str
) -> AsyncGenerator[list[Found], None]:
    held = await state.feedback.of_user(assistant, user)
    found = [(said.id, said) for said in reversed(held) if not before or said.id < before]
    if found:
        yield found


async def _visible(
    state: State, assistant: str, found: list[Found]
) -> list[tuple[str, OpinionView]]:
    """Those that hold and may be shown."""
    holding = await state.feedback.holding([said for _, said in found])
    held = [one for one, holds in zip(found, holding, strict=True) if holds]
    allowed, _ = await state.people.screen(assistant, [said for _, said in held])
    places = {said.id: at for at, said in held}
    views = await view_opinions(state, assistant, allowed)
    return [(places[view.id], view) for view in views]
