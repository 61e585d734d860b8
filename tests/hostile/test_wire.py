"""What no HTTP client would send: half a body, no HTTP at all, heads without end."""

from __future__ import annotations

import asyncio
import gzip

import orjson
import pytest

from server.protocol import MAX_HEAD_BYTES
from tests.hostile.helpers import (
    ASK,
    CHAT,
    check_answers,
    check_error,
    check_refusal,
    count_writes,
)
from tests.server.conftest import DEADLINE_S, Live

BODY = orjson.dumps(ASK)
PLAIN = b"Host: x\r\nContent-Type: application/json\r\n"


def post(path: bytes, headers: bytes, body: bytes) -> bytes:
    return b"POST " + path + b" HTTP/1.1\r\n" + PLAIN + headers + b"\r\n" + body


RAW: dict[str, bytes] = {
    "no http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
    "noise": bytes(range(256)) * 10,
    "unknown method": b"HACK /v1/models HTTP/1.1\r\nHost: x\r\n\r\n",
    "path that is no utf-8": b"GET /v1/models/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "path with a control character": b"GET /v1/models/\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
    "unknown path, query that is no utf-8": b"GET /v1/no?\xff=\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "unknown path, odd host": b"GET /v1/no HTTP/1.1\r\nHost: [::1\r\n\r\n",
    "page that is not there, odd host": b"GET /static/no HTTP/1.1\r\nHost: ]a:b:c\r\n\r\n",
    "two lengths": post(CHAT.encode(), b"Content-Length: 5\r\nContent-Length: 7\r\n", BODY),
    "negative length": post(CHAT.encode(), b"Content-Length: -5\r\n", BODY),
    "absurd length": post(CHAT.encode(), b"Content-Length: 9" + b"9" * 30 + b"\r\n", BODY),
    "length and chunks": post(
        CHAT.encode(), b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"
    ),
    "chunk of no size": post(CHAT.encode(), b"Transfer-Encoding: chunked\r\n", b"zz\r\n\r\n"),
    "user with a line break": post(CHAT.encode(), b"X-Thumbwheel-User: a\n b\r\n", BODY),
    "user with a NUL": post(CHAT.encode(), b"X-Thumbwheel-User: a\x00b\r\n", BODY),
    "long header": b"GET /v1/models HTTP/1.1\r\nHost: x\r\nX: " + b"x" * MAX_HEAD_BYTES,
    "long url": b"GET /v1/models?" + b"x" * MAX_HEAD_BYTES,
    "many headers": b"GET /v1/models HTTP/1.1\r\n" + b"X-a: b\r\n" * (MAX_HEAD_BYTES // 8),
}


async def exchange(live: Live, raw: bytes) -> bytes:
    """All that comes back after `raw`, when nothing more is sent."""
    port = int(live.url.rsplit(":", 1)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(raw)
        return await asyncio.wait_for(_read_reply(reader), DEADLINE_S)
    finally:
        writer.close()


async def _read_reply(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    [length] = [
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    ]
    return head + await reader.readexactly(length)


async def test_what_is_no_http_is_refused_in_our_shape(
    live: Live, subtests: pytest.Subtests
) -> None:
    before = await count_writes(live.state.store)
    for name, raw in RAW.items():
        with subtests.test(sent=name):
            head, body = (await exchange(live, raw)).split(b"\r\n\r\n", 1)
            assert head.startswith(b"HTTP/1.1 4"), head
            check_error(orjson.loads(body))
    assert await count_writes(live.state.store) == before
    await check_answers(live.http)


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /v1/models/?\xff=\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/models/ HTTP/1.1\r\nHost: [a\r\n\r\n",
        b"GET /v1/models/ HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: [a\r\nCookie: tw_user=\xff; ;=;\xfe\r\n\r\n",
    ],
)
async def test_odd_heads_are_answered(live: Live, raw: bytes) -> None:
    status = int((await exchange(live, raw)).split(b" ")[1])
    assert status < 500


@pytest.mark.parametrize(
    "path", [CHAT, "/v1/feedback/import?assistant=support&format=kto&skip_bad=true"]
)
async def test_half_a_body_leaves_nothing(live: Live, path: str) -> None:
    before = await count_writes(live.state.store)
    port = int(live.url.rsplit(":", 1)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(post(path.encode(), b"Content-Length: 5000\r\n", BODY))
    await writer.drain()
    writer.write_eof()
    writer.close()
    await asyncio.wait_for(reader.read(), DEADLINE_S)
    assert (await live.http.get("/v1/models")).status_code == 200
    assert await count_writes(live.state.store) == before
    await check_answers(live.http)


async def test_bodies_that_are_not_what_their_headers_say(
    live: Live, subtests: pytest.Subtests
) -> None:
    before = await count_writes(live.state.store)
    packed = gzip.compress(BODY)
    for name, headers, body in (
        ("gzip", {"Content-Encoding": "gzip"}, packed),
        ("broken gzip", {"Content-Encoding": "gzip"}, packed[:10] + b"\0" * 10),
        ("unknown encoding", {"Content-Encoding": "zip, br"}, packed),
        ("form", {"Content-Type": "application/x-www-form-urlencoded"}, b"model=support"),
        ("multipart", {"Content-Type": "multipart/form-data; boundary=x"}, b"--x\r\n\r\nhi"),
        ("xml", {"Content-Type": "application/xml"}, b"<a/>"),
        ("no type", {"Content-Type": ""}, b"hello"),
        ("odd type", {"Content-Type": "\u00ff; charset=\u00fe"}, b"{}"),
        ("utf-16", {"Content-Type": "application/json"}, BODY.decode().encode("utf-16")),
        ("latin-1", {"Content-Type": "application/json; charset=latin-1"}, b'{"model":"\xe9"}'),
    ):
        with subtests.test(sent=name):
            raw = {key: value.encode("latin-1") for key, value in headers.items()}
            for path in (CHAT, "/v1/feedback", "/v1/conversations", "/v1/comparisons"):
                kind = {"Content-Type": b"application/json", **raw}
                check_refusal(await live.http.post(path, content=body, headers=kind))
    assert await count_writes(live.state.store) == before
