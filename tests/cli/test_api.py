"""The client: clear errors, streams that end cleanly or not, events however they are cut."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cli.answers import StreamDropped
from cli.api import connect
from cli.sse import Event, read_events
from core.errors import Conflict, NotFound, Unavailable
from tests.cli.fake import LONG, OLD, Fake
from tests.conftest import free_port

ASK = [{"role": "user", "content": "May I?"}]


async def test_nobody_listens() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    async with connect(url) as api:
        with pytest.raises(Unavailable, match=f"Nothing answers at {url}.*thumbwheel up"):
            await api.assistants()


async def test_refusals_keep_the_servers_words(url: str) -> None:
    async with connect(url) as api:
        with pytest.raises(NotFound, match="there is 'support'"):
            await api.assistant("nobody")
        with pytest.raises(Conflict, match="no previous version"):
            await api.operate("support", "rollback", {"reason": "test"})


async def test_busy_server_says_when_to_come_back(url: str, fake: Fake) -> None:
    fake.busy = 1
    async with connect(url) as api:
        with pytest.raises(Unavailable, match="busy") as caught:
            await api.complete("support", ASK)
        assert caught.value.retry_after_s == 0
        assert (await api.complete("support", ASK)).text == LONG


async def test_comparison_with_a_broken_answer_is_no_comparison(url: str, fake: Fake) -> None:
    fake.broken_comparisons = 1
    async with connect(url) as api:
        with pytest.raises(Unavailable, match="vLLM went away"):
            await api.compare("support", ASK)
        assert len((await api.compare("support", ASK)).candidates) == 2


async def test_stream_that_ends_is_whole(url: str) -> None:
    async with connect(url) as api, api.stream("support", ASK) as stream:
        pieces = [piece async for piece in stream]
    assert (stream.text.strip(), stream.response, stream.version) == (LONG, "resp_1", OLD)
    assert len(pieces) == len(LONG.split())


async def test_stream_without_done_is_dropped(url: str, fake: Fake) -> None:
    fake.cut_streams = 1
    async with connect(url) as api, api.stream("support", ASK) as stream:
        with pytest.raises(StreamDropped, match=r"without \[DONE\]"):
            async for _ in stream:
                pass


@pytest.mark.parametrize("size", [1, 3, 1000])
async def test_events_do_not_depend_on_how_the_bytes_come(size: int) -> None:
    raw = 'id: 7\r\nevent: delta\r\ndata: {"text":\ndata: "ü"}\n\n: ping\n\ndata: x\n\ndata: cut'

    async def cut() -> AsyncIterator[bytes]:
        encoded = raw.encode()
        for start in range(0, len(encoded), size):
            yield encoded[start : start + size]

    seen = [event async for event in read_events(cut())]
    assert seen == [Event("delta", '{"text":\n"ü"}', "7"), Event("message", "x")]
    assert seen[0].json() == {"text": "ü"}
