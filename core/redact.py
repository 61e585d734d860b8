"""E-mail addresses, phone numbers and card numbers out of a text, a fixed placeholder in their
place.

What looks like one is one: a run of ten digits that begins with 0 is a phone number, though an
order's may look so too. Names, postal addresses and account numbers are not found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Final

PLACEHOLDERS: Final = {"email": "[email]", "card": "[card]", "phone": "[phone]"}

_EMAIL: Final = re.compile(
    r"(?<![\w.%+-])[\w.%+-]++@(?:[\w-]++\.)+(?:xn--[\w-]+|[^\W\d_]{2,})",
)
"""The possessive quantifiers and the look-behind keep it linear on any text."""

_GAP: Final = r"[ \u00a0-]"
_CARDS: Final = tuple(
    re.compile(rf"(?<![\w+])(?<!\d[.,]){digits}(?!\w)")
    for digits in (
        rf"\d{{4}}(?P<gap>{_GAP})(?:\d{{4}}(?P=gap)){{3}}\d{{3}}",
        rf"\d{{4}}(?P<gap>{_GAP})(?:\d{{4}}(?P=gap)){{2}}\d{{4}}",
        rf"3\d{{3}}(?P<gap>{_GAP})\d{{6}}(?P=gap)\d{{4,5}}",
        r"\d{13,19}",
    )
)
"""As they are printed on cards (4-4-4-4-3, 4-4-4-4, 4-6-5 and 4-6-4), or without gaps."""

_START: Final = r"(?<![\w.,/+-])(?<!\d[ \u00a0])"
_PHONES: Final = tuple(
    re.compile(_START + digits + r"(?![\w-]|[.,/]\d)")
    for digits in (
        r"(?:\+|00)[1-9](?:(?: ?[(/-] ?|\) ?|[ \u00a0.])?\d){7,14}",
        r"(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])\d{3}[ .-]\d{4}",
        r"0[1-9](?:[ \u00a0.-]\d{2}){4}",
        r"(?:\(0[1-9]\d{1,4}\)|0[1-9]\d{1,4})(?:(?: ?[/-] ?|[ \u00a0.])\d{2,8}){1,4}",
        r"0[1-9]\d{8,10}",
    )
)
"""International; North American; French; with an area code behind a 0; the same without gaps."""
_NATIONAL_DIGITS: Final = range(9, 14)


def redact(text: str, keep: frozenset[str] = frozenset()) -> tuple[str, Counter[str]]:
    """The text with placeholders, and how many of each kind. What `find_private` found in another
    text and is in `keep` stays.

    >>> redact("Write to ada@example.com about KX-4821")
    ("Write to [email] about KX-4821", Counter({"email": 1}))
    """
    found: Counter[str] = Counter()

    def replace(kind: str, match: re.Match[str]) -> str:
        if not _is(kind, match[0]) or _plain(match[0]) in keep:
            return match[0]
        found[kind] += 1
        return PLACEHOLDERS[kind]

    for kind, pattern in _patterns():
        text = pattern.sub(partial(replace, kind), text)
    return text, found


def find_private(text: str) -> frozenset[str]:
    """What `redact` would take out, without gaps and capitals."""
    return frozenset(
        _plain(match[0])
        for kind, pattern in _patterns()
        for match in pattern.finditer(text)
        if _is(kind, match[0])
    )


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Cards before phones: a card's digits may look like a phone number's."""
    yield "email", _EMAIL
    for pattern in _CARDS:
        yield "card", pattern
    for pattern in _PHONES:
        yield "phone", pattern


def _is(kind: str, found: str) -> bool:
    digits = [int(c) for c in found if c.isdecimal()]
    if kind == "card":
        return _is_card(digits)
    if kind == "phone" and found[0] in "(0" and not found.startswith("00"):
        return len(digits) in _NATIONAL_DIGITS
    return True


def _is_card(digits: list[int]) -> bool:
    """Luhn's check (ISO/IEC 7812-1, annex B), and a first digit or first four of cards in use."""
    doubled = [2 * d - 9 * (d > 4) for d in digits[-2::-2]]
    begin = int("".join(map(str, digits[:4])))
    in_use = 3000 <= begin <= 6999 or 2221 <= begin <= 2720
    return in_use and (sum(doubled) + sum(digits[::-2])) % 10 == 0


def _plain(found: str) -> str:
    return "".join(c for c in found.casefold() if c.isalnum() or c in "@.")
