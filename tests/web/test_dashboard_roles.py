"""What people see of the dashboard whose keys let them do so much and no more."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from core.api_keys import NewKey
from core.scopes import Scope
from tests.server.conftest import Live
from tests.web.browser import picture
from tests.web.desk import life, visit
from tests.web.lived import Life

__all__ = ["life"]


async def sign_in(page: Page, live: Live, *scopes: Scope) -> None:
    """As who has a key of these scopes."""
    _, token = await live.state.api_keys.create(NewKey("-".join(scopes), list(scopes)))
    await page.goto("/login?next=/dashboard")
    await page.get_by_label("API key").fill(token)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"^[^?]+/dashboard"))


async def test_who_may_chat_is_told_why_there_is_nothing(
    page: Page, live: Live, life: Life, expected: list[str]
) -> None:
    expected.append("status of 403")
    await sign_in(page, live, "chat")
    told = page.get_by_role("alert")
    await expect(told).to_contain_text("This needs a key or a role that you do not have.")
    await picture(page, "dashboard with a key that may chat")


async def test_who_may_view_sees_all_and_changes_nothing(
    page: Page, live: Live, life: Life
) -> None:
    await sign_in(page, live, "view")
    await expect(page.get_by_role("heading", name="support")).to_be_visible()
    await visit(page, "a/support")
    await expect(page.get_by_text("you need the role operate")).to_be_visible()
    await expect(page.get_by_role("button")).to_have_count(0)


async def test_who_may_operate_has_the_buttons(page: Page, live: Live, life: Life) -> None:
    await sign_in(page, live, "operate")
    await visit(page, "a/support")
    await expect(page.get_by_role("button")).to_have_text(
        ["Promote …", "Roll back …", "Hold …", "Retrain …"]
    )
