"""What people decide about what is theirs: erase and consent. Each is asked for as that person."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

import typer
from rich.markup import escape

from cli.api import Api, connect
from cli.replies import Json
from cli.shell import AsJson, Url, confirm, find_url, out, print_json

User = Annotated[str, typer.Argument(help="Name of the person.", show_default=False)]


def consent(
    user: User,
    choice: Annotated[
        Literal["on", "off"], typer.Argument(help="May it be learned from?", show_default=False)
    ],
    assistant: Annotated[
        str, typer.Option("--assistant", help="Only by this one.", show_default="every one")
    ] = "",
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Say whether what somebody says may be learned from; chatting goes on either way. A blind vote
    that was given before stays counted in the trial it was cast in.
    """
    said = _as(user, url, lambda api: _put_consent(api, user, choice, assistant))
    if as_json:
        print_json(said)
        return
    apart = "".join(f", {name} {other}" for name, other in sorted(said["assistants"].items()))
    out().print(f"{escape(user)}: learning is {said['consent']}{escape(apart)}", soft_wrap=True)


def erase(
    user: User,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Remove everything of a person's, and say which versions had learned from them."""
    if not yes:
        confirm(f"Remove everything of {user!r}, for good?")
    erased = _as(user, url, lambda api: api.erase(user))
    if as_json:
        print_json(erased)
        return
    removed = ", ".join(f"{number} {kind}" for kind, number in erased["removed"].items())
    versions = ", ".join(erased["versions"]) or "no version"
    out().print(f"Removed of {escape(user)}: {removed or 'nothing was there'}", soft_wrap=True)
    out().print(f"Learned from them before: {escape(versions)}", soft_wrap=True)


def _as(user: str, url: str, ask: Callable[[Api], Awaitable[Json]]) -> Json:
    async def connected() -> Json:
        async with connect(find_url(url), user) as api:
            return await ask(api)

    return asyncio.run(connected())


async def _put_consent(api: Api, user: str, choice: Literal["on", "off"], assistant: str) -> Json:
    """For every assistant, or for one beside what was said before."""
    if not assistant:
        return await api.put_consent(user, {"consent": choice})
    before = await api.consent(user)
    apart = {**before["assistants"], assistant: choice}
    return await api.put_consent(user, {"consent": before["consent"], "assistants": apart})
