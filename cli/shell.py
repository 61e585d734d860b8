"""The edge between commands and people: shared options, the two consoles, where the server is.

Figures and answers go to stdout, progress and complaints to stderr, so that `--json` can be piped.
"""

from __future__ import annotations

import getpass
import json
import re
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from cli.context import load_settings

EXIT_FAILED: Final = 1

Url = Annotated[
    str,
    typer.Option(
        "--url",
        envvar="THUMBWHEEL_URL",
        help="The server's address.",
        show_default="from the settings",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AssistantName = Annotated[str, typer.Argument(help="Name of the assistant.", show_default=False)]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the audit log.")]


def out() -> Console:
    """For results. Made when it is used, so that it writes to the stdout of that moment."""
    return Console(highlight=False)


def notes() -> Console:
    """For progress and complaints."""
    return Console(stderr=True, highlight=False)


def find_url(url: str) -> str:
    """The given base URL, or where the settings say that the API listens."""
    if url:
        return url
    settings = load_settings()
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
    return f"http://{host}:{settings.port}"


def who_am_i() -> str:
    """The login name as the API takes it: who chats, votes and operates from this terminal. "" with
    a key, which says that itself.
    """
    if load_settings().api_key.get_secret_value():
        return ""
    return re.sub(r"[^A-Za-z0-9_.@:+-]", "-", getpass.getuser())[:128]


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
