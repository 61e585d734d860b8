"""What is private goes, and what only looks a little like it stays."""

from __future__ import annotations

import re
import time

import pytest

from core.assistants import load_assistants
from core.redact import find_private, redact
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write to ada@example.com.", "Write to [email]."),
        ("<Ada.Lovelace+shop@mail.example.co.uk>", "<[email]>"),
        ("mailto:ada@bücher.example, bob_1@x.io", "mailto:[email], [email]"),
        ("- ada@example.com\n-bob@example.com", "- [email]\n[email]"),
        ("ada@example.xn--p1ai", "[email]"),
        ("Call +44 20 7946 0958 now", "Call [phone] now"),
        ("Call +44 (0)20 7946-0958.", "Call [phone]."),
        ("+4915123456789, 0049 151 23456789", "[phone], [phone]"),
        ("(415) 555-0123 or 415-555-0123", "[phone] or [phone]"),
        ("1-415-555-0123 and 415.555.0123", "[phone] and [phone]"),
        ("06 12 34 56 78", "[phone]"),
        ("0151 23456789, 030/1234567, (089) 123 456", "[phone], [phone], [phone]"),
        ("0191 817 800. 14 days, +49 30 1234567. 14", "[phone]. 14 days, [phone]. 14"),
        ("my number is 015123456789!", "my number is [phone]!"),
        ("4111 1111 1111 1111, 12/27, CVV 123", "[card], 12/27, CVV 123"),
        ("4111-1111-1111-1111 123", "[card] 123"),
        ("4111111111111111 and 5500005555555559", "[card] and [card]"),
        ("Amex 3782 822463 10005", "Amex [card]"),
        ("no.4111111111111111", "no.[card]"),
        ("2221 0000 0000 0009", "[card]"),
        ("\u0664\u0661\u0661\u0661" + "1" * 12, "[card]"),
        ("ada@example.com 4111111111111111 +14155550123", "[email] [card] [phone]"),
        ("valid to 2027 4111 1111 1111 1111 123", "valid to 2027 [card] 123"),
        ("4111 1111 1111 1112 4111 1111 1111 1111", "4111 1111 1111 1112 [card]"),
        ("4111 1111 1111 1111 5500 0055 5555 5559", "[card] [card]"),
        ("1234-4111-1111-1111-1111, 2027 3782 822463 10005", "1234-[card], 2027 [card]"),
        (
            "nr4111111111111111, 4111111111111111x, _4111111111111111_",
            "nr[card], [card]x, _[card]_",
        ),
        ("4111.1111.1111.1111 4111  1111  1111  1111", "[card] [card]"),
        ("4111\u202f1111\u202f1111\u202f1111", "[card]"),
        ("4111\u20111111\u20111111\u20111111", "[card]"),
        ("4111 \u2013 1111 \u2013 1111 \u2013 1111", "[card]"),
        ("4111\n1111\n1111\n1111", "[card]"),
        ("Card: 4111 1111\r\n1111 1111", "Card: [card]"),
        ("12/27\n4111 1111 1111 1111\n2028", "12/27\n[card]\n2028"),
        ("4821,4111111111111111,0171 1234567,12", "4821,[card],[phone],12"),
        ("0171 1234567 - 0172 7654321", "[phone] - [phone]"),
        ("0171 1234567 / 0172 7654321", "[phone] / [phone]"),
        ("0171 1234567 0172 7654321", "[phone] [phone]"),
        ("+49 30 1234567 030 7654321", "[phone] [phone]"),
        ("0171 123 045 678 0172 123 045 678", "[phone] [phone]"),
        ("0171 1234567 12 15 Uhr", "[phone] 15 Uhr"),
        ("0171 1234567 2025 1234", "[phone] 2025 1234"),
        (
            "0171 1234567 01.02.2026, 0171 1234567 12,50 EUR",
            "[phone] 01.02.2026, [phone] 12,50 EUR",
        ),
        ("PLZ 80331 089 123456", "PLZ 80331 [phone]"),
        ("12 415-555-2671, 5 06 12 34 56 78", "12 [phone], 5 [phone]"),
        ("12 +49 171 1234567", "12 [phone]"),
        ("Tel.0171\u20111234567 (089)123456", "Tel.[phone] [phone]"),
        ("0171 4111 1111 1111 1111 0171 1234567", "0171 [card] [phone]"),
    ],
)
def test_what_is_private_goes(text: str, expected: str) -> None:
    assert redact(text)[0] == expected


