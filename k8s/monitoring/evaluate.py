"""Asks a Prometheus every question of the dashboards and alert rules, and writes a table of what
came: `python k8s/monitoring/evaluate.py http://127.0.0.1:9090`.
"""

from __future__ import annotations

import json
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
VARIABLES = {"$assistant": ".+", "$replica": ".+"}


def questions() -> Iterator[tuple[str, str, str]]:
    """(board or severity, title, query)."""
    for name in ("overview", "learning", "fleet"):
        board = json.loads((HERE / "dashboards" / f"{name}.json").read_text())
        for panel in board["panels"]:
            for target in panel.get("targets", ()):
                yield name, panel["title"], target["expr"]
    rules = yaml.safe_load((HERE / "rules.yaml").read_text())
    for group in rules["spec"]["groups"]:
        for rule in group["rules"]:
            yield f"alert ({rule['labels']['severity']})", rule["alert"], rule["expr"]


def ask(url: str, query: str) -> list[dict[str, Any]]:
    for name, value in VARIABLES.items():
        query = query.replace(name, value)
    asked = f"{url}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    with urllib.request.urlopen(asked, timeout=10) as reply:
        result: list[dict[str, Any]] = json.load(reply)["data"]["result"]
    return result


def show(found: list[dict[str, Any]]) -> str:
    """The first series, and how many there are."""
    if not found:
        return "-"
    labels = ", ".join(f"{k}={v}" for k, v in found[0]["metric"].items() if k != "__name__")
    first = f"{float(found[0]['value'][1]):.4g}" + (f" ({labels})" if labels else "")
    return first if len(found) == 1 else f"{first} and {len(found) - 1} more"


def main(url: str) -> None:
    sys.stdout.write("| where | title | series | first |\n|---|---|---|---|\n")
    for where, title, query in questions():
        found = ask(url, query)
        sys.stdout.write(f"| {where} | {title} | {len(found)} | {show(found)} |\n")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
