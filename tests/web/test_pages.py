"""What holds for every page before anybody did anything."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.async_api import Page

from server.web.endpoints import STATIC
from tests.web.browser import WAYS, look
from tests.web.weight import LINKED
from tests.web.weight import PAGES as DOCUMENTS

PAGES = {"/": "chat first sight", "/login": "login"}
STAMP = """() => {
  for (const template of document.querySelectorAll("template")) {
    document.body.append(template.content.cloneNode(true));
  }
  for (const hidden of document.querySelectorAll("[hidden]")) hidden.hidden = false;
  document.body.replaceWith(document.body.cloneNode(true));
}"""
"""Everything the page could show stands in it, out of reach of its script."""
LOOKS = """() => [...document.body.querySelectorAll("*")].flatMap((node) =>
  ["", "::before", "::after"].map((part) => {
    const style = getComputedStyle(node, part);
    if (part && style.content === "none") return "";
    const names = [...style].filter((name) => !name.startsWith("--"));
    return names.map((name) => `${name}: ${style.getPropertyValue(name)}`).join("; ");
  }))"""
DRESS = """(texts) => {
  for (const sheet of document.styleSheets) sheet.disabled = true;
  document.adoptedStyleSheets = texts.map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
}"""


@pytest.mark.parametrize("path", PAGES)
async def test_axe_finds_no_grave_fault_and_nothing_overflows(page: Page, path: str) -> None:
    await page.goto(path)
    await page.wait_for_load_state("networkidle")
    await look(page, PAGES[path])


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_style_as_it_is_sent_looks_as_its_sources_do(page: Page, name: str) -> None:
    document = (STATIC / DOCUMENTS[name]).read_text()
    sheets = [path for path in LINKED.findall(document) if path.endswith(".css")]
    await page.goto("/" if name == "chat" else f"/{name}")
    await page.wait_for_load_state("networkidle")
    await page.evaluate(STAMP)
    sent = [await _looks(page, *way) for way in WAYS]
    await page.evaluate(DRESS, [])
    assert [await _looks(page, *way) for way in WAYS] != sent
    await page.evaluate(DRESS, [(STATIC / path).read_text() for path in sheets])
    for way, before in zip(WAYS, sent, strict=True):
        after = await _looks(page, *way)
        assert len(after) == len(before) > 3
        pairs = [(a.split("; "), b.split("; ")) for a, b in zip(before, after, strict=True)]
        assert [(set(a) ^ set(b)) for a, b in pairs if a != b] == []


async def _looks(page: Page, scheme: Literal["light", "dark"], width: int) -> list[str]:
    """How each element looks, with what its style puts before and behind it."""
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await page.set_viewport_size({"width": width, "height": 800})
    found: list[str] = await page.evaluate(LOOKS)
    return [told.replace(": 0% 0%", ": 0px 0px") for told in found]  # the same place of an image
