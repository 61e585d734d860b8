"""Renews what docs/ shows of the pages: `make faces`, or a part of it by name (`ARGS=axe`).

`weight` and `tests` are tables in docs/faces.md; for the latter tests/web runs as it is. `axe` runs
it again, with pictures of every state into var/shots and axe's report into docs/axe.md.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Final

from tests.web import weight
from tests.web.browser import SAID

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
SHOTS: Final = ROOT / "var" / "shots"
CALL: Final = re.compile(r"^([\d.]+)s call +tests/web/test_(\w+)\.py::test_(\S+)$", re.MULTILINE)
IMPACTS: Final = ("critical", "serious", "moderate", "minor")
AXE: Final = """# Axe

What axe-core says of every state of every page, the worst of four looks: light and dark, 1280 and
390 pixels wide. Critical and serious faults fail the tests. Made by `make faces` on {day}, which
leaves a picture of every look in `var/shots`.

| state | looks | critical | serious | moderate | minor | rules passed | rules broken |
|---|---|---|---|---|---|---|---|
{rows}
"""


def main(wanted: list[str]) -> None:
    makers = {"weight": renew_weight, "tests": renew_tests, "axe": renew_axe}
    for name in wanted or makers:
        makers[name]()


def renew_weight() -> None:
    _put("weight", weight.table())


def renew_tests() -> None:
    _put("tests", list_tests(_pytest("--durations=0", "--durations-min=0"), _today()))


def renew_axe() -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    for old in SHOTS.iterdir():
        old.unlink()
    _pytest(shots=str(SHOTS))
    (DOCS / "axe.md").write_text(tell_axe((SHOTS / SAID).read_text(), _today()))


def _put(name: str, content: str) -> None:
    page = DOCS / "faces.md"
    page.write_text(replaced(page.read_text(), name, content))


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def _pytest(*more: str, shots: str = "") -> str:
    command = [sys.executable, "-m", "pytest", "tests/web", "-q", *more]
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "THUMBWHEEL_SHOTS": shots},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if ran.returncode:
        sys.exit(ran.stdout)
    return ran.stdout


def tell_axe(lines: str, day: str) -> str:
    """A page with a row for each state, of what looks noted in SAID."""
    states: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in map(json.loads, lines.splitlines()):
        states[one["state"]].append(one)
    rows = [_axe_row(state, looks) for state, looks in sorted(states.items())]
    return AXE.format(day=day, rows="\n".join(rows))


def _axe_row(state: str, looks: list[dict[str, Any]]) -> str:
    worst: Counter[str] = Counter()
    for one in looks:
        worst |= Counter(one["violations"])
    broken = ", ".join(sorted({rule for one in looks for rule in one["rules"]})) or "-"
    faults = " | ".join(str(worst[impact]) for impact in IMPACTS)
    return f"| {state} | {len(looks)} | {faults} | {min(o['passes'] for o in looks)} | {broken} |"


def list_tests(output: str, day: str) -> str:
    """A table of what `pytest --durations=0` said, the slowest of each file first."""
    calls = [(file, float(s), name) for s, file, name in CALL.findall(output)]
    calls.sort(key=lambda call: (call[0], -call[1]))
    rows = [f"| {file}: {name.replace('_', ' ')} | {s:.1f} |" for file, s, name in calls]
    load = os.getloadavg()[2]
    head = (
        f"{len(calls)} tests, {sum(s for _, s, _ in calls):.0f} s, on {day} with {os.cpu_count()} "
        f"cores and a load average of {load:.1f}."
    )
    return "\n".join([head, "", "| test | s |", "|---|---|", *rows])


def replaced(text: str, name: str, content: str) -> str:
    """`text` with `content` between the marks of `name`. Raises ValueError where there are none."""
    begin, end = (f"<!-- {name}: made by `make faces` -->", f"<!-- {name} ends -->")
    before, rest = text.split(begin)
    return f"{before}{begin}\n{content}\n{end}{rest.split(end)[1]}"


if __name__ == "__main__":
    main(sys.argv[1:])
