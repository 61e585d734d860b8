"""`python -m benchmarks [name ...] [--quick]`: runs the named benchmarks, or all of them.

Options (`--quick`, `--minutes=28`) are those of benchmarks/trainer.py; the others know `--quick`
and `--output` of them. `exchange` does nothing without a `--file`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from benchmarks import (
    duels,
    exchange,
    explore,
    gaming,
    gateway,
    log,
    planted,
    sizing,
    trainer,
    trials,
    votes,
)

BENCHMARKS: dict[str, Callable[[Sequence[str]], None]] = {
    "votes": votes.main,
    "trials": trials.main,
    "duels": duels.main,
    "planted": planted.main,
    "gaming": gaming.main,
    "log": log.main,
    "exchange": exchange.main,
    "explore": explore.main,
    "gateway": gateway.main,
    "sizing": sizing.main,
    "trainer": trainer.main,
}


def main(words: list[str]) -> int:
    names = [word for word in words if not word.startswith("-")]
    options = [word for word in words if word.startswith("-")]
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        sys.stderr.write(f"no benchmark {unknown}; there is {sorted(BENCHMARKS)}\n")
        return 2
    for name in names or BENCHMARKS:
        BENCHMARKS[name](options)
    return 0


sys.exit(main(sys.argv[1:]))
