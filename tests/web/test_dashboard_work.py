"""A product person at work: watches a run, cancels it, promotes, rolls back, holds, says why."""

from __future__ import annotations

import json
import re
import time

from playwright.async_api import Page, Route, expect

from core.records import Verdict
from tests.server.conftest import Live
from tests.web.browser import picture
from tests.web.desk import CHART, act, desk, let, life, visit
from tests.web.lived import V1, V2, Life, at_step, figures

__all__ = ["desk", "life"]


async def test_a_run_is_watched_live_to_its_verdict(desk: Page, live: Live, life: Life) -> None:
    runs, run = live.state.runs, life.active
    await visit(desk, f"a/support/runs/{run.id}")
    doing = desk.locator("#doing")
    await expect(doing).to_contain_text("waiting for a worker")
    for step in (10, 60):
        message = f"step {step} of 120"
        await runs.progress(run.id, "train", step / 120, message, 120.0 - step, at_step(step))
        await expect(doing).to_contain_text(message)
    await expect(doing).to_contain_text("1 min left")
    await expect(desk.locator(".log li")).to_have_count(2)
    await desk.locator(CHART).first.scroll_into_view_if_needed()
    await expect(desk.locator("figure .scatterlayer .js-line")).to_have_count(3)

    reason = "wins 44% of 32 answers"
    await runs.end(run, Verdict("reject", reason, figures(), "", time.time()))
    await expect(desk.get_by_role("heading", name="Verdict")).to_be_visible()
    await picture(desk, "dashboard run judged")
    await expect(desk.get_by_text(reason).first).to_be_visible()
    await expect(desk.get_by_role("button", name="Cancel the run")).to_be_hidden()


async def test_a_run_s_events_go_on_behind_the_last_one_seen(
    desk: Page, life: Life, expected: list[str]
) -> None:
    expected.append("status of 500")
    asked: list[str | None] = []

    async def answer(route: Route) -> None:
        """One event, then the line breaks for good; then another one."""
        asked.append(route.request.headers.get("last-event-id"))
        if len(asked) == 2:
            await route.fulfill(status=500, json={"error": {"message": "broken", "type": "x"}})
            return
        if len(asked) > 3:
            await route.fulfill(status=204)
            return
        step = len(asked)
        told = {"phase": "train", "fraction": 0.1, "eta_s": 9, "message": f"step {step} of 3"}
        data = json.dumps({**told, "at": time.time(), "figures": {"step": step, "loss": 0.5}})
        event = f"id: {step}-0\nevent: progress\ndata: {data}\n\n"
        await route.fulfill(body=event, content_type="text/event-stream")

    await desk.route("**/events", answer)
    await visit(desk, f"a/support/runs/{life.active.id}")
    await expect(desk.locator(".log li")).to_have_text([re.compile("step 1 of 3")])
    await desk.get_by_role("button", name="Try again").click()
    lines = [re.compile(f"step {step} of 3") for step in (1, 3)]
    await expect(desk.locator(".log li")).to_have_text(lines)
    assert asked[:3] == [None, "1-0", "1-0"]


async def test_a_run_is_cancelled_once_one_is_sure(desk: Page, live: Live, life: Life) -> None:
    await visit(desk, f"a/support/runs/{life.active.id}")
    cancel = desk.get_by_role("button", name="Cancel the run")
    await cancel.click()
    await picture(desk, "dashboard cancel a run")
    await desk.get_by_role("button", name="Let it go on").click()
    assert not (await live.state.runs.get(life.active.id)).cancelled
    await cancel.click()
    await desk.get_by_role("dialog").get_by_role("button", name="Cancel the run").click()
    await expect(desk.get_by_text("It stops at its next heartbeat").first).to_be_visible()
    assert (await live.state.runs.get(life.active.id)).cancelled
    await visit(desk, "a/support/audit")
    await expect(desk.get_by_role("row").nth(1)).to_contain_text("run cancelled")


async def test_promote_and_roll_back_with_a_reason(desk: Page, live: Live, life: Life) -> None:
    await visit(desk, f"a/support/versions/{V2}")
    await act(desk, "Promote", "its answers are kinder")
    await expect(desk.get_by_text("This version answers now.")).to_be_visible()
    assert (await live.state.registry.pointer("support")).champion == V2

    await visit(desk, "a/support")
    won = desk.locator("dl div", has_text="Comparisons won, against v1 in its trial")
    await expect(won).to_contain_text("70 % (48 % to 81 %)")
    async with desk.expect_request("**/rollback") as asked:
        await act(desk, "Roll back", "it forgot the fee")
    assert (await asked.value).post_data_json == {"version": V2, "reason": "it forgot the fee"}
    await expect(desk.locator(".champion")).to_contain_text("v1")
    assert (await live.state.registry.pointer("support")).champion == V1
    await desk.get_by_role("link", name="Audit log").click()
    row = desk.get_by_role("row")
    await expect(row.nth(1)).to_contain_text("it forgot the fee")
    await expect(row.nth(2)).to_contain_text("its answers are kinder")


async def test_hold_resume_and_retrain(desk: Page, live: Live, life: Life) -> None:
    await visit(desk, "a/support")
    await act(desk, "Hold", "a holiday")
    await expect(desk.get_by_text("held: a holiday")).to_be_visible()
    await picture(desk, "dashboard held")
    await act(desk, "Resume", "back again")
    await expect(desk.get_by_role("button", name="Hold …")).to_be_visible()
    await act(desk, "Retrain", "new policy")
    await expect(desk.get_by_text("new policy")).to_be_visible()
    assert await live.state.runs.retrain_request("support")
    await desk.get_by_role("link", name="Audit log").click()
    noted = [("retraining asked", "new policy"), ("resumed", "back again"), ("held", "a holiday")]
    for place, said in enumerate(noted, start=1):
        for part in said:
            await expect(desk.get_by_role("row").nth(place)).to_contain_text(part)


async def test_who_may_only_look_has_no_buttons(desk: Page, life: Life) -> None:
    await let(desk, "view")
    await visit(desk, "a/support")
    await expect(desk.get_by_text("you need the role operate")).to_be_visible()
    assert await desk.get_by_role("button").count() == 0
    await picture(desk, "dashboard without operate")
    await visit(desk, f"a/support/runs/{life.active.id}")
    await expect(desk.get_by_role("button", name="Cancel the run")).to_be_hidden()


async def test_the_glance_follows_what_happens(desk: Page, live: Live, life: Life) -> None:
    await visit(desk, "a/support")
    await live.state.runs.progress(life.active.id, "evaluate", 0.8, "comparing", 30.0)
    await expect(desk.get_by_text("evaluating 30 sec left")).to_be_visible()
