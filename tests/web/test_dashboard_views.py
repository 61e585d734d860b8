"""Every view of the dashboard: no grave fault in light, in dark, wide and on a phone."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.server.conftest import Live
from tests.web.browser import look
from tests.web.desk import CHART, desk, life, visit
from tests.web.lived import V1, V2, Life, at_step

__all__ = ["desk", "life"]


async def test_every_view_is_sound(desk: Page, live: Live, life: Life) -> None:
    await live.state.runs.take(life.active, ttl_s=600)
    await live.state.runs.progress(life.active.id, "train", 0.3, "step 7", 20.0, at_step(7))
    for name, path, shows in views(life):
        await visit(desk, path)
        await desk.get_by_text(shows).first.wait_for()
        await look(desk, f"dashboard {name}")


def views(life: Life) -> list[tuple[str, str, str]]:
    """What a view is called, where it is, something that it shows."""
    return [
        ("assistants", "", "Answers now"),
        ("fleet", "fleet", "vllm-0"),
        ("assistant", "a/support", "What people said"),
        ("assistant at its beginning", "a/tutor", "Nobody has said anything yet"),
        ("versions", "a/support/versions", "v2"),
        ("version", f"a/support/versions/{V1}", "Known risks"),
        ("trial", f"a/support/trials/{V2}", "Evidence by vote"),
        ("runs", "a/support/runs", "33 new comparisons"),
        ("run going on", f"a/support/runs/{life.active.id}", "Training curves"),
        ("run ended", f"a/support/runs/{life.done}", "golden harmless"),
        ("feedback", "a/support/feedback", "It is 14 days."),
        ("conversation", f"a/support/conversations/{life.conversation}", "It is 14 days."),
        ("leaderboard", "a/support/leaderboard", "Wins at equal style"),
        ("audit", "a/support/audit", "champion v1"),
        ("no such page", "a/support/nothing", "The address may be old"),
    ]


async def test_a_chart_is_drawn_in_view_and_in_the_scheme_s_colours(desk: Page, life: Life) -> None:
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))
    await visit(desk, "")
    assert not any("plotly" in url for url in asked)
    await visit(desk, f"a/support/trials/{V2}")
    await desk.locator(CHART).first.wait_for()
    assert any("plotly" in url for url in asked)
    lines = desk.locator("figure .scatterlayer .js-line")
    await expect(lines).to_have_count(2)

    light = await lines.first.evaluate("line => line.style.stroke")
    await desk.emulate_media(color_scheme="dark")
    await desk.wait_for_function(
        "was => document.querySelector('figure .js-line').style.stroke !== was", arg=light
    )
    await desk.get_by_text("As a table").click()
    await expect(desk.locator("figure tbody tr").nth(20)).to_be_visible()


async def test_a_chart_fits_the_page_that_is_turned(desk: Page, life: Life) -> None:
    await visit(desk, f"a/support/runs/{life.done}")
    await desk.locator("figure").scroll_into_view_if_needed()
    await desk.locator(CHART).first.wait_for()
    for width, across in ((390, 1), (1280, 3)):
        await desk.set_viewport_size({"width": width, "height": 800})
        await desk.wait_for_function(FITS, arg=across)


FITS = """across => {
  const place = document.querySelector('.plot'), box = place.getBoundingClientRect();
  const drawn = place.querySelector('.main-svg').getBoundingClientRect();
  const fields = [...place.querySelectorAll('.cartesianlayer .subplot .gridlayer')];
  const rows = new Set(fields.map((field) => Math.round(field.getBoundingClientRect().top)));
  return box.width === drawn.width && box.height === drawn.height && rows.size === 3 / across;
}"""


async def test_the_tab_one_is_at_is_in_sight_on_a_phone(desk: Page, life: Life) -> None:
    await desk.set_viewport_size({"width": 390, "height": 800})
    for path, name in (("audit", "Audit log"), ("leaderboard", "Leaderboard")):
        await visit(desk, f"a/support/{path}")
        await expect(desk.get_by_role("link", name=name)).to_be_in_viewport(ratio=0.9)
    await desk.emulate_media(forced_colors="active")
    tabs = desk.locator(".tabs a")
    lined = await tabs.evaluate_all("all => all.map((a) => getComputedStyle(a).borderBottomWidth)")
    assert [width != "0px" for width in lined] == [False] * 4 + [True, False], "that one alone"


async def test_keyboard_reaches_tabs_and_skips_to_the_content(desk: Page, life: Life) -> None:
    await visit(desk, "a/support")
    await desk.evaluate("document.activeElement.blur()")
    await desk.keyboard.press("Tab")
    await desk.keyboard.press("Enter")
    await expect(desk.locator("#main")).to_be_focused()
    await desk.get_by_role("link", name="Versions").focus()
    await desk.keyboard.press("Enter")
    await expect(desk).to_have_title("Versions · support · Thumbwheel")
    await expect(desk.locator("h1")).to_be_focused()
