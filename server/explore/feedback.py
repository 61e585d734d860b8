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
from core.records import Feedback, is_anonymous
from server.explore.opinions import view_opinions
from server.explore.schemas import OpinionPage, OpinionView
from server.explore.wanted import Wanted
from server.state import State

MOST_EXAMINED: Final = 200_000
"""Entries that are looked at for one page; one without as many finds goes out as it is."""
CHUNK: Final = 250
"""Of what is not archived, so many at a time."""
AT_ONCE: Final = 100
"""Opinions whose answers are looked up together."""
SKEW_S: Final = 60.0
"""How far the clocks of who notes an opinion and of who orders the log may be apart."""

Found = tuple[str, Feedback]
"""Where the next page begins behind an opinion, and the opinion."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """`found`, and where the next page begins behind all that was `examined` for it."""

    reached: str
    examined: int
    found: list[Found]


async def find_page(
    state: State, name: str, wanted: Wanted, cursor: str, limit: int
) -> OpinionPage:
    """Raises NotFound for the assistant, InvalidRequest for a cursor of another question."""
    assistant = state.assistants.get(name).name
    # Whom an application does not name are one person: too many opinions to be read at once.
    named = None if wanted.user is None or is_anonymous(wanted.user) else wanted.user
    if cursor and cursor.startswith("fb_") != bool(named):
        raise InvalidRequest("cursor must be the next of a page of the same question", "cursor")
    source = (
        _of_person(state, assistant, named, cursor)
        if named
        else _of_log(state, assistant, wanted, cursor or "+")
    )
    page: list[OpinionView] = []
    left = MOST_EXAMINED
    async with aclosing(source) as stretches:
        async for stretch in stretches:
            fitting = iter([(at, said) for at, said in stretch.found if wanted.fits(said)])
            while some := list(islice(fitting, AT_ONCE)):
                for at, view in await _visible(state, assistant, some):
                    if wanted.version in (None, *view.versions):
                        page.append(view)
                    if len(page) == limit:
                        return OpinionPage(data=page, next=at)
            left -= stretch.examined
            if left <= 0:
                return OpinionPage(data=page, next=stretch.reached)
    return OpinionPage(data=page, next=None)


async def _of_log(
    state: State, assistant: str, wanted: Wanted, before: str
) -> AsyncGenerator[_Stretch, None]:
    """Ends where all that is older came before `since`: nothing is given after it came."""
    oldest_ms = ((wanted.since or 0.0) - SKEW_S) * 1000
    log = state.feedback.back(assistant, before, CHUNK, wanted.expression())
    async for stretch, said in log:
        places = [position for position, _ in stretch.entries]
        yield _Stretch(stretch.reached, stretch.examined, list(zip(places, said, strict=True)))
        if place(stretch.reached)[0] < oldest_ms:
            return


async def _of_person(
    state: State, assistant: str, user: str, before: str
) -> AsyncGenerator[_Stretch, None]:
    held = await state.feedback.of_user(assistant, user)
    found = [(said.id, said) for said in reversed(held) if not before or said.id < before]
    yield _Stretch("", 0, found)


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
