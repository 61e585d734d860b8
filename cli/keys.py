"""`thumbwheel keys ...`: API keys. Written to Redis, which works before there is any key and with
the server down; with --url, asked of a server by a key that has the scope `admin`.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from getpass import getuser
from typing import Annotated, Any, Final

import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table

from cli.api import Api
from cli.api import connect as connect_api
from cli.context import load_settings
from cli.failures import problems_of
from cli.layout import show
from cli.replies import Json
from cli.shell import AsJson, find_url, out, print_json
from cli.wire import path_to
from core.api_keys import ApiKeys
from core.assistants import seconds
from core.audit import Act, Audit
from core.errors import InvalidRequest
from core.scopes import SCOPES, parse_scopes
from core.store import connect as connect_store
from server.access.schemas import CreateKey, KeyMade, KeyView

TERMINAL: Final = "terminal"
"""As the address of who wrote to Redis."""

keys = typer.Typer(help="Make, list, rotate and revoke API keys.", no_args_is_help=True)

Url = Annotated[
    str,
    typer.Option(
        "--url", envvar="THUMBWHEEL_URL", help="Ask this server.", show_default="write to Redis"
    ),
]
Named = Annotated[str, typer.Argument(help="Id or name of the key.", show_default=False)]
Direct = Callable[[ApiKeys], Awaitable[Json]]
Asked = Callable[[Api], Awaitable[Json]]


@keys.command()
def create(
    name: Annotated[str, typer.Option("--name", help="What it is for: a-z 0-9 -")],
    scope: Annotated[list[str], typer.Option("--scope", help=f"Some of {' '.join(SCOPES)}.")],
    person: Annotated[
        str, typer.Option("--person", help="Whose it is; speaks for them only.")
    ] = "",
    people: Annotated[
        str,
        typer.Option("--people", help="What its people's names begin with.", show_default="name"),
    ] = "",
    expires: Annotated[
        str, typer.Option("--expires", help="For how long it is good: 90d.", show_default="ever")
    ] = "",
    requests_per_minute: Annotated[
        int | None, typer.Option(min=0, help="0: no limit.", show_default="the server's")
    ] = None,
    tokens_per_day: Annotated[
        int | None, typer.Option(min=0, help="0: no limit.", show_default="the server's")
    ] = None,
    streams: Annotated[
        int | None, typer.Option(min=0, help="Answers at once.", show_default="the server's")
    ] = None,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Make a key. It is shown this once. From the first one on, nobody gets in without."""
    asked = _understand(
        {
            "name": name,
            "scopes": parse_scopes(" ".join(scope)),
            "person": person,
            "people": people,
            "expires_in_s": _seconds(expires) if expires else None,
            "requests_per_minute": requests_per_minute,
            "tokens_per_day": tokens_per_day,
            "streams": streams,
        }
    )

    async def write(stored: ApiKeys) -> Json:
        return KeyMade.made(*await stored.create(asked.new_key())).model_dump(mode="json")

    body = asked.model_dump(exclude_none=True)
    _show_made(_do(url, "create_key", name, write, lambda a: a.post("/v1/keys", body)), as_json)


@keys.command()
def rotate(
    key: Named,
    grace: Annotated[
        str, typer.Option("--grace", help="How long the secret before still works: 0s, 2h, 7d.")
    ] = "1d",
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Change a key's secret; what it may and whom it speaks for stays."""
    grace_s = _seconds(grace)

    async def write(stored: ApiKeys) -> Json:
        return KeyMade.made(*await stored.rotate(key, grace_s)).model_dump(mode="json")

    body = {"grace_s": grace_s}
    made = _do(
        url, "rotate_key", key, write, lambda a: a.post(path_to("keys", key, "rotate"), body)
    )
    _show_made(made, as_json)


@keys.command()
def revoke(key: Named, as_json: AsJson = False, url: Url = "") -> None:
    """End a key, and the sessions it opened."""

    async def write(stored: ApiKeys) -> Json:
        return KeyView.of(await stored.revoke(key)).model_dump(mode="json")

    done = _do(url, "revoke_key", key, write, lambda a: a.delete(path_to("keys", key)))
    if as_json:
        print_json(done)
    else:
        out().print(f"{done['name']} ({done['id']}) opens nothing any more")


@keys.command("list")
def list_keys(as_json: AsJson = False, url: Url = "") -> None:
    """Every key there ever was, never their secrets."""

    async def read(stored: ApiKeys) -> Json:
        found = [KeyView.of(key).model_dump(mode="json") for key in await stored.all()]
        return {"data": found}

    found = _do(url, "", "", read, lambda api: api.get("/v1/keys"))["data"]
    if as_json:
        print_json(found)
    elif found:
        show(_table(found), out())
    else:
        out().print("There is no key: on this machine, everybody gets in")


def _do(url: str, action: str, target: str, direct: Direct, asked: Asked) -> Json:
    """One act where it belongs; what changes something in Redis is in the audit log too."""

    async def on_server() -> Json:
        async with connect_api(find_url(url)) as api:
            return await asked(api)

    async def on_redis() -> Json:
        store = connect_store(load_settings().redis_url)
        try:
            done = await direct(ApiKeys(store))
            if action:
                await Audit(store).note(Act(getuser(), "", TERMINAL, action, target))
            return done
        finally:
            await store.close()

    return asyncio.run(on_server() if url else on_redis())


def _understand(asked: Json) -> CreateKey:
    try:
        return CreateKey.model_validate(asked)
    except ValidationError as error:
        raise InvalidRequest(f"Expected another key: {problems_of(error)}") from error


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?[smhd]", text):
        raise InvalidRequest(f"expected a time like 90s, 5m, 6h or 7d, got {text!r}")
    return seconds(text)


def _show_made(made: Json, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    console = out()
    console.print(f"{escape(made['name'])} ({made['id']}) may {', '.join(made['scopes'])}")
    if made["old_secret_until"]:
        console.print(f"The secret before works until {_time(made['old_secret_until'])}")
    console.print("The key, shown this once; give it as THUMBWHEEL_API_KEY or OpenAI's api_key:")
    typer.echo(made["key"])


def _table(found: list[Json]) -> Table:
    table = Table("name", "id", "scopes", "speaks for", "made", "used", "state", box=None)
    for key in found:
        speaks = key["person"] or f"{key['people']}:*"
        row = (key["name"], key["id"], " ".join(key["scopes"]), speaks)
        table.add_row(*map(escape, row), _time(key["created"]), _time(key["used"]), _state(key))
    return table


def _state(key: Json) -> str:
    if key["revoked"]:
        return f"revoked {_time(key['revoked'])}"
    if not key["expires"]:
        return "good"
    word = "expired" if key["expires"] <= time.time() else "until"
    return f"{word} {_time(key['expires'])}"


def _time(at: Any) -> str:
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M") if at else "never"
