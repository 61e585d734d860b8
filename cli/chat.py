"""`thumbwheel chat`: talk to an assistant in the terminal, or pipe one question through."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import Annotated, Final

import typer

from cli.api import Api, connect
from cli.shell import AsJson, Url, find_url, out, print_json, who_am_i
from cli.talk import Talk
from core.errors import InvalidRequest

KEYS: Final = {"u": "/up", "d": "/down"}
"""With Alt, on an empty line: what is typed and sent."""


def chat(
    assistant: Annotated[
        str, typer.Argument(help="Who to talk to.", show_default="the first one")
    ] = "",
    user: Annotated[
        str, typer.Option("--user", help="Who you are.", show_default="your login name")
    ] = "",
    interactive: Annotated[
        bool, typer.Option("--interactive", "-i", help="Talk, even where input is piped in.")
    ] = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Talk to an assistant; /help lists how to vote, compare and edit.

    Piped input is one question, and only the answer comes out: echo 'May I return it?' |
    thumbwheel chat support. --json is for this: the whole answer with its id and version.
    """
    piped = not (interactive or sys.stdin.isatty())
    if as_json and not piped:
        raise typer.BadParameter("--json is for one question that is piped in")
    with asyncio.Runner() as runner:
        connection = connect(find_url(url), user or who_am_i(), as_it_is=as_json)
        api = runner.run(connection.__aenter__())
        try:
            if piped:
                runner.run(_answer(api, assistant, _read_question(), as_json))
            else:
                _bind_keys()
                Talk(runner, api, out()).hold(assistant)
        finally:
            runner.run(connection.__aexit__(None, None, None))


def _read_question() -> str:
    """Raises InvalidRequest when nothing is asked, or nothing that can be read."""
    try:
        question = sys.stdin.buffer.read().decode().strip()
    except UnicodeDecodeError as error:
        raise InvalidRequest(
            f"Expected a question in UTF-8 on the standard input: {error}"
        ) from error
    if not question:
        raise InvalidRequest("Expected a question on the standard input, and it is empty")
    return question


async def _answer(api: Api, assistant: str, question: str, as_json: bool) -> None:
    name = assistant or str((await api.assistants())[0]["id"])
    async with api.stream(name, [{"role": "user", "content": question}]) as stream:
        async for piece in stream:
            if not as_json:
                sys.stdout.write(piece)
                sys.stdout.flush()
    if not as_json:
        typer.echo()
        return
    about = {"assistant": name, "version": stream.version, "response_id": stream.response}
    print_json({**about, "text": stream.text, "finish_reason": stream.finish_reason})


def _bind_keys() -> None:
    """Line editing, and a thumb by one key, where the platform has it."""
    with contextlib.suppress(ImportError):
        import readline

        for key, command in KEYS.items():
            readline.parse_and_bind(rf'"\e{key}": "{command}\n"')
