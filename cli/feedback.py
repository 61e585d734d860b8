"""`thumbwheel feedback`: what people say about the answers, filtered, and as it comes."""

from __future__ import annotations

import asyncio
from itertools import islice, takewhile
from typing import Annotated, Final

import typer

from cli.api import Api, Query, connect
from cli.feedback_view import print_opinions
from cli.filters import OfKind, OfPerson, OfVersion, When, WithReason, filters
from cli.replies import Json, rows_of
from cli.shell import AsJson, AssistantName, Url, find_url, out, print_json, print_json_line
from cli.watch import complain_away, keep_looking

POLL_S: Final = 1.0
PAGE: Final = 200
"""Most that the API gives at once."""


def feedback(
    assistant: AssistantName,
    version: OfVersion = "",
    kind: OfKind = None,
    tag: WithReason = "",
    user: OfPerson = "",
    since: When = "",
    until: When = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 20,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Show new ones as they come, until Ctrl-C.")
    ] = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """List the opinions that hold now, the newest first; with --watch, the newest last.

    Nothing of people who were erased or whose consent is off is shown. With --watch --json, a line
    of JSON an opinion.
    """
    query = filters(version, kind, tag, user, since, until)
    if watch:
        asyncio.run(_watch(find_url(url), assistant, query, limit, as_json))
        return
    found = asyncio.run(_list(find_url(url), assistant, query, limit, as_json))
    if as_json:
        print_json({"object": "list", "data": found})
    elif found:
        print_opinions(found, out())
    else:
        out().print("Nobody said such a thing")


async def _list(url: str, assistant: str, query: Query, limit: int, as_json: bool) -> list[Json]:
    async with connect(url, as_it_is=as_json) as api:
        return await find_opinions(api, assistant, query, limit)


async def find_opinions(api: Api, assistant: str, query: Query, limit: int) -> list[Json]:
    """The newest `limit`, over as many pages as it takes."""
    found: list[Json] = []
    cursor = ""
    while True:
        most = [("limit", str(min(PAGE, limit - len(found))))]
        more = [("cursor", cursor)] if cursor else []
        page = await api.opinions(assistant, [*query, *most, *more])
        found += page["data"]
        cursor = page["next"]
        if not cursor or len(found) >= limit:
            return found


async def _watch(url: str, assistant: str, query: Query, limit: int, as_json: bool) -> None:
    """The newest `limit`, then what comes on top of them: what an erasure lets slip into the page
    from below is not new.
    """
    known: dict[str, None] = {}
    begun = False
    async with connect(url, as_it_is=as_json) as api:

        async def look() -> list[Json]:
            if not begun:
                return await find_opinions(api, assistant, query, max(PAGE, limit))
            return rows_of(await api.opinions(assistant, [*query, ("limit", str(PAGE))]))

        async for found in keep_looking(look, POLL_S, complain_away(as_json)):
            new = list(takewhile(lambda said: said["id"] not in known, found))
            _print_new(new if begun else new[:limit], as_json)
            begun = True
            known.update(dict.fromkeys(said["id"] for said in reversed(found)))
            for old in list(islice(known, max(0, len(known) - 10 * PAGE))):
                del known[old]


def _print_new(new: list[Json], as_json: bool) -> None:
    """The newest last."""
    new = new[::-1]
    for said in new if as_json else []:
        print_json_line(said)
    if new and not as_json:
        print_opinions(new, out())
