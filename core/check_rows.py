"""Checks as rows of JSON, as they stand in golden files and datasets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from core.checks import CHECK_KINDS, Check
from core.errors import BadConfig

_FIELDS: Final = ("kind", "terms", "low", "high", "text")
_NEEDS: Final = {
    "contains_all": "terms",
    "contains_any": "terms",
    "contains_none": "terms",
    "json_keys": "terms",
    "regex": "text",
    "json_equals": "text",
    "max_words": "high",
    "min_words": "low",
    "bullets": "low",
}
"""Without which a kind would check nothing."""


def checks_to_json(checks: Iterable[Check]) -> list[dict[str, Any]]:
    return [_to_json(check) for check in checks]


def _to_json(check: Check) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": check.kind}
    if check.terms:
        row["terms"] = list(check.terms)
    for name in ("low", "high"):
        if getattr(check, name) is not None:
            row[name] = getattr(check, name)
    if check.text:
        row["text"] = check.text
    return row


def checks_from_json(rows: Sequence[dict[str, Any]]) -> list[Check]:
    """Raises BadConfig for an unknown kind or field, and for what a kind cannot check by."""
    return [_from_json(row) for row in rows]


def _from_json(row: dict[str, Any]) -> Check:
    if not isinstance(row, dict) or row.get("kind") not in CHECK_KINDS or set(row) - {*_FIELDS}:
        raise BadConfig(
            f"expected a check of kind {', '.join(CHECK_KINDS)}, got {json.dumps(row)[:200]}"
        )
    problem = _problem(row)
    if problem:
        raise BadConfig(f"{row['kind']}: {problem}, got {json.dumps(row)[:200]}")
    return Check(
        kind=row["kind"],
        terms=tuple(row.get("terms", ())),
        low=row.get("low"),
        high=row.get("high"),
        text=row.get("text", ""),
    )


def _problem(row: dict[str, Any]) -> str:
    """What is wrong with the fields; "" for nothing."""
    terms, text = row.get("terms", []), row.get("text", "")
    if not isinstance(terms, list) or not all(isinstance(t, str) and t for t in terms):
        return "expected terms as a list of strings"
    if not all(isinstance(row.get(name, 0), int) for name in ("low", "high")):
        return "expected whole numbers as low and high"
    if not isinstance(text, str):
        return "expected a string as text"
    need = _NEEDS.get(row["kind"])
    if need and row.get(need) in (None, "", []):
        return f"expected {need}"
    try:
        re.compile(text) if row["kind"] == "regex" else None
        json.loads(text) if row["kind"] == "json_equals" else None
    except (re.error, ValueError) as error:
        return str(error)
    return ""
