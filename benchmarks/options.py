"""The options that benchmarks share."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

RESULTS: Final = Path(__file__).parent / "results"


def parser_of(name: str, about: str | None, quick: str) -> argparse.ArgumentParser:
    """With `--quick` and `--output`. Read by parse_known_args: a benchmark that runs with others is
    given their options too.
    """
    parser = argparse.ArgumentParser(prog=f"benchmarks {name}", description=about)
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--output", type=Path, help=f"folder; {RESULTS} unless --quick")
    return parser
