"""The edge between commands and people: shared options, the two consoles, where the server is.

Figures and answers go to stdout, progress and complaints to stderr, so that `--json` can be piped.
With `--json`, stdout has one document, or a line of JSON for each news where a command follows
something, and stderr a complaint as `{"error": {"type", "message"}}`.
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
"""What was asked for did not come to be: refused, not ready, not found, nothing answers."""
EXIT_USAGE: Final = 2
"""The command line was not understood."""
PIPE_WIDTH: Final = 1000
"""Columns where nobody looks: no line is cut or wrapped for a file."""

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
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    return console


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


def print_json_line(value: Any) -> None:
    """One of several, for whoever follows."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def complain(kind: str, message: str, as_json: bool) -> None:
    """To stderr."""
    if as_json:
        typer.echo(json.dumps({"error": {"type": kind, "message": message}}), err=True)
    else:
        typer.secho(message, fg=typer.colors.RED, err=True)
