"""What a command's end is to the shell: an exit code, and one line on stderr where it failed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import typer
from pydantic import ValidationError

from cli.shell import EXIT_FAILED, EXIT_USAGE, complain
from core.errors import ThumbwheelError


def exit_code_of(command: Callable[[], Any], as_json: bool) -> int:
    """Runs it; what it raises on purpose, and what files and terminals do, is no traceback."""
    try:
        return _run(command)
    except BrokenPipeError:  # whoever read has seen enough
        code = EXIT_FAILED
    except typer.TyperException as error:
        code = _fail("Usage", error.format_message(), as_json, EXIT_USAGE)
    except typer.Abort:
        code = _fail("Aborted", "Nothing was done", as_json)
    except ThumbwheelError as error:
        code = _fail(type(error).__name__, error.message, as_json)
    except ValidationError as error:
        told = f"Expected another answer of the server: {problems_of(error)}"
        code = _fail("ValidationError", told, as_json)
    except OSError as error:
        code = _fail(type(error).__name__, _tell_file(error), as_json)
    except UnicodeError as error:
        code = _fail(type(error).__name__, f"Expected text in UTF-8: {error}", as_json)
    _give_up_stdout()
    return code


def _run(command: Callable[[], Any]) -> int:
    try:
        code = command()
    except SystemExit as ended:
        code = ended.code
    _flush()
    return int(code or 0)


def _flush() -> None:
    if sys.stdout is not None:  # as the shell's `>&-` leaves it
        sys.stdout.flush()


def problems_of(error: ValidationError) -> str:
    """Which fields are wrong, and why."""
    problems = error.errors(include_url=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in problems)


def _tell_file(error: OSError) -> str:
    cause = error.strerror or str(error)
    return f"{error.filename}: {cause}" if error.filename else f"Reading or writing failed: {cause}"


def _fail(kind: str, message: str, as_json: bool, code: int = EXIT_FAILED) -> int:
    with suppress(OSError):
        complain(kind, message, as_json)
    return code


def _give_up_stdout() -> None:
    """What it still holds but cannot take is not tried once more at the end of the process."""
    try:
        _flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
