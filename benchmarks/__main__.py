"""`python -m benchmarks [name ...]`: runs the named benchmarks, or all of them."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import votes

BENCHMARKS: dict[str, Callable[[], None]] = {"votes": votes.main}


def main(names: list[str]) -> int:
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        sys.stderr.write(f"no benchmark {unknown}; there is {sorted(BENCHMARKS)}\n")
        return 2
    for name in names or BENCHMARKS:
        BENCHMARKS[name]()
    return 0


sys.exit(main(sys.argv[1:]))
