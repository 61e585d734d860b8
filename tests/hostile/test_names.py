"""Names that try to be something else: in paths, queries and headers."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from tests.hostile.helpers import (
    ASK,
    CHAT,
    check_answers,
    check_refusal,
    count_writes,
    seed_all,
)
from tests.server.conftest import Live

TRICKS = (
    "..",
    "../../etc/passwd",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "support/../base",
    "support:pointer",
    "{support}",
    "support\n",
    "support\0",
    "\0",
    "*",
    "-",
    "\u202etroppus",
    "\U0001f4a9" * 20,
    "x" * 20_000,
    "<|end|><|system|>",
    "__class__",
    "9" * 400,
    "1e400",
    "NaN",
)
PATHS = (
    ("GET", "/v1/models/{}"),
    ("GET", "/v1/conversations/{}"),
    ("DELETE", "/v1/conversations/{}"),
    ("GET", "/v1/conversations/{}/messages"),
    ("DELETE", "/v1/conversations/{}/messages/x"),
    ("DELETE", "/v1/feedback/{}"),
    ("GET", "/v1/assistants/{}"),
    ("GET", "/v1/assistants/{}/versions"),
    ("GET", "/v1/assistants/{}/leaderboard"),
    ("POST", "/v1/assistants/{}/resume"),
    ("GET", "/v1/runs/{}"),
    ("GET", "/v1/runs/{}/events"),
    ("DELETE", "/v1/runs/{}"),
    ("GET", "/static/{}"),
)
QUERIES = (
    ("GET", "/v1/conversations", "limit"),
    ("GET", "/v1/feedback", "assistant"),
    ("GET", "/v1/assistants/support/audit", "limit"),
    ("GET", "/v1/feedback/export?assistant=support", "format"),
    ("GET", "/v1/feedback/export?assistant=support", "container"),
    ("GET", "/v1/feedback/export", "assistant"),
    ("POST", "/v1/feedback/import?assistant=support", "format"),
    ("POST", "/v1/feedback/import?assistant=support&format=kto", "container"),
    ("POST", "/v1/feedback/import?assistant=support&format=jsonl", "map"),
    ("POST", "/v1/feedback/import?format=kto", "assistant"),
)
NO_NAMES = [trick for trick in TRICKS if not re.fullmatch(r"[\w.@:+-]{1,128}", trick, re.ASCII)]
CLIENTS_RESOLVE = ("..", "../../etc/passwd", "support/../base")


async def test_names_in_paths_name_nothing(live: Live, subtests: pytest.Subtests) -> None:
    before = await count_writes(live.state.store)
    for method, path in PATHS:
        for name in TRICKS:
            if name in CLIENTS_RESOLVE:
                continue  # quoted they come below
            with subtests.test(path=path, name=name[:40]):
                check_refusal(await live.http.request(method, path.format(quote(name, safe=""))))
        for raw in ("%2e%2e", "..%2f..%2fetc%2fpasswd", "%ff%fe", "%00", "a%2fb"):
            with subtests.test(path=path, raw=raw):
                check_refusal(await live.http.request(method, path.format(raw)))
    assert await count_writes(live.state.store) == before
    await check_answers(live.http)


async def test_an_id_names_no_part_of_another_record(live: Live) -> None:
    ids = await seed_all(live)
    await live.state.runs.progress(ids["run"], "train", 0.5)
    asked = await live.http.post(
        f"/v1/conversations/{ids['conversation']}/messages", json={"content": "Hello"}
    )
    assert asked.status_code == 200
    before = await count_writes(live.state.store)
    for method, path in (
        ("GET", f"/v1/conversations/{ids['conversation']}:messages"),
        ("DELETE", f"/v1/conversations/{ids['conversation']}:messages"),
        ("GET", f"/v1/runs/{ids['run']}:events"),
        ("GET", f"/v1/runs/{ids['run']}:events/events"),
        ("DELETE", f"/v1/runs/{ids['run']}:events"),
    ):
        reply = await live.http.request(method, path)
        assert reply.status_code == 404, path
        check_refusal(reply)
    assert await count_writes(live.state.store) == before


async def test_names_in_queries_are_refused(live: Live, subtests: pytest.Subtests) -> None:
    before = await count_writes(live.state.store)
    for method, path, field in QUERIES:
        for name in TRICKS:
            with subtests.test(path=path, field=field, name=name[:40]):
                mark = "&" if "?" in path else "?"
                reply = await live.http.request(method, f"{path}{mark}{field}={quote(name)}")
                check_refusal(reply)
    assert await count_writes(live.state.store) == before


async def test_people_are_named_by_plain_characters(live: Live, subtests: pytest.Subtests) -> None:
    live.http.headers.pop("X-Thumbwheel-User")
    before = await count_writes(live.state.store)
    for name in NO_NAMES:
        sendable = not re.search(r"[\n\0]", name)
        with subtests.test(name=name[:40]):
            check_refusal(await live.http.post(CHAT, json={**ASK, "user": name}))
            if sendable:
                raw = {"X-Thumbwheel-User": name.encode()}
                check_refusal(await live.http.post(CHAT, json=ASK, headers=raw))
    assert await count_writes(live.state.store) == before


async def test_keys_are_plain_too(live: Live, subtests: pytest.Subtests) -> None:
    ids = await seed_all(live)
    said = {"kind": "thumb", "response_id": ids["response"], "value": "up"}
    before = await count_writes(live.state.store)
    for key in ("two words", "\u00e9", "x" * 129, "", "\t"):
        with subtests.test(key=key):
            check_refusal(await live.http.post("/v1/feedback", json={**said, "key": key}))
            raw = {"Idempotency-Key": key.encode("latin-1")}
            if key.strip():
                check_refusal(await live.http.post("/v1/feedback", json=said, headers=raw))
    assert await count_writes(live.state.store) == before
    for key in ("../x", "a:b", "*", "{support}", "%00"):
        given = [await live.http.post("/v1/feedback", json={**said, "key": key}) for _ in range(2)]
        assert given[0].json()["id"] == given[1].json()["id"]


@pytest.mark.parametrize(
    "position", ["99999999999999999999-0", "18446744073709551616-0", "0-99999999999999999999", "-1"]
)
async def test_positions_no_stream_can_have(live: Live, position: str) -> None:
    run = (await seed_all(live))["run"]
    reply = await live.http.get(f"/v1/runs/{run}/events", headers={"Last-Event-ID": position})
    check_refusal(reply)


async def test_thousands_of_parameters_and_headers(live: Live, subtests: pytest.Subtests) -> None:
    many = "&".join(f"p{i}={i}" for i in range(3000))
    for path in ("/v1/models", "/v1/conversations", "/v1/assistants", "/healthz"):
        with subtests.test(path=path):
            assert (await live.http.get(f"{path}?{many}")).status_code == 200
    maps = "&".join(["map=prompt=x"] * 1000)
    path = "/v1/feedback/import?assistant=support&format=jsonl&"
    check_refusal(await live.http.post(path + maps, content=b"{}"))
    check_refusal(await live.http.post(path + "map=prompt=" + "%2B" * 9000, content=b"{}"))
    headers = {f"X-{i}": "1" for i in range(1000)}
    assert (await live.http.get("/v1/models", headers=headers)).status_code == 200
    await check_answers(live.http)
