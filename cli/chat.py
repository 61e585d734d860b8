"""`thumbwheel chat`: talk to an assistant in the terminal, and tell it what you think.

The conversation lives here and is sent whole with every message, as any OpenAI client does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Annotated, Any, Final, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.answers import Blind
from cli.api import Api, connect
from cli.replies import Json
from cli.shell import Url, find_url, out, who_am_i
from core.errors import ThumbwheelError
from core.ids import new_id

T = TypeVar("T")

HELP: Final = """\
[bold]/up[/], [bold]/down[/] [dim]why[/]  judge the last answer, with a comment if you like
[bold]/compare[/] [dim]text[/]    two blind answers, you choose; without text, to your last message
[bold]/new[/]             start over
[bold]/help[/]            this list
[bold]/quit[/]            leave (Ctrl-D too); Ctrl-C stops an answer"""
CHOICES: Final = {"a": "a", "b": "b", "tie": "tie", "bad": "both_bad"}


def chat(
    assistant: Annotated[
        str, typer.Argument(help="Who to talk to.", show_default="the first one")
    ] = "",
    user: Annotated[
        str, typer.Option("--user", help="Who you are.", show_default="your login name")
    ] = "",
    url: Url = "",
) -> None:
    """Chat in the terminal, with /up, /down and /compare."""
    with contextlib.suppress(ImportError):  # line editing where the platform has it
        import readline  # noqa: F401

    with asyncio.Runner() as runner:
        connection = connect(find_url(url), user or who_am_i())
        api = runner.run(connection.__aenter__())
        try:
            Conversation(runner, api, out()).hold(assistant)
        finally:
            runner.run(connection.__aexit__(None, None, None))


class Conversation:
    """One person at one terminal. Waits for lines in the main thread, so that Ctrl-C works."""

    def __init__(self, runner: asyncio.Runner, api: Api, console: Console) -> None:
        self._runner = runner
        self._api = api
        self._console = console
        self._assistant = ""
        self._messages: list[Json] = []
        self._response = ""

    def hold(self, assistant: str) -> None:
        """Until /quit or the end of the input. Raises NotFound for an unknown assistant."""
        self._assistant = self._greet(assistant)
        while (line := self._read_line()) is not None:
            word, _, rest = line.partition(" ")
            if word in ("/quit", "/exit"):
                return
            try:
                self._obey(word, rest.strip(), line)
            except ThumbwheelError as error:
                self._console.print(f"[red]{escape(error.message)}[/]", soft_wrap=True)
            except KeyboardInterrupt:
                self._console.print("[dim](stopped)[/]")

    def _greet(self, assistant: str) -> str:
        known = self._wait_for(self._api.assistants())
        name = assistant or str(known[0]["id"])
        found = self._wait_for(self._api.assistant(name))
        self._console.print(f"[bold]{name}[/] {escape(found['description'])} [dim]/help[/]")
        for example in found["examples"][:3]:
            self._console.print(f"[dim]  {escape(example)}[/]")
        return name

    def _read_line(self) -> str | None:
        try:
            return self._console.input("[bold cyan]you>[/] ").strip()
        except (EOFError, KeyboardInterrupt):
            self._console.print()
            return None

    def _obey(self, word: str, rest: str, line: str) -> None:
        if word in ("/up", "/down"):
            self._judge(word.removeprefix("/"), rest)
        elif word == "/compare":
            self._compare(rest)
        elif word == "/new":
            self._messages, self._response = [], ""
            self._console.print("[dim]a new conversation[/]")
        elif word == "/help" or word.startswith("/"):
            self._console.print(HELP)
        elif line:
            self._say(line)

    # -- saying and judging --

    def _say(self, text: str) -> None:
        asked: list[Json] = [*self._messages, {"role": "user", "content": text}]
        said, response = self._wait_for(self._stream(asked))
        self._go_on_from(asked, said, response)

    async def _stream(self, asked: list[Json]) -> tuple[str, str]:
        """Shows the answer as it comes: (text, response id)."""
        async with self._api.stream(self._assistant, asked) as stream:
            self._console.print(f"[bold green]{self._assistant}>[/] ", end="")
            try:
                async for piece in stream:
                    self._console.print(Text(piece), end="", soft_wrap=True)
            finally:
                self._console.print()
        self._console.print(f"[dim]{stream.version}[/]")
        return stream.text, stream.response

    def _go_on_from(self, asked: list[Json], said: str, response: str) -> None:
        self._messages = [*asked, {"role": "assistant", "content": said}]
        self._response = response

    def _judge(self, value: str, comment: str) -> None:
        if not self._response:
            self._console.print("[dim]There is no answer to judge yet[/]")
            return
        body = {"kind": "thumb", "response_id": self._response, "value": value}
        if comment:
            body["comment"] = comment
        self._wait_for(self._api.feedback(body, new_id("key")))
        self._console.print(f"[dim]thumb {value}, thank you[/]")

    # -- comparing --

    def _compare(self, text: str) -> None:
        asked = self._ask_of(text)
        if not asked:
            self._console.print("[dim]Say what the two answers are to be about[/]")
            return
        with self._console.status("two answers"):
            blind = self._wait_for(self._api.compare(self._assistant, asked))
        self._console.print(_side_by_side(blind))
        if choice := self._read_choice():
            self._vote(blind, asked, choice)

    def _ask_of(self, text: str) -> list[Json]:
        """The conversation up to the message that is to be answered twice."""
        if text:
            return [*self._messages, {"role": "user", "content": text}]
        return self._messages[:-1]

    def _read_choice(self) -> str:
        while (answer := self._console.input("a, b, tie or bad? ").strip().lower()) != "":
            if answer in CHOICES:
                return CHOICES[answer]
        self._console.print("[dim]no vote[/]")
        return ""

    def _vote(self, blind: Blind, asked: list[Json], choice: str) -> None:
        body = {"kind": "comparison", "comparison_id": blind.id, "choice": choice}
        versions = self._wait_for(self._api.feedback(body, new_id("key")))["versions"]
        who = ", ".join(f"{letter} was {v}" for letter, v in zip("ab", versions, strict=True))
        self._console.print(f"[dim]{who}[/]")
        if choice in ("a", "b"):
            chosen = blind.candidates["ab".index(choice)]
            self._go_on_from(asked, chosen.text, chosen.response)

    def _wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)


def _side_by_side(blind: Blind) -> Table:
    grid = Table.grid(expand=True)
    for _ in blind.candidates:
        grid.add_column(ratio=1)
    grid.add_row(
        *(
            Panel(Text(candidate.text.strip()), title=letter)
            for letter, candidate in zip("ab", blind.candidates, strict=True)
        )
    )
    return grid
