"""One person at one terminal, talking to one assistant.

The conversation lives here and is sent whole with every message, as any OpenAI client does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from cli.answers import Blind
from cli.api import Api
from cli.editor import edit_text
from cli.layout import make_facts
from cli.replies import Json
from cli.side_by_side import show_comparison
from core.errors import ThumbwheelError
from core.ids import new_id

T = TypeVar("T")

HELP: Final = {
    "/up, /down why": "judge the last answer, and say why if you like",
    "+, -": "the same on a line alone, without a reason; also Alt-U, Alt-D",
    "/compare text": "two blind answers, you choose; without text, to your last message",
    "/edit text": "what the last answer should have said; without text, in $EDITOR",
    "/history": "this conversation so far",
    "/new": "start over",
    "/help": "this list",
    "/quit": "leave, as do Ctrl-D and a second Ctrl-C",
    "Ctrl-C": "stop an answer, or drop what you are typing",
}
SIGNS: Final = {"+": "/up", "-": "/down"}
CHOICES: Final = {"a": "a", "b": "b", "tie": "tie", "bad": "both_bad"}
NOTHING: Final = "[dim]There is no answer to judge yet[/]"


class Talk:
    """Waits for lines in the main thread, so that Ctrl-C works."""

    def __init__(self, runner: asyncio.Runner, api: Api, console: Console) -> None:
        self._runner = runner
        self._api = api
        self._console = console
        self._assistant = ""
        self._messages: list[Json] = []
        self._response = ""
        self._commands: dict[str, Callable[[str], None]] = {
            "/up": lambda why: self._judge("up", why),
            "/down": lambda why: self._judge("down", why),
            "/compare": self._compare,
            "/edit": self._edit,
            "/history": lambda _: self._show_history(),
            "/new": lambda _: self._begin_anew(),
            "/help": lambda _: self._show_help(),
        }

    def hold(self, assistant: str) -> None:
        """Until /quit, the end of the input or a second Ctrl-C. Raises NotFound for an unknown
        assistant.
        """
        self._assistant = self._greet(assistant)
        while (line := self._read_message()) is not None:
            word, _, rest = SIGNS.get(line, line).partition(" ")
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
            first, *more = example.splitlines()
            self._console.print(f"[dim]  {escape(first)}{' ...' if more else ''}[/]")
        return name

    def _read_message(self) -> str | None:
        """None at the end of the input, and at the second Ctrl-C in a row: the first one drops the
        line, as it may have come just behind an answer that it was to stop.
        """
        for hint in ("[dim](Ctrl-C again leaves)[/]", ""):
            try:
                return self._read_line("you> ")
            except KeyboardInterrupt:
                self._console.print(f"\n{hint}")
        return None

    def _read_line(self, prompt: str) -> str | None:
        """What is typed, None at the end of the input; the prompt is Python's own, so that line
        editing knows where it ends.
        """
        try:
            return input(prompt).strip()
        except EOFError:
            self._console.print()
        except UnicodeDecodeError:
            self._console.print("[red]Expected text in UTF-8[/]")
            return ""
        return None

    def _obey(self, word: str, rest: str, line: str) -> None:
        if word in self._commands:
            self._commands[word](rest)
        elif word.startswith("/"):
            self._console.print(f"[dim]There is no {escape(word)}[/]")
            self._show_help()
        elif line:
            self._say(line)

    def _show_help(self) -> None:
        commands = make_facts()
        for command, what in HELP.items():
            commands.add_row(command, what)
        self._console.print(commands)

    # -- saying --

    def _say(self, text: str) -> None:
        """From here on no vote is for the answer before, whatever becomes of this one."""
        self._response = ""
        self._wait_for(self._stream([*self._messages, {"role": "user", "content": text}]))

    async def _stream(self, asked: list[Json]) -> None:
        """Shows the answer as it comes, and goes on from what was said, stopped or not."""
        async with self._api.stream(self._assistant, asked) as stream:
            self._console.print(f"[bold green]{self._assistant}>[/] ", end="")
            try:
                async for piece in stream:
                    self._console.print(Text(piece), end="", soft_wrap=True)
            finally:
                self._console.print()
                if stream.text.strip():
                    self._go_on_from(asked, stream.text, stream.response)
        self._console.print(f"[dim]{stream.version}[/]")

    def _go_on_from(self, asked: list[Json], said: str, response: str) -> None:
        self._messages = [*asked, {"role": "assistant", "content": said}]
        self._response = response

    def _begin_anew(self) -> None:
        self._messages, self._response = [], ""
        self._console.print("[dim]a new conversation[/]")

    def _show_history(self) -> None:
        if not self._messages:
            self._console.print("[dim]Nothing was said yet[/]")
        for message in self._messages:
            who = "you" if message["role"] == "user" else self._assistant
            said = (f"{who}> ", "bold"), message["content"].strip()
            self._console.print(Text.assemble(*said))

    # -- judging --

    def _judge(self, value: str, comment: str) -> None:
        if not self._response:
            self._console.print(NOTHING)
            return
        body = {"kind": "thumb", "response_id": self._response, "value": value}
        if comment:
            body["comment"] = comment
        self._wait_for(self._api.feedback(body, new_id("key")))
        self._console.print(f"[dim]thumb {value}, thank you[/]")

    def _edit(self, text: str) -> None:
        """What it should have said is feedback; the conversation goes on from what it did say."""
        if not self._response:
            self._console.print(NOTHING)
            return
        said = str(self._messages[-1]["content"]).strip()
        better = text or edit_text(said)
        if better in ("", said):
            self._console.print("[dim]nothing was changed[/]")
            return
        body = {"kind": "edit", "response_id": self._response, "text": better}
        self._wait_for(self._api.feedback(body, new_id("key")))
        self._console.print("[dim]noted what it should have said, thank you[/]")

    # -- comparing --

    def _compare(self, text: str) -> None:
        asked = self._ask_of(text)
        if not asked:
            self._console.print("[dim]Say what the two answers are to be about[/]")
            return
        shown = show_comparison(self._api, self._assistant, asked, self._console)
        blind = self._wait_for(shown)
        if choice := self._read_choice():
            self._vote(blind, asked, choice)

    def _ask_of(self, text: str) -> list[Json]:
        """The conversation up to the message that is to be answered twice."""
        if text:
            return [*self._messages, {"role": "user", "content": text}]
        return self._messages[:-1]

    def _read_choice(self) -> str:
        try:
            while answer := (self._read_line("a, b, tie or bad? ") or "").lower():
                if answer in CHOICES:
                    return CHOICES[answer]
        except KeyboardInterrupt:
            self._console.print()
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
