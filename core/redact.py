"""E-mail addresses, phone numbers and card numbers out of a text, a fixed placeholder in their
place.

What looks like one is one: a run of ten digits that begins with 0 is a phone number, though an
order's may look so too, and of any four numbers of four digits in a row some pass for a card's.
Names, postal addresses and account numbers are not found.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

PLACEHOLDERS: Final = {"email": "[email]", "card": "[card]", "phone": "[phone]"}

_EMAIL: Final = re.compile(
    r"(?<![\w.%+-])[\w.%+-]++@(?:[\w-]++\.)+(?:xn--[\w-]+|[^\W\d_]{2,})",
)
"""The possessive quantifiers and the look-behind keep it linear on any text."""

_DASHES: Final = r"\-\u2010-\u2015\u2212"
_BLANKS: Final = r" \t\u00a0\u2007\u2009\u202f"
_BLANK: Final = rf"[{_BLANKS}]"

_GAP: Final = rf"(?:[^\S\n]|[.{_DASHES}]){{1,3}}"
_BREAK: Final = rf"(?:{_GAP}|[^\S\n]?\n[^\S\n]?)"
_CARDS: Final = tuple(
    re.compile(rf"(?<![\d+]){shape}(?!\d)")
    for shape in (
        rf"(?:\d{{4}}{_GAP}){{4}}\d{{3}}",
        rf"(?:\d{{4}}{_GAP}){{3}}\d{{4}}",
        rf"3\d{{3}}{_GAP}\d{{6}}{_GAP}\d{{4,5}}",
        r"(?<!\d\.)\d{13,19}",
        rf"(?<!\d\n)(?<!\d\r\n)(?:\d{{4}}{_BREAK}){{3}}\d{{4}}(?!\r?\n\d)",
    )
)
"""As they are printed on cards (4-4-4-4-3, 4-4-4-4, 4-6-5 and 4-6-4), without gaps, and over lines
that are no list.
"""

_ONE: Final = rf"[{_BLANKS}.{_DASHES}]"
_BETWEEN: Final = rf"(?:{_BLANK}?[/{_DASHES}]{_BLANK}?|{_BLANK}{{1,2}}|\.)"
_NO_OTHER: Final = rf"(?!0[1-9](?:{_BETWEEN}?\d){{7}})"
"""Where the digits go on as another number would begin."""


def _phones(no_other: str, end: str) -> list[re.Pattern[str]]:
    """International; North American; French, not behind two digits; with an area code behind a 0,
    the longest first; the same without gaps.
    """
    around = rf"(?:{_BETWEEN}|{_BLANK}?\({_BLANK}?|\){_BLANK}?)"
    area = r"(?:\(0[1-9]\d{1,4}\)|0[1-9]\d{1,4})"
    group = rf"(?:(?:{_BETWEEN}|(?<=\))){no_other}\d{{2,8}})"
    shapes = (
        rf"(?:\+|00)[1-9](?:(?:{around}{no_other})?\d){{7,14}}",
        rf"(?:1{_ONE})?(?:\([2-9]\d\d\){_BLANK}?|[2-9]\d\d{_ONE})\d{{3}}{_ONE}\d{{4}}",
        rf"(?<!(?<!\d)\d\d{_BLANK})0[1-9](?:{_ONE}\d\d){{4}}",
        *(rf"{area}{group}{{{groups}}}" for groups in (4, 3, 2, 1)),
        r"(?<!\d,)0[1-9]\d{8,10}",
    )
    return [
        re.compile(rf"(?<![\w/+{_DASHES}])(?<!\d\.){s}(?!\w|[{_DASHES}]\w|{end})") for s in shapes
    ]


_PHONES: Final = (*_phones(_NO_OTHER, r"[.,/]\d"), *_phones("", r"[./]\d"))
_NATIONAL_DIGITS: Final = range(9, 14)
_NO_PHONES: Final = "|".join(
    (
        rf"(?<!\w)[A-Z]{{2}}\d\d(?:{_BLANK}[0-9A-Z]{{4}}){{2,7}}(?:{_BLANK}[0-9A-Z]{{1,3}})?(?!\w)",
        rf"(?<!\w)ISBN(?:-10)?:?{_BLANK}?(?:\d{_ONE}?){{9}}[\dX](?!\w)",
        rf"(?<!\w)97[89](?:{_ONE}?\d){{10}}(?!\w)",
        rf"(?<![\w.,])[1-9]\d{{0,2}}(?:{_BLANK}\d{{3}}){{2,6}}(?!\w|{_BLANK}\d)",
    )
)
"""Accounts (IBAN), ISBNs, and sums with blanks between thousands."""

_SHAPES: Final = {"email": (_EMAIL,), "card": _CARDS, "phone": _PHONES}
"""Of each kind; the first that holds counts. Cards before phones: a card's digits may look like a
phone number's.
"""


def _any(shapes: Iterable[re.Pattern[str]]) -> str:
    return "|".join(shape.pattern for shape in shapes)


_BEGINS: Final = {
    "email": _EMAIL,
    "card": re.compile(rf"(?=\d)(?:{_any(_CARDS)})"),
    "phone": re.compile(rf"(?=[\d+(])(?:{_any(_PHONES)})|(?P<no>{_NO_PHONES})"),
}
_GROUP: Final = re.compile(r"\D?\d+")


def redact(text: str, keep: frozenset[str] = frozenset()) -> tuple[str, Counter[str]]:
    """The text with placeholders, and how many of each kind. What `find_private` found in another
    text and is in `keep` stays.

    >>> redact("Write to ada@example.com about KX-4821")
    ("Write to [email] about KX-4821", Counter({"email": 1}))
    """
    found: Counter[str] = Counter()
    for kind, placeholder in PLACEHOLDERS.items():
        parts, at = [], 0
        for match in _matches(kind, text):
            if _plain(match[0]) not in keep:
                parts += [text[at : match.start()], placeholder]
                at = match.end()
                found[kind] += 1
        text = "".join([*parts, text[at:]])
    return text, found


def find_private(text: str) -> frozenset[str]:
    """What `redact` would take out, without gaps and capitals."""
    return frozenset(_plain(match[0]) for kind in PLACEHOLDERS for match in _matches(kind, text))


def redact_person(user: str) -> str:
    """Who is named by an address or a number gets a name that is always the same. It is a plain
    hash: it can be checked by who guesses the address, but not read.
    """
    return hash_name(user) if redact(user)[1] else user


def hash_name(user: str) -> str:
    """The name that `redact_person` gives."""
    digest = hashlib.blake2b(user.encode("utf-8", "surrogatepass"), digest_size=12)
    return f"person_{digest.hexdigest()}"


def _matches(kind: str, text: str) -> Iterator[re.Match[str]]:
    """One behind the other. Where a shape's digits are none, the search goes on with the next group
    of digits: each is looked at a bounded number of times.
    """
    at = 0
    while begin := _BEGINS[kind].search(text, at):
        if begin.lastgroup == "no":
            at = begin.end()
            continue
        tried = (shape.match(text, begin.start()) for shape in _SHAPES[kind])
        match = next((m for m in tried if m and _is(kind, m)), None)
        if match:
            yield match
        at = (match or _GROUP.match(text, begin.start()) or begin).end()


def _is(kind: str, match: re.Match[str]) -> bool:
    found = match[0]
    if kind == "email":
        return True
    digits = [int(c) for c in found if c.isdecimal()]
    if kind == "card":
        return _is_card(digits) and not _is_within_letters(match)
    national = found[0] in "(0" and not found.startswith("00")
    return not national or len(digits) in _NATIONAL_DIGITS


def _is_card(digits: list[int]) -> bool:
    """Luhn's check (ISO/IEC 7812-1, annex B), and a first digit or first four of cards in use."""
    begin = int("".join(map(str, digits[:4])))
    if not (3000 <= begin <= 6999 or 2221 <= begin <= 2720):
        return False
    doubled = [2 * d - 9 * (d > 4) for d in digits[-2::-2]]
    return (sum(doubled) + sum(digits[::-2])) % 10 == 0


def _is_within_letters(match: re.Match[str]) -> bool:
    """As the digits of a checksum are."""
    text, start, end = match.string, match.start(), match.end()
    return text[start - 1 : start].isalpha() and text[end : end + 1].isalpha()


def _plain(found: str) -> str:
    return "".join(c for c in found.casefold() if c.isalnum() or c in "@.")
