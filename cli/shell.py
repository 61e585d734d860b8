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
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.text import Text

from cli.context import load_settings
from cli.controls import CONTROLS, clean

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
    console = _console(stderr=False)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    return console


def notes() -> Console:
    """For progress and complaints."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    """A terminal that cannot move its cursor is as good as a pipe."""
    console = Console(stderr=stderr, highlight=False, emoji=False)
    if console.is_dumb_terminal:
        return Console(stderr=stderr, highlight=False, emoji=False, force_terminal=False)
    return console


def find_url(url: str) -> str:
    """The given base URL, http where it names no scheme, or where the settings say that the API
    listens. Raises typer.BadParameter for what is no address.
    """
    if url:
        return _check_url(url if "://" in url else f"http://{url}")
    settings = load_settings()
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
    return f"http://{host}:{settings.port}"


def _check_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        known = known and not re.search(r"\s", url)
    except ValueError:
        known = False
    if not known:
        raise typer.BadParameter(f"expected an address like http://127.0.0.1:8000, got {url!r}")
    return url


def who_am_i() -> str:
    """The login name as the API takes it: who chats, votes and operates from this terminal. "" with
    a key, which says that itself.
    """
    if load_settings().api_key.get_secret_value():
        return ""
    return re.sub(r"[^A-Za-z0-9_.@:+-]", "-", getpass.getuser())[:128]


def print_json(value: Any) -> None:
    typer.echo(_dump(value, indent=2))


def print_json_line(value: Any) -> None:
    """One of several, for whoever follows."""
    typer.echo(_dump(value))


def _dump(value: Any, indent: int | None = None) -> str:
    """Letters as they are, and no control character: of these, JSON itself leaves DEL and C1."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def complain(kind: str, message: str, as_json: bool) -> None:
    """To stderr."""
    if as_json:
        typer.echo(json.dumps({"error": {"type": kind, "message": message}}), err=True)
    else:
        notes().print(Text(clean(message), "red"), soft_wrap=True)


def confirm(question: str) -> None:
    """Asks on stderr, as stdout may be for JSON. Raises typer.Abort unless the answer is yes."""
    notes().print(Text(f"{question} [y/N]: "), end="", soft_wrap=True)
    if input().strip().lower() not in ("y", "yes"):
        raise typer.Abort