@pytest.mark.parametrize(
    "text",
    [
        "Order KX-4821, KX-482 and AB-2026-11-0042",
        "order 4821930057, invoice 20261121-0007, ticket #7946095812",
        "2026-11-21, 21.11.2026, 01/02/2026, 01.02.2026 03:04:05, 2026-11-21T10:30:00+01:00",
        "4.90 EUR, $1,299.00, 1 000 000 EUR, 12.345.678,90, 0.4111111111111111",
        "Monday to Friday 9-17, 30 days, 24 months, 09:00 - 17:00, 2024-2026",
        "4111 1111 1111 1112 fails the check",
        "4111 1111 1111 is too short, 1234567812345670 no card's beginning",
        "41111111111111111111 is too long",
        "ISBN 978-3-16-148410-0, 0-306-40615-2; IP 192.168.0.12; v1.2.3",
        "DE89 3704 0044 0532 0130 00",
        "price@home, @ada, a@b, 3 @ 4.50 EUR, user@localhost",
        "call 110 or 0800, room 0123, PIN 012345",
        "10 20 30 40 50 60 70 80 90 100",
        "+5 points, +10 %, 00:00:00, 007, 0012",
        "deadbeef4111111111111111cafe",
        "DE12 0500 0500 0171 2345 67, GB29 NWBK 6016 1331 9268 19",
        "ISBN 978 0743273565, ISBN-10: 0306406152, 978-0743273565, ISBN 978 3 16 148410 0",
        "10 09 08 07 06 05 04 03, 2026-11-21 0900-1700 0930-1730",
        "1 012 345 678 EUR, 1,012,345,678 USD, 0.0123456789",
        "orders 4821-9300-5712-3456, 0123-45678-AB, 1001 1002 1003 1004 1005",
        "4200\n4300\n4400\n4500\n4600",
        "python 3.11.14, 0.10.2, 2.13.0; 2001:0db8:85a3:0000:0000:8a2e:0370:7334",
        "123e4567-e89b-12d3-a456-426614174000, EAN 4006381333931",
    ],
)
def test_what_is_not_private_stays(text: str) -> None:
    assert redact(text) == (text, {})


def test_kinds_are_counted() -> None:
    assert redact("a@b.co c@d.co +14155550123")[1] == {"email": 2, "phone": 1}


def test_once_is_enough() -> None:
    once = redact("a@b.co 4111111111111111 0151 23456789")[0]
    assert redact(once) == (once, {})


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Write to HELP@larkfield.example!", True),
        ("Call +49 (30) 123456-7", True),
        ("Write to self-help@larkfield.example!", False),
    ],
)
def test_what_the_policy_says_itself_is_kept(said: str, kept: bool) -> None:
    policy = "Write to help@larkfield.example or call +49 30 1234567."
    keep = find_private(policy)
    assert keep == {"help@larkfield.example", "49301234567"}
    assert redact(policy, keep) == (policy, {})
    assert (redact(said, keep)[0] == said) is kept


def test_the_shipped_assistants_world_stays() -> None:
    for assistant in load_assistants(ROOT / "assistants.toml"):
        told = "".join((ROOT / path).read_text("utf-8") for path in assistant.golden)
        found = find_private("\n".join([*assistant.examples, told]))
        assert all("@" in one or re.fullmatch(r"0\d{9}", one) for one in found), found


HOSTILE = (
    *("a", "a.", "0", "1 ", "0151 ", "(", "a-", "01 23 ", "1111-", "+1 ", "@", "b.c ", "  ", "1\n"),
    *("4111 ", "4111\n", "1 234 ", "978 ", "DE89 3704 ", "0151 0151 0151 x", "(0151)", "12 - "),
)


def seconds(text: str) -> float:
    began = time.process_time()
    redact(text)
    return time.process_time() - began


@pytest.mark.parametrize("begin", ["", "+1", "a@", "0151 "])
@pytest.mark.parametrize("again", HOSTILE)
def test_hostile_texts_take_no_more_than_their_length(begin: str, again: str) -> None:
    text = begin + again * (32_000 // len(again))
    small = min(seconds(text[:2_000]) for _ in range(3))
    assert seconds(text) < 16 * 6 * (small + 0.001), "what grows as a square takes 256 times"
