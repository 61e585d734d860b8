"""Status, the wheel, the brake and runs: what they ask for and what they say."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from cli.main import build_app
from core.errors import Conflict, Unavailable
from tests.cli.conftest import Call
from tests.cli.fake import NEW, OLD, Fake
from tests.conftest import free_port


def test_status_shows_who_answers_and_why_not(call: Call, fake: Fake) -> None:
    fake.champion, fake.previous, fake.hold_reason = NEW, OLD, "holidays"
    fake.warnings = ["judge astray"]
    done = call("status")
    assert done.exit_code == 0
    for part in (
        "ready",
        "worker: silent",
        "support",
        "0 of 4",
        "comparisons",
        "holidays",
        "astray",
    ):
        assert part in done.stdout


def test_status_is_json_for_scripts_and_fails_when_not_ready(call: Call, fake: Fake) -> None:
    fake.ready = False
    done = call("status", "--json")
    assert done.exit_code == 1
    seen = json.loads(done.stdout)
    assert seen["fleet"]["parts"]["redis"]["why"] == "gone"
    assert seen["assistants"][0]["champion"] == OLD


def test_away_server_is_one_clear_error() -> None:
    words = ["status", "--url", f"http://127.0.0.1:{free_port()}"]
    done = CliRunner().invoke(build_app("status"), words)
    assert isinstance(done.exception, Unavailable)


def test_rollback_measures_until_the_old_version_answers(call: Call, fake: Fake) -> None:
    fake.champion, fake.previous = NEW, OLD
    done = call("rollback", "support", "--reason", "too terse", "--json")
    assert done.exit_code == 0, done.output
    seen = json.loads(done.stdout)
    assert (seen["champion_before"], seen["champion"]) == (NEW, OLD)
    assert 0 < seen["seconds_to_answer"] < 5
    assert fake.actions == [("rollback", {"version": NEW, "reason": "too terse"})]
    assert fake.asked[-1]["messages"][0]["content"] == "May I return it?"


def test_rollback_says_what_happened_to_people(call: Call, fake: Fake) -> None:
    fake.champion, fake.previous = NEW, OLD
    done = call("rollback", "support")
    assert f"{OLD} answers instead of {NEW}" in done.stdout
    assert "whole answer was here after" in done.stdout


def test_rollback_ends_a_trial_and_again_changes_nothing(call: Call, fake: Fake) -> None:
    fake.challenger, fake.previous = NEW, OLD
    assert (
        f"{OLD} answers everybody; {NEW} is no longer on trial"
        in call("rollback", "support").stdout
    )
    again = call("rollback", "support", NEW)
    assert f"{OLD} answers already, {NEW} was taken back before" in again.stdout
    assert [body["version"] for _, body in fake.actions] == [NEW, NEW]


def test_rollback_to_a_version_is_of_the_champion(call: Call, fake: Fake) -> None:
    fake.champion, fake.previous, fake.challenger = NEW, NEW, "support-p000002-5e6f7a8b"
    done = call("rollback", "support", "--to", OLD)
    assert f"{OLD} answers instead of {NEW}" in done.stdout
    (_, body) = fake.actions[0]
    assert (body["version"], body["to"]) == (NEW, OLD)


def test_rollback_with_nothing_to_go_back_to(call: Call) -> None:
    assert isinstance(call("rollback", "support").exception, Conflict)


def test_promote_names_the_version(call: Call, fake: Fake) -> None:
    done = call("promote", "support", NEW)
    assert done.exit_code == 0, done.output
    assert fake.actions[0][1]["version"] == NEW
    assert f"{NEW} answers instead of {OLD}" in done.stdout


def test_hold_and_resume(call: Call, fake: Fake) -> None:
    assert "is held (holidays)" in call("hold", "support", "--reason", "holidays").stdout
    assert "may change again" in call("resume", "support").stdout
    assert [action for action, _ in fake.actions] == ["hold", "resume"]


def test_the_wheel_and_the_brake_are_one_document_each(call: Call, fake: Fake) -> None:
    for words in (["promote", "support", NEW], ["hold", "support"], ["resume", "support"]):
        done = call(*words, "--reason", "for a script", "--json")
        assert done.exit_code == 0, done.output
        said = json.loads(done.stdout)
        assert (said["champion"], said["changed"]) == (NEW, True)
        assert said["held"] == (words[0] == "hold")


def test_retrain_follows_its_run_to_the_verdict(call: Call, fake: Fake) -> None:
    done = call("retrain", "support", "--reason", "now")
    assert done.exit_code == 0, done.output
    assert "training half" in done.stderr
    assert f"promote ({NEW}): as decreed" in done.stdout
    assert "golden.drop" in done.stdout


def test_retrain_that_is_refused_fails(call: Call, fake: Fake) -> None:
    fake.verdict = "reject"
    done = call("retrain", "support")
    assert done.exit_code == 1
    assert "reject: as decreed" in done.stdout


def test_retrain_need_not_be_followed(call: Call, fake: Fake) -> None:
    assert call("retrain", "support", "--no-follow").exit_code == 0
    assert fake.actions == [("retrain", {"reason": "asked for on the command line"})]


def test_runs_and_run(call: Call, fake: Fake) -> None:
    assert "no run yet" in call("runs", "support").stdout
    fake.start_run("enough votes")
    fake.end_run()
    assert "enough votes" in call("runs", "support").stdout
    assert json.loads(call("runs", "support", "--json").stdout)[0]["id"] == "run_1"
    assert json.loads(call("run", "run_1", "--json").stdout)["verdict"]["decision"] == "promote"
