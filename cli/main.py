"""`thumbwheel ...`: the table of commands. A command's module is imported only when it is asked
for, so that `--help` is quick and nothing here loads torch.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import typer

EXIT_ENDED: Final = 130
"""By Ctrl-C."""
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "up": ("cli.up:up", "Start everything on this machine and say where the page is."),
    "down": ("cli.up:down", "End what `up --detach` started."),
    "status": ("cli.status:status", "Who answers, who is on trial, and why no new model today."),
    "doctor": ("cli.doctor:doctor", "Say what is missing and how to mend it."),
    "chat": ("cli.chat:chat", "Chat in the terminal and vote, or pipe one question through."),
    "feedback": ("cli.feedback:feedback", "What people say about the answers, as it comes."),
    "simulate": (
        "cli.simulate:simulate",
        "Play people with a taste and prove that it is learned.",
    ),
    "retrain": ("cli.operate:retrain", "Ask for a new version now."),
    "promote": ("cli.operate:promote", "Let a version answer."),
    "rollback": ("cli.operate:rollback", "End a trial, or let the previous version answer again."),
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

PANELS: Final[dict[str, tuple[str, ...]]] = {
    "Run it": ("up", "down", "doctor"),
    "Talk to it": ("chat", "feedback", "simulate"),
    "Watch it learn": ("status", "runs", "run", "leaderboard"),
    "Steer it": ("retrain", "promote", "rollback", "hold", "resume"),
    "Its people and their data": ("consent", "erase", "import", "export"),
    "Who gets in": ("keys",),
}
"""Where commands stand in the list; others come last."""

EPILOG: Final = (
    "With --json a command prints one JSON document, or a line of JSON for each news where it"
    " follows something; errors are then JSON on stderr.\n\nExit codes: 0 done; 1 refused, failed"
    " or not ready; 2 not understood; 130 ended by Ctrl-C"
    " (a chat that is left by it is done: 0).\n\nEvery command explains itself:"
    " thumbwheel COMMAND --help"
)


def load_command(name: str) -> Callable[..., Any] | typer.Typer:
    """A function, or commands below a name of their own."""
    module, _, function = COMMANDS[name][0].partition(":")
    command: Callable[..., Any] | typer.Typer = getattr(importlib.import_module(module), function)
    return command


def _not_asked_for() -> None:
    """Stands in the list for a command whose module is not needed now."""


def build_app(asked: str | None) -> typer.Typer:
    """The whole list, of which only the command asked for can run."""
    import typer

    result = typer.Typer(
        name="thumbwheel",
        help="A served assistant that learns from the people who use it.",
        epilog=EPILOG,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    panels = {name: panel for panel, names in PANELS.items() for name in names}
    for name in dict.fromkeys([*panels, *COMMANDS]):
        panel, line = panels.get(name, "More"), COMMANDS[name][1]
        command = load_command(name) if name == asked else _not_asked_for
        if isinstance(command, typer.Typer):
            result.add_typer(command, name=name, rich_help_panel=panel)
        else:
            words = None if name == asked else line
            result.command(name, help=words, rich_help_panel=panel)(command)
    # With a single command Typer would drop the names; the callback keeps them.
    result.callback()(_not_asked_for)
    return result


def app() -> None:
    """The console script: an exit code, and no traceback for what may happen."""
    words = sys.argv[1:]
    as_json = "--json" in words
    asked = next((word for word in words if not word.startswith("-")), None)
    try:
        # Loaded as late as this, so that Ctrl-C is understood while it takes its time.
        from cli.failures import exit_code_of

        # What is not understood Typer explains in a frame, or we do as JSON.
        sys.exit(exit_code_of(lambda: build_app(asked)(standalone_mode=not as_json), as_json))
    except KeyboardInterrupt:
        sys.exit(EXIT_ENDED)


if __name__ == "__main__":
    app()
