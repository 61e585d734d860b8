"""Import and export over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from httpx import ASGITransport, AsyncClient

from core.archive import Archive
from core.settings import Settings
from server.app import create_app
from server.state import State
from tests.server.conftest import Live
from tests.server.seeds import seed_comparison, seed_response

IMPORT, EXPORT = "/v1/feedback/import", "/v1/feedback/export"
PAIRS = [
    {
        "prompt": [{"role": "user", "content": f"Question {i}?"}],
        "chosen": [{"role": "assistant", "content": "Yes."}],
        "rejected": [{"role": "assistant", "content": "No."}],
    }
    for i in range(40)
]


def jsonl(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def query(form: str = "preference", **more: Any) -> dict[str, Any]:
    return {"assistant": "support", "format": form, **more}


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    for begin in range(0, len(data), 1000):
        yield data[begin : begin + 1000]


async def entries(state: State) -> int:
    return len([entry async for entry in state.feedback.read("support")])


async def test_file_comes_back_as_it_was_sent_and_counts_once(
    api: AsyncClient, state: State
) -> None:
    for new, known in ((40, 0), (0, 40)):
        reply = await api.post(IMPORT, params=query(), content=pieces(jsonl(PAIRS)))
        assert reply.status_code == 200, reply.text
        said = reply.json()
        assert (said["rows"], said["opinions"]) == (40, {"comparison": 40})
        assert (said["new"], said["known"], said["bad_rows"]) == (new, known, 0)
    assert await entries(state) == 40
    assert await state.feedback.counts("support") == {"comparison": 40}
    out = await api.get(EXPORT, params=query())
    assert out.headers["content-type"] == "application/jsonl"
    assert out.headers["content-disposition"].endswith('"support.preference.jsonl"')
    assert [orjson.loads(line) for line in out.content.splitlines()] == PAIRS
    assert await Archive(state.store, state.settings.artifacts).move("support", 30) == 30
    assert (await api.get(EXPORT, params=query())).content == out.content, "archived ones too"


async def test_parquet_goes_out_and_in_again(api: AsyncClient, state: State) -> None:
    await api.post(IMPORT, params=query(), content=jsonl(PAIRS))
    asked = query("thumbwheel", container="parquet")
    file = (await api.get(EXPORT, params=asked)).content
    reply = await api.post(IMPORT, params=asked, content=file)
    assert (reply.json()["rows"], reply.json()["new"], reply.json()["known"]) == (40, 0, 40)
    await state.store.redis.flushall()
    reply = await api.post(IMPORT, params=asked, content=file)
    assert reply.json()["new"] == 40
    assert (await api.get(EXPORT, params=asked)).content == file


async def test_what_people_said_here_goes_out(api: AsyncClient, state: State) -> None:
    response = await seed_response(state)
    comparison = await seed_comparison(state, ["base", "base"])
    for said in (
        {"kind": "thumb", "response_id": response.id, "value": "up", "comment": "kind"},
        {"kind": "ranking", "comparison_id": comparison.id, "order": [[1], [0]]},
    ):
        assert (await api.post("/v1/feedback", json=said)).status_code == 201
    out = await api.get(EXPORT, params={"assistant": "support"})
    thumb, ranking = map(orjson.loads, out.content.splitlines())
    assert thumb["prompt"] == [{"role": "user", "content": "May I return a lamp?"}]
    assert thumb["body"] == {"value": "up", "tags": [], "comment": "kind"}
    assert (thumb["person"], thumb["at"] > 0) == ("ada", True)
    assert ranking["answers"] == ["Answer 0.", "Answer 1."]
    trees = await api.get(EXPORT, params=query("openassistant"))
    assert [len(orjson.loads(line)["replies"]) for line in trees.content.splitlines()] == [3]


async def test_what_the_explorer_lists_is_what_goes_out(
    api: AsyncClient, state: State, subtests: pytest.Subtests
) -> None:
    """Each filter, alone and together, archived or not."""
    new = "support-p000001-aaaaaaaa"
    body = {"value": "up", "tags": ["kind"], "comment": ""}
    for user, version in (("eva", "base"), ("bob", new), ("zoe", new)):
        said = await seed_response(state, user=user, version=version)
        await state.feedback.append("thumb", "support", user, said.id, body, versions=[version])
        body = {**body, "tags": []}
    pair = await seed_comparison(state, ["base", new], user="eva")
    choice = {"choice": "b", "tags": [], "comment": ""}
    await state.feedback.append("comparison", "support", "eva", pair.id, choice)
    times = [opinion.at async for opinion in state.feedback.read("support")]
    asked: list[tuple[dict[str, Any], int]] = [
        ({}, 4),
        ({"version": new}, 3),
        ({"version": "base"}, 2),
        ({"kind": "thumb"}, 3),
        ({"tag": "kind"}, 1),
        ({"user": "eva"}, 2),
        ({"since": times[1]}, 3),
        ({"until": times[1]}, 1),
        ({"since": times[1], "version": new, "kind": "thumb", "user": "zoe"}, 1),
        ({"user": "nobody"}, 0),
    ]
    for archived in (0, 3):
        await Archive(state.store, state.settings.artifacts).move("support", archived)
        for wanted, count in asked:
            with subtests.test(wanted=wanted, archived=archived):
                out = await api.get(EXPORT, params={"assistant": "support", **wanted})
                rows = [orjson.loads(line) for line in out.content.splitlines()]
                page = await api.get("/v1/assistants/support/feedback", params=wanted)
                listed = [one["at"] for one in reversed(page.json()["data"])]
                assert [row["at"] for row in rows] == listed
                assert len(rows) == count
    for wrong in ({"kind": "nonsense"}, {"since": "yesterday"}, {"tag": ""}):
        assert (await api.get(EXPORT, params={"assistant": "support", **wrong})).is_error


async def test_bad_row_stops_and_says_where(api: AsyncClient, state: State) -> None:
    file = jsonl(PAIRS[:3]) + b'{"prompt": 7}\n' + jsonl(PAIRS[3:])
    reply = await api.post(IMPORT, params=query(), content=file)
    assert reply.status_code == 400
    message = reply.json()["error"]["message"]
    assert message.startswith("line 4: there is no chosen; it has prompt. 3 opinions before it")
    assert await entries(state) == 3
    reply = await api.post(IMPORT, params=query(skip_bad=True), content=file)
    said = reply.json()
    assert (said["new"], said["known"], said["bad_rows"]) == (37, 3, 1)
    assert said["problems"] == ["line 4: there is no chosen; it has prompt"]


@pytest.mark.parametrize(
    ("asked", "status", "why"),
    [
        ({"assistant": "nobody", "format": "kto"}, 404, "nobody"),
        ({"assistant": "support", "format": "csv"}, 400, "format must be one of"),
        ({"assistant": "support"}, 400, "format"),
        ({"assistant": "support", "format": "kto", "container": "zip"}, 400, "container"),
        ({"assistant": "support", "format": "kto", "container": "parquet"}, 400, "no Parquet"),
        ({"assistant": "support", "format": "kto"}, 400, "line 1: not JSON"),
        ({"assistant": "support", "format": "jsonl", "map": "x"}, 400, "FIELD=NAME"),
    ],
)
async def test_wrong_import_is_refused(
    api: AsyncClient, state: State, asked: dict[str, str], status: int, why: str
) -> None:
    reply = await api.post(IMPORT, params=asked, content=b"\x00nonsense")
    assert (reply.status_code, why in reply.text) == (status, True), reply.text
    assert await entries(state) == 0


@pytest.mark.parametrize(
    ("asked", "status", "why"),
    [
        ({"assistant": "nobody"}, 404, "nobody"),
        ({"assistant": "support", "format": "jsonl"}, 400, "only read"),
        (
            {"assistant": "support", "format": "openassistant", "container": "parquet"},
            400,
            "no table",
        ),
    ],
)
async def test_wrong_export_is_refused(
    api: AsyncClient, asked: dict[str, str], status: int, why: str
) -> None:
    reply = await api.get(EXPORT, params=asked)
    assert (reply.status_code, why in reply.text) == (status, True), reply.text


async def test_files_may_be_larger_than_other_bodies_but_not_rows(live: Live) -> None:
    filler = "x" * 40_000
    rows = [{"prompt": f"{i}", "completion": filler, "label": True} for i in range(30)]
    reply = await live.http.post(IMPORT, params=query("kto"), content=pieces(jsonl(rows)))
    assert reply.json()["new"] == 30
    rows[3]["completion"] = "x" * (1 << 20)
    reply = await live.http.post(IMPORT, params=query("kto"), content=jsonl(rows))
    assert (reply.status_code, "line 4 has more than" in reply.text) == (400, True)


async def test_too_large_a_file_is_refused(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"max_import_bytes": 100}))
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1") as api,
    ):
        for content in (jsonl(PAIRS), pieces(jsonl(PAIRS))):
            assert (await api.post(IMPORT, params=query(), content=content)).status_code == 413
