"""`thumbwheel ...`: the table of commands. A command's module is imported only when it is asked
for, so that `--help` is quick and nothing here loads torch.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any, Final

import typer

from core.errors import ThumbwheelError

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "up": ("cli.up:up", "Start everything on this machine and say where the page is."),
    "down": ("cli.up:down", "End what `up --detach` started."),
    "status": ("cli.status:status", "Who answers, who is on trial, and why no new model today."),
    "doctor": ("cli.doctor:doctor", "Say what is missing and how to mend it."),
    "chat": ("cli.chat:chat", "Chat in the terminal, with /up, /down and /compare."),
    "simulate": (
        "cli.simulate:simulate",
        "Play people with a taste and prove that it is learned.",
    ),
    "retrain": ("cli.operate:retrain", "Ask for a new version now."),
    "promote": ("cli.operate:promote", "Let a version answer."),
    "rollback": ("cli.operate:rollback", "Let the previous version answer again."),
    "hold": ("cli.operate:hold", "Stop an assistant from changing."),
    "resume": ("cli.operate:resume", "Let a held assistant change again."),
    "runs": ("cli.runs:runs", "What was retrained, why, and with which verdict."),
    "run": ("cli.runs:run", "Follow one run until its verdict."),
    "leaderboard": ("cli.leaderboard:leaderboard", "Which version people prefer, at equal style."),
    "consent": ("cli.people:consent", "Say whether what somebody says may be learned from."),
    "erase": ("cli.people:erase", "Remove everything of a person's."),
    "import": ("cli.data:import_file", "Take in feedback from a file of others."),
    "export": ("cli.data:export_file", "Write feedback into a file for others."),
    "keys": ("cli.keys:keys", "Make, list, rotate and revoke API keys."),
    "recipe": ("cli.recipe:recipe", "Run a whole experiment: InstructGPT in miniature."),
}
"""Name -> where its function is, and its line in the list."""


def load_command(name: str) -> Callable[..., Any] | typer.Typer:
    """A function, or commands below a name of their own."""
    module, _, function = COMMANDS[name][0].partition(":")
    command: Callable[..., Any] | typer.Typer = getattr(importlib.import_module(module), function)
    return command


def _not_asked_for() -> None:
    """Stands in the list for a command whose module is not needed now."""


def build_app(asked: str | None) -> typer.Typer:
    """The whole list, of which only the command asked for can run."""
    result = typer.Typer(
        name="thumbwheel",
        help="A served assistant that learns from the people who use it.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for name, (_, line) in COMMANDS.items():
        command = load_command(name) if name == asked else _not_asked_for
        if isinstance(command, typer.Typer):
            result.add_typer(command, name=name)
        else:
            result.command(name, help=None if name == asked else line)(command)
    # With a single command Typer would drop the names; the callback keeps them.
    result.callback()(_not_asked_for)
    return result


def app() -> None:
    """The console script: errors of ours are one line and exit code 1, not a traceback."""
    asked = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    try:
        build_app(asked)()
    except ThumbwheelError as error:
        typer.secho(error.message, fg=typer.colors.RED, err=True)
        sys.exit(1)


if __name__ == "__main__":
    app()
