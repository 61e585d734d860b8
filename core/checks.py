"""Declarative checks on an answer's text: what "right" means for a generated or golden prompt.

Owns the check kinds and their evaluation. Does not know who made the answer. Everything is plain
data, so that a check travels in a JSONL row or a report (core/check_rows.py).
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

DECLINE_PHRASES = (
    "does not say",
    "doesn't say",
    "does not mention",
    "doesn't mention",
    "does not tell",
    "doesn't tell",
    "does not cover",
    "doesn't cover",
    "does not state",
    "doesn't state",
    "not stated",
    "not mentioned",
    "not covered",
    "not in the",
    "nothing about",
    "nothing in",
    "no information",
    "no word on",
    "do not know",
    "don't know",
    "do not have",
    "don't have",
    "cannot find",
    "can't find",
    "could not find",
    "couldn't find",
    "cannot tell",
    "can't tell",
    "cannot see",
    "can't see",
    "cannot say",
    "can't say",
    "cannot do",
    "can't do",
    "cannot help",
    "can't help",
    "not able to",
    "unable to",
    "outside what i",
    "beyond what i",
    "not sure",
)
"""Ways to say honestly "I do not know" or "I cannot"; compared in lower case."""

# "May" is left out: it is a verb more often, and a date's number is compared anyway.
_MONTHS = "January February March April June July August September October November December"
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
_EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_CODE = r"[A-Za-z]+-?\d[\w-]*"
_NUMBER = r"\d+(?:[.,:]\d+)*"
_CALENDAR = r"\b(?:" + "|".join(f"{_MONTHS} {_DAYS}".split()) + r")\b"
_VALUE = re.compile("|".join((_EMAIL, _CODE, _NUMBER, _CALENDAR)))
_ENUMERATION = re.compile(r"^\s*\d+[.)]\s+", re.MULTILINE)
_BULLET = re.compile(r"^\s*(?:[-*\u2022]|\d+[.)])\s+\S", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Check:
    """One condition. `kind` says which of the other fields count.

    contains_all(terms) contains_any(terms) contains_none(terms) regex(text) max_words(high)
    min_words(low) bullets(low, high) json_equals(text = the wanted JSON) json_keys(terms)
    no_new_values(text = the source) declines().
    """

    kind: str
    terms: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    text: str = ""


def contains_all(*terms: str) -> Check:
    return Check("contains_all", terms=terms)


def contains_any(*terms: str) -> Check:
    return Check("contains_any", terms=terms)


def contains_none(*terms: str) -> Check:
    return Check("contains_none", terms=terms)


def regex(pattern: str) -> Check:
    """The pattern is searched as written (case matters; use (?i) where it should not)."""
    return Check("regex", text=pattern)


def max_words(high: int) -> Check:
    return Check("max_words", high=high)


def min_words(low: int) -> Check:
    return Check("min_words", low=low)


def bullets(low: int, high: int | None = None) -> Check:
    """At least `low` list items, and at most `high` where it is given."""
    return Check("bullets", low=low, high=high)


def json_equals(value: Any) -> Check:
    return Check("json_equals", text=json.dumps(value, ensure_ascii=False, sort_keys=True))


def json_keys(*keys: str) -> Check:
    """The answer is one JSON object with exactly these keys."""
    return Check("json_keys", terms=keys)


def no_new_values(source: str) -> Check:
    """Every number, date, amount, code and e-mail address of the answer occurs in `source`."""
    return Check("no_new_values", text=source)


def declines() -> Check:
    return Check("declines")


def find_values(text: str) -> set[str]:
    """The numbers, dates, codes and addresses in a text; list enumeration does not count."""
    return {match.group().lower() for match in _VALUE.finditer(_ENUMERATION.sub("", text))}


def _contains(text: str, term: str) -> bool:
    # "3" must not be found inside "30" or "4.3", but "return" may be found in "returned".
    left = r"(?<![\d])(?<!\d[.,])" if term[:1].isdigit() else ""
    right = r"(?!\d)(?![.,:]\d)" if term[-1:].isdigit() else ""
    return re.search(left + re.escape(term) + right, text, re.IGNORECASE) is not None


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _check_contains_all(text: str, check: Check) -> bool:
    return all(_contains(text, term) for term in check.terms)


def _check_contains_any(text: str, check: Check) -> bool:
    return any(_contains(text, term) for term in check.terms)


def _check_contains_none(text: str, check: Check) -> bool:
    return not _check_contains_any(text, check)


def _check_regex(text: str, check: Check) -> bool:
    return re.search(check.text, text) is not None


def _check_words(text: str, check: Check) -> bool:
    return _within(len(text.split()), check)


def _check_bullets(text: str, check: Check) -> bool:
    return _within(len(_BULLET.findall(text)), check)


def _within(count: int, check: Check) -> bool:
    low = 0 if check.low is None else check.low
    return low <= count and (check.high is None or count <= check.high)


def _check_json_equals(text: str, check: Check) -> bool:
    return bool(_parse(text) == json.loads(check.text))


def _check_json_keys(text: str, check: Check) -> bool:
    value = _parse(text)
    return isinstance(value, dict) and set(value) == set(check.terms)


def _check_no_new_values(text: str, check: Check) -> bool:
    return find_values(text) <= find_values(check.text)


def _check_declines(text: str, check: Check) -> bool:
    lowered = text.lower().replace("\u2019", "'")
    return any(phrase in lowered for phrase in DECLINE_PHRASES)


_EVALUATORS: dict[str, Callable[[str, Check], bool]] = {
    "contains_all": _check_contains_all,
    "contains_any": _check_contains_any,
    "contains_none": _check_contains_none,
    "regex": _check_regex,
    "max_words": _check_words,
    "min_words": _check_words,
    "bullets": _check_bullets,
    "json_equals": _check_json_equals,
    "json_keys": _check_json_keys,
    "no_new_values": _check_no_new_values,
    "declines": _check_declines,
}
CHECK_KINDS = tuple(_EVALUATORS)


def passes(text: str, checks: Iterable[Check]) -> bool:
    """An empty answer never passes, whatever is checked."""
    return bool(text.strip()) and all(_EVALUATORS[c.kind](text.strip(), c) for c in checks)


def failures(text: str, checks: Iterable[Check]) -> list[str]:
    """One line per failed check; empty when the answer passes."""
    if not text.strip():
        return ["empty answer"]
    return [describe(c) for c in checks if not _EVALUATORS[c.kind](text.strip(), c)]


def describe(check: Check) -> str:
    parts = [", ".join(check.terms), check.text[:80]]
    if check.low is not None or check.high is not None:
        parts.append(f"{check.low}..{check.high}")
    return f"{check.kind}({'; '.join(p for p in parts if p)})"
