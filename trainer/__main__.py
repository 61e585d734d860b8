"""`python -m trainer METHOD --config run.toml [--resume]`: one training process.

Exit codes: 0 done, 2 bad configuration or data, 3 cancelled, 4 out of time or memory, 5 diverged,
1 anything else. report.json says the same in words, however the run ends.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core import spans
from core.errors import BadConfig, ThumbwheelError
from trainer.config import METHODS, Config, parse_config, read_tables
from trainer.errors import DONE, exit_of
from trainer.report import Report, write_report

logger = logging.getLogger("trainer")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m trainer", description=__doc__)
    methods = parser.add_subparsers(dest="method", required=True)
    for name, what in METHODS.items():
        method = methods.add_parser(name, help=what)
        method.add_argument("--config", type=Path, required=True, help="the run's TOML file")
        method.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    return run(options.config, options.resume, options.method)


def run(path: Path, resume: bool, method: str) -> int:
    """The run's exit code; its report is written whatever happens."""
    started = time.monotonic()
    tables: dict[str, Any] = {}
    try:
        tables = read_tables(path)
        config = parse_config(tables, method)
        output = Path(config.run.output)
        output.mkdir(parents=True, exist_ok=True)
    except BadConfig as error:
        return _refuse(error, _output_of(tables))
    return _train(config, output, resume, started)


def _train(config: Config, output: Path, resume: bool, started: float) -> int:
    # Only now: importing torch takes seconds, and a mistake in the file should not.
    from trainer import pipeline, processes
    from trainer.guard import Guard

    guard = Guard(config.run.max_seconds, config.run.max_memory_gib * 2**30, started)
    report = Report(method=config.run.method, run_id=config.run.run_id)
    report.seconds["import"] = time.monotonic() - started
    outcome = DONE
    try:
        with (
            guard.listening(),
            processes.joined(),
            processes.own_output(config) as own,
            _traced(config),
        ):
            pipeline.run(own, guard, report, resume)
    except Exception as error:
        # The process's edge: every failure becomes a report and an exit code.
        outcome = exit_of(error)
        report.error = _describe(error)
    report.status = outcome.status
    report.seconds["total"] = time.monotonic() - started
    if processes.is_first():
        write_report(output, report)
    return outcome.code


@contextmanager
def _traced(config: Config) -> Iterator[None]:
    """As who started this process asks for by its environment: below their span, or not at all."""
    from trainer import processes

    url = os.environ.get("THUMBWHEEL_OTLP_URL", "")
    spans.begin("thumbwheel-trainer", url if processes.is_first() else "")
    about = {"thumbwheel.run": config.run.run_id}
    try:
        with spans.span(config.run.method, about, parent=os.environ.get("TRACEPARENT", "")):
            yield
    finally:
        spans.end()


def _describe(error: Exception) -> str:
    if isinstance(error, ThumbwheelError):
        logger.error("%s", error.message)
        return error.message
    logger.error("%s", "".join(traceback.format_exception(error)))
    return f"{type(error).__name__}: {error}"


def _output_of(tables: dict[str, Any]) -> Path | None:
    """Where the report of a refused configuration belongs, if the file says it."""
    run = tables.get("run")
    output = run.get("output") if isinstance(run, dict) else None
    return Path(output) if isinstance(output, str) and output else None


def _refuse(error: BadConfig, output: Path | None) -> int:
    outcome = exit_of(error)
    logger.error("%s", error.message)
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        write_report(output, Report(status=outcome.status, error=error.message))
    return outcome.code


if __name__ == "__main__":
    sys.exit(main())
