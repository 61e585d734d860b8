"""`python -m trainer.recipes.instructgpt STAGE --out DIR`: one stage of the recipe."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.errors import ThumbwheelError
from trainer.errors import exit_of
from trainer.recipes.instructgpt import report, stages

STAGES: Final[dict[str, Callable[[Path], None]]] = {
    "tasks": stages.prepare_tasks,
    "small": lambda out: stages.pretrain(out, "small"),
    "large": lambda out: stages.pretrain(out, "large"),
    "rank": stages.rank_answers,
    "answers": stages.answer_small,
    "answers-large": stages.answer_large,
    "report": report.write_report,
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m trainer.recipes.instructgpt")
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--out", type=Path, required=True, help="the recipe's directory")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    try:
        STAGES[options.stage](options.out)
    except ThumbwheelError as error:
        logging.getLogger(__name__).error("%s", error.message)
        return exit_of(error).code
    return 0


if __name__ == "__main__":
    sys.exit(main())
