"""`make chaos ARGS="--faults 100 --seed 1"`: a stack of its own, faults in it, a report.

Run by `unshare --map-root-user --mount`, so that the artifact store may lie on a small disk that is
filled; the disk is gone with the process. Exits with 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.chaos.plan import Plan, trouble_every
from tests.chaos.play import SETTINGS, Script, Story, declare, play
from tests.chaos.report import describe, write_report
from tests.conftest import ROOT
from tests.stack import running_stack

RESULTS: Final = ROOT / "benchmarks" / "results"
DISK: Final = "256m"
VOTES: Final = 12
STEPS: Final = 4
CALM_S: Final = 400.0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--faults", type=int, default=100, help="that hit processes, at least")
    parser.add_argument("--seed", type=int, default=1, help="of every choice")
    parser.add_argument("--minutes", type=float, default=60.0, help="no new fault after so many")
    parser.add_argument(
        "--gap", type=float, default=12.0, help="seconds between faults, on average"
    )
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the report")
    return parser.parse_args()


def run(options: argparse.Namespace, home: Path) -> Story:
    declare(home / "assistants.toml", "support", "tutor", votes=VOTES, steps=STEPS)
    store = home / "artifacts"
    store.mkdir()
    disk = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(store)]
    subprocess.run(disk, check=True)
    with running_stack(home, artifacts_url=str(store), **SETTINGS) as stack:
        plan = Plan(options.seed, options.gap, trouble_every=trouble_every(options.faults))
        script = Script(options.seed, plan, options.faults, 60 * options.minutes, CALM_S)
        return asyncio.run(play(stack, script))


def main() -> int:
    options = parse()
    home = Path(tempfile.mkdtemp(prefix="chaos-"))
    sys.stdout.write(f"logs in {home}/var/logs\n")
    story = run(options, home)
    how = {"seed": options.seed, "gap_s": options.gap, "date": time.strftime("%Y-%m-%d")}
    write_report(options.output, story, how)
    sys.stdout.write(describe(story, how))
    return 1 if story.problems else 0


if __name__ == "__main__":
    sys.exit(main())
