"""What the views say, figure by figure."""

from __future__ import annotations

import time

import pytest
from playwright.async_api import Page, Route, expect

from core.assistants import Gate
from core.records import Verdict
from tests.server.conftest import Live
from tests.server.seeds import seed_comparison
from tests.web.desk import desk, life, visit
from tests.web.lived import V1, V2, Life, figures, seed_version

__all__ = ["desk", "life"]

V3 = "support-p000003-9a0b1c2d"
FIRST_VOTES = "also one that was taken back"


async def test_why_there_is_no_new_version(desk: Page, live: Live, life: Life) -> None:
    verdict = Verdict("reject", "it is no better", {}, "", time.time())
    await live.state.runs.end(life.active, verdict)
    await visit(desk, "a/support")
    why = desk.locator("section", has=desk.get_by_role("heading", name="Why no new version now"))
    for said in (
        "12 of 32",
        "12 new comparisons, 32 needed; learning waits until the trial is over",
        "it is no better",
    ):
        await expect(why.last).to_contain_text(said)


async def test_golden_answers_before_and_after_are_all_there(desk: Page, life: Life) -> None:
    pairs = desk.locator("article.pair")
    await visit(desk, f"a/support/versions/{V1}")
    await expect(pairs).to_have_count(20)
    await expect(pairs.filter(visible=True)).to_have_count(6)
    await desk.get_by_text("14 more").click()
    await expect(pairs.filter(visible=True)).to_have_count(20)

    await visit(desk, f"a/support/versions/{V2}")
    await expect(pairs.filter(visible=True)).to_have_count(3)
    await expect(desk.get_by_text(" more", exact=False)).to_have_count(0)


async def test_a_version_says_what_made_it_and_what_is_risky(desk: Page, life: Life) -> None:
    await visit(desk, f"a/support/versions/{V2}")
    facts = {
        "Measured against": "v1",
        "Method": "dpo",
        "People": "14",
        "Rows": "train 36, heldout 9",
        "Opinions": "Comparison 40, Thumb 71",
        "Left out": "both answers read the same 3",
        "Snapshot": "support-s-9f8e7d6c",
    }
    made = desk.locator("section", has=desk.get_by_role("heading", name="Where it comes from"))
    for name, value in facts.items():
        fact = made.locator("dl > div").filter(has=desk.get_by_text(name, exact=True))
        await expect(fact.locator("dd")).to_have_text(value)
    risks = desk.locator("section", has=desk.get_by_role("heading", name="Known risks"))
    await expect(risks).to_contain_text("the shorter answer was chosen in 78% of the pairs")


async def test_a_failed_gate_shows_its_limit(desk: Page, live: Live, life: Life) -> None:
    verdict = Verdict("reject", "it drifted too far", figures(Gate(max_kl=2.0)), V3, time.time())
    await live.state.runs.note(life.active.id, version=V3)
    await live.state.runs.end(life.active, verdict)
    await seed_version(live.state, V3, V1, life.active.id)
    await visit(desk, f"a/support/versions/{V3}")
    row = desk.get_by_role("row", name="kl per sequence")
    cells = ["failed", "3", "2", "it drifted 3.0 nats an answer from the champion, 2 allowed"]
    await expect(row.get_by_role("cell")).to_have_text(cells)


@pytest.mark.parametrize(
    ("days_ago", "said"),
    [
        ([("base", 30), (V1, 2), (V2, 1.999)], ["the base model", "v1 \u2013 v2"]),
        ([("base", 30), (V1, 2), ("base", 1.9995), (V1, 1.999)], ["the base model", "v1"]),
    ],
)
async def test_versions_that_followed_at_once_share_a_name_on_the_chart(
    desk: Page, life: Life, days_ago: list[tuple[str, float]], said: list[str]
) -> None:
    """Their names would lie on one another."""

    async def answer(route: Route) -> None:
        told = await (reply := await route.fetch()).json()
        told["versions"] = [
            {"name": name, "since": time.time() - days * 86400, "until": None}
            for name, days in days_ago
        ]
        await route.fulfill(response=reply, json=told)

    await desk.route("**/timeline?*", answer)
    await visit(desk, "a/support")
    await desk.locator("figure").scroll_into_view_if_needed()
    names = desk.locator("figure .annotation-text")
    await expect(names).to_have_text(said)


async def test_the_leaderboard_has_intervals(desk: Page, live: Live, life: Life) -> None:
    board = (await live.http.get("/v1/assistants/support/leaderboard")).json()
    [entry] = [e for e in board["entries"] if e["version"] == V2]
    value, low, high = (round(100 * entry["win_rate"][part]) for part in ("value", "low", "high"))
    assert low < value < high
    await visit(desk, "a/support/leaderboard")
    row = desk.get_by_role("row", name="v2")
    await expect(row).to_contain_text(f"{value} % ({low} % to {high} %)")
    ranks = desk.locator("table").first.locator("tbody td:nth-child(2)")
    await expect(ranks, "nobody knows yet").to_have_text(["1 \u2013 2", "1 \u2013 2"])
    for said in ("have not told the versions apart yet", "pairs by 12 people", FIRST_VOTES):
        await expect(desk.get_by_text(said)).to_be_visible()


async def test_one_version_alone_is_no_leaderboard(desk: Page, live: Live) -> None:
    pair = await seed_comparison(live.state, ["base"] * 2)
    body = {"choice": "b", "tags": [], "comment": ""}
    await live.state.feedback.append("comparison", "support", "ada", pair.id, body)
    await visit(desk, "a/support/leaderboard")
    await expect(desk.get_by_text("Nobody has compared two versions yet")).to_be_visible()
    await expect(desk.get_by_text("It rests on 1 judged pair by 1 person")).to_be_visible()
    await expect(desk.get_by_role("table")).to_have_count(1)  # what style is worth


async def test_the_fleet_says_what_is_loaded_and_what_is_wrong(desk: Page, life: Life) -> None:
    await visit(desk, "fleet")
    sound, broken = (desk.get_by_role("row", name=f"vllm-{n}") for n in (0, 1))
    await expect(sound.get_by_role("cell").nth(0)).to_have_text("ready")
    await expect(sound.get_by_role("cell").nth(1)).to_have_text("support v1support v2")
    await expect(broken.get_by_role("cell").nth(0)).to_have_text("not ready")
    await expect(broken.get_by_role("cell").nth(1)).to_have_text("support v1")
    await expect(broken).to_contain_text(f"{V2}: probe.json does not match what vLLM says")
    await expect(desk.get_by_role("row", name="short@one")).to_contain_text("short, beat")
