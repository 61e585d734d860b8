"""Declarative checks: each kind accepts what it should and rejects its near miss."""

import pytest

from core import checks
from core.check_rows import checks_from_json, checks_to_json
from core.checks import Check, failures, passes
from core.errors import BadConfig

CASES: list[tuple[Check, str, str]] = [
    (checks.contains_all("30 days", "Oslo"), "In oslo it is 30 days.", "In Oslo it is 130 days."),
    (checks.contains_all("4.90 EUR"), "It costs 4.90 EUR.", "It costs 14.90 EUR."),
    (checks.contains_any("please", "thank"), "Thank you.", "Do it."),
    (checks.contains_none("hey"), "Dear Tom", "Hey Tom"),
    (checks.regex(r"^\{.*\}$"), '{"a": 1}', "a: 1"),
    (checks.max_words(3), "one two three", "one two three four"),
    (checks.min_words(3), "one two three", "one two"),
    (checks.bullets(2, 3), "- a\n- b", "- a"),
    (checks.bullets(2, 3), "1. a\n2. b\n3. c", "- a\n- b\n- c\n- d"),
    (checks.json_equals({"a": "x", "b": None}), '{"b": null, "a": "x"}', '{"a": "x"}'),
    (checks.json_equals({"a": "x"}), '{\n "a": "x"\n}', 'Sure: {"a": "x"}'),
    (checks.json_keys("a", "b"), '{"b": 1, "a": 2}', '{"a": 1}'),
    (checks.no_new_values("Returns: 30 days. Code KX-12."), "30 days, KX-12", "31 days"),
    (checks.no_new_values("Open Monday."), "On Monday.", "On Tuesday."),
    (checks.no_new_values("Write to a@b.org."), "a@b.org", "c@b.org"),
    (checks.declines(), "The policy doesn\u2019t say that.", "It takes 3 days."),
    (checks.declines(), "I can't do that.", "Sure, here it is."),
]


@pytest.mark.parametrize(("check", "good", "bad"), CASES)
def test_kind_accepts_good_and_rejects_bad(check: Check, good: str, bad: str) -> None:
    assert passes(good, [check])
    assert not passes(bad, [check])
    assert len(failures(bad, [check])) == 1


def test_every_kind_has_a_case() -> None:
    assert {check.kind for check, _, _ in CASES} == set(checks.CHECK_KINDS)


def test_empty_answer_never_passes() -> None:
    assert not passes("  ", [])
    assert failures("", [checks.max_words(5)]) == ["empty answer"]


def test_numbered_list_is_not_a_new_value() -> None:
    assert passes("1. first\n2. second", [checks.no_new_values("")])


def test_json_round_trip() -> None:
    all_checks = [check for check, _, _ in CASES]
    assert checks_from_json(checks_to_json(all_checks)) == all_checks


@pytest.mark.parametrize("row", [{"kind": "spelling"}, {"kind": "declines", "when": 1}])
def test_unknown_check_is_refused(row: dict[str, object]) -> None:
    with pytest.raises(BadConfig, match="expected a check"):
        checks_from_json([row])
