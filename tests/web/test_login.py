"""A server that asks for keys, in a real browser: to the login page, in, and back."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from core.api_keys import NewKey
from tests.server.conftest import Live
from tests.web.browser import picture
from tests.web.chat import ready

PAGE = re.compile(r"^http://127\.0\.0\.1:\d+/(#.*)?$")


@pytest.fixture
async def token(live: Live) -> str:
    about = NewKey("team", ["chat", "feedback"])
    return (await live.state.api_keys.create(about))[1]


async def test_a_person_signs_in_and_chats(page: Page, token: str) -> None:
    await page.goto("/")
    await expect(page).to_have_url(re.compile(r"/login\?next=/$"))
    await expect(page.get_by_label("API key")).to_be_focused()
    await page.keyboard.type(token)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(PAGE)
    await ready(page)
    await page.get_by_role("textbox", name="Say something").fill("May I return a lamp?")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Yes, within 30 days.").first).to_be_visible()


async def test_signing_in_leads_nowhere_else(page: Page, token: str) -> None:
    went: list[str] = []
    page.on("request", lambda request: went.append(request.url))
    for elsewhere in ("//evil.example/", "https://evil.example/", "/\\evil.example"):
        await page.goto(f"/login?next={elsewhere}")
        await page.get_by_label("API key").fill(token)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page).to_have_url(PAGE)
    assert not [url for url in went if not url.startswith("http://127.0.0.1")]


async def test_a_wrong_key_is_told_in_words(page: Page, token: str) -> None:
    # A page of its own: the console tells of every 401.
    other = await page.context.new_page()
    await other.goto("/login")
    await other.get_by_label("API key").fill("tw_wrong")
    await other.get_by_role("button", name="Sign in").click()
    told = other.get_by_role("alert")
    await expect(told).to_have_text("The API key is wrong, expired or revoked")
    await picture(other, "login refused")
