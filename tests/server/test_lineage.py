"""What made a version, and which version one's own vote made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from httpx import AsyncClient

from core.artifacts import Artifacts
from core.lineage import FILE, Ledgers, make_ledger, write_ledger
from core.records import Version
from core.registry import Actor
from server.state import State
from tests.server.seeds import seed_response, seed_version

COUNTS = {"opinions": {"comparison": 40, "thumb": 9}, "people": 11, "train": {"rows": 33}}
TEST = Actor("test", "set up")


async def register(state: State, name: str, sequence: int, **figures: Any) -> None:
    version = Version(
        name, "support", sequence, name, "base", "run_1", "snap_1", "b" * 64, 5.0, figures
    )
    await state.registry.add_version(version)


def publish_ledger(state: State, directory: Path, version: str, taught: list[str]) -> None:
    directory.mkdir()
    ids = pa.chunked_array([pa.array(taught, pa.string())])
    write_ledger(make_ledger(version, ids, ids.slice(0, 0), None), directory)
    Ledgers(Artifacts(state.settings.artifacts)).publish(version, directory)


async def test_a_version_says_what_it_was_made_of(api: AsyncClient, state: State) -> None:
    data = {"counts": COUNTS, "dropped": {"no preference (tie)": 2}}
    await register(state, "support-p000001-aaaaaaaa", 1, data=data)
    url = "/v1/assistants/support/versions/support-p000001-aaaaaaaa"
    shown = (await api.get(url)).json()
    assert (shown["parent"], shown["run"], shown["snapshot"]) == ("base", "run_1", "snap_1")
    assert (shown["base_hash"], shown["people"], shown["data"]) == ("b" * 64, 11, data)
    assert shown["quarantined"] is False


async def test_a_rolled_back_version_is_in_quarantine_until_promoted(
    api: AsyncClient, state: State
) -> None:
    name = await seed_version(state)
    url = f"/v1/assistants/support/versions/{name}"
    await state.registry.promote("support", name, TEST)
    await state.registry.rollback("support", TEST, to="base")
    shown = (await api.get(url)).json()
    assert (shown["state"], shown["quarantined"]) == ("rolled_back", True)
    assert (shown["people"], shown["data"]) == (0, {})
    await state.registry.promote("support", name, TEST)
    assert (await api.get(url)).json()["quarantined"] is False


@pytest.mark.parametrize("place", ["support/versions/nothing", "nobody/versions/nothing"])
async def test_no_such_version(api: AsyncClient, place: str) -> None:
    assert (await api.get(f"/v1/assistants/{place}")).status_code == 404


async def test_a_vote_names_the_version_it_shaped(
    api: AsyncClient, state: State, tmp_path: Path
) -> None:
    ids = []
    for _ in range(2):
        said = {"kind": "thumb", "value": "up", "response_id": (await seed_response(state)).id}
        ids.append((await api.post("/v1/feedback", json=said)).json()["id"])
    assert await shaped(api) == {ids[0]: (None, None), ids[1]: (None, None)}, "no version yet"
    name = "support-p000001-aaaaaaaa"
    await register(state, name, 1)
    assert await shaped(api) == {ids[0]: (None, None), ids[1]: (None, None)}, "no ledger"
    publish_ledger(state, tmp_path / "votes", name, ids[:1])
    assert await shaped(api) == {ids[0]: (name, None), ids[1]: (None, None)}
    (Path(state.settings.artifacts) / f"{name}-votes" / FILE).write_bytes(b"damaged")
    assert await shaped(api) == {ids[0]: (None, None), ids[1]: (None, None)}


async def shaped(api: AsyncClient) -> dict[str, tuple[str | None, str | None]]:
    held = (await api.get("/v1/feedback")).json()["data"]
    return {one["id"]: (one["shaped"], one["tested"]) for one in held}
