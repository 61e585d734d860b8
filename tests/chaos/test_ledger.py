"""A vote is sent until it is acknowledged or refused, always with its one key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from cli.api import Api
from core.errors import Conflict, NotFound, ThumbwheelError, Unavailable
from tests.chaos import ledger
from tests.chaos.ledger import Ledger, Vote

AWAY = Unavailable("Redis is not available; try again")
UNFINISHED = Conflict("Response 'resp_1' is not finished; vote when it is")
STORED = {"id": "fb1"}


@dataclass
class Server:
    """Replies in order."""

    replies: list[Any]
    keys: list[str] = field(default_factory=list)

    async def feedback(self, body: dict[str, Any], key: str, user: str) -> dict[str, Any]:
        self.keys.append(key)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return cast("dict[str, Any]", reply)


TABLE = [
    ("at once", [STORED], ["fb1"], ""),
    ("after an outage", [AWAY, AWAY, STORED], ["fb1"], ""),
    ("when the answer is on record", [UNFINISHED, AWAY, STORED], ["fb1"], ""),
    ("refused", [AWAY, NotFound("no such response")], [], "no such response"),
]


@pytest.mark.parametrize(
    ("replies", "acknowledged", "refused"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
async def test_giving(
    replies: list[Any],
    acknowledged: list[str],
    refused: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ledger, "AGAIN_S", 0.0)
    book, server = Ledger(), Server(list(replies))
    vote = Vote("k1", "ann", "support", "thumb", "resp_1", {})
    await book.give(cast("Api", server), vote)
    assert (vote.acknowledged, vote.refused) == (acknowledged, refused)
    assert server.keys == ["k1"] * len(replies) == ["k1"] * vote.sent
    assert book.unexpected == []


async def test_anything_else_is_noted() -> None:
    book = Ledger()
    server = Server([ThumbwheelError("HTTP 500")])
    await book.give(cast("Api", server), Vote("k1", "ann", "support", "thumb", "resp_1", {}))
    assert book.unexpected == ["vote k1: HTTP 500"]
