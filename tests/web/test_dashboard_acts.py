"""What an operator is told before, while and after something is done."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Final

import pytest
from playwright.async_api import Page, Route, expect

from core.records import TriggerState
from core.registry import Actor
from tests.server.conftest import Live
from tests.web.browser import picture
from tests.web.desk import act, desk, life, visit
from tests.web.lived import V1, V2, Life

__all__ = ["desk", "life"]

ADA: Final = Actor("ada", "it forgot the fee")
LONG: Final = "https://tickets.example/" + "holiday" * 60
SIDEWAYS: Final = "document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
async def losing(desk: Page) -> Page:
    """A page to which people like every version less than the others."""

    async def answer(route: Route) -> None:
        told = await (reply := await route.fetch()).json()
        lost = {name: {"wins": 2, "losses": 14} for name in ("base", V1, V2)}
        told["buckets"][-1]["by_version"] = lost
        await route.fulfill(response=reply, json=told)

    await desk.route("**/timeline?*", answer)
    return desk


async def test_to_roll_back_is_advised_only_where_there_is_a_version_to_go_back_to(
    losing: Page, live: Live, life: Life
) -> None:
    registry, says = live.state.registry, losing.locator(".say")

    async def advises(told: str) -> None:
        await visit(losing, "a/support")
        await expect(says).to_have_text(told)

    await advises("People like v1 less than the other versions. v2 is on trial against it.")
    await registry.end_trial("support", V2, ADA)
    await advises("People like v1 less than the other versions. Consider rolling back.")
    await registry.rollback("support", ADA)
    await advises("People like the base model less than the other versions.")


async def test_a_rollback_says_who_answers_then_and_is_no_dead_end(
    desk: Page, live: Live, life: Life
) -> None:
    dialog, opener = desk.get_by_role("dialog"), desk.get_by_role("button", name="Roll back …")
    back_to = dialog.get_by_label("Back to").locator("option")
    asked: list[Any] = []
    desk.on("request", lambda r: asked.append(r.post_data_json) if r.method == "POST" else None)

    async def take_back(taken: str, says: str, *offered: str) -> None:
        await opener.click()
        await expect(dialog).to_contain_text(f"{taken} {says}")
        await expect(back_to).to_have_text(list(offered))
        await picture(desk, f"dashboard roll back {taken}")
        await desk.keyboard.press("Escape")
        await act(desk, "Roll back", "no good")

    await visit(desk, "a/support")
    await take_back("The trial of v2", "ends; v1 goes on answering.")
    await live.state.registry.promote("support", V2, ADA)
    await expect(desk.locator(".champion")).to_contain_text("v2")
    await take_back("v2", "stops answering", f"v1 \u2013 {V1}", "the base model")
    await expect(desk.locator(".champion")).to_contain_text("v1")
    await take_back("v1", "stops answering", "the base model")
    await expect(desk.locator(".champion")).to_contain_text("the base model")
    await expect(opener, "nothing is before the base").to_be_hidden()
    why = {"reason": "no good"}
    assert asked == [
        {"version": V2, **why},
        {"version": V2, "to": V1, **why},
        {"version": V1, "to": "base", **why},
    ]


async def test_a_long_reason_breaks_no_page(desk: Page, live: Live, life: Life) -> None:
    await live.state.registry.hold("support", Actor("ada", LONG))
    trigger = TriggerState(False, f"held by ada because {LONG}", {}, {}, time.time())
    await live.state.runs.set_trigger_state("support", trigger)
    await desk.set_viewport_size({"width": 390, "height": 800})
    for path in ("", "a/support", "a/support/audit"):
        await visit(desk, path)
        await expect(desk.get_by_text(LONG).first).to_be_attached()
        assert await desk.evaluate(SIDEWAYS) <= 0, path
    await visit(desk, "a/support")
    await expect(desk.locator(".champion .tag")).to_have_text("held")
    await picture(desk, "dashboard held for a long reason")


async def test_what_was_done_stays_in_sight_until_the_next_view(
    desk: Page, live: Live, life: Life
) -> None:
    did = desk.locator("#did")
    await visit(desk, f"a/support/trials/{V2}")
    await desk.evaluate("here = true")
    await act(desk, "Roll back", "no good")
    await expect(did).to_have_text("Rolled back.")
    await expect(did).to_be_in_viewport()
    await picture(desk, "dashboard rolled back")
    await expect(desk.get_by_role("button", name="Roll back …")).to_be_hidden()
    assert await desk.evaluate("here"), "it was not loaded anew"
    await desk.get_by_role("link", name="support").click()
    await expect(did).to_be_hidden()
    await desk.get_by_role("link", name="Audit log").click()
    row = desk.get_by_role("row", name="trial ended")
    await expect(row.get_by_role("cell").last).to_have_text("v2 rolled back")


async def test_what_cannot_be_done_says_why(desk: Page, life: Life, expected: list[str]) -> None:
    expected.append("Failed to load resource")
    did, dialog = desk.locator("#did"), desk.get_by_role("dialog")
    promote = desk.get_by_role("button", name="Promote …")
    await visit(desk, "a/tutor")
    await promote.click()
    await expect(did).to_contain_text("No version was published yet")
    await expect(dialog).to_have_count(0)

    await visit(desk, "a/support")
    await promote.dblclick()
    await expect(dialog).to_have_count(1)
    await dialog.get_by_label("Why?").fill("  ")
    await dialog.get_by_role("button", name="Promote").click()
    assert await dialog.get_by_label("Why?").evaluate("field => field.validity.valueMissing")
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(dialog, "one click more opened no other").to_have_count(0)

    await desk.route("**/versions?*", lambda route: route.abort())
    await promote.click()
    await expect(did).to_contain_text("The server cannot be reached")
    await picture(desk, "dashboard promoting off-line")
    await expect(promote).to_be_enabled()


async def test_reasons_name_versions_as_the_page_does_and_are_told_once(
    desk: Page, live: Live, life: Life
) -> None:
    runs = live.state.runs
    await runs.request_retrain("support", "ada", "new policy")
    request = await runs.retrain_request("support")
    reason = f"asked for by {request}; '{V2}' is on trial"
    seen = await runs.trigger_state("support")
    assert seen is not None
    await runs.set_trigger_state("support", replace(seen, reason=reason))
    await visit(desk, "a/support")
    await expect(desk.get_by_text("new policy")).to_have_count(1)
    await expect(desk.get_by_text("v2 is on trial")).to_be_visible()
