"""What people said and what the product acknowledged of it: the record the feedback log is held
against.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from re import sub
from typing import Any, Final

from cli.api import Api
from core.errors import Conflict, NotFound, ThumbwheelError, Unavailable

PATIENCE_S: Final = 240.0
"""How long one vote is sent again: longer than any part needs to come back."""
AGAIN_S: Final = 0.5
UNFINISHED: Final = "not finished"
UNFINISHED_S: Final = 30.0
"""How long an answer that was read is waited for to be on record: votes on it are refused before.
Where the API was killed in between, it never is.
"""


@dataclass(slots=True)
class Vote:
    """One opinion of one person, with one key however often it is sent."""

    key: str
    user: str
    assistant: str
    kind: str
    target: str
    body: dict[str, Any]
    sent: int = 0
    acknowledged: list[str] = field(default_factory=list)
    """The id of every acknowledgement."""
    refused: str = ""


@dataclass(slots=True)
class Ledger:
    """`unexpected`: replies that are neither an acknowledgement, a refusal nor "try again"."""

    votes: list[Vote] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)

    async def give(self, api: Api, vote: Vote) -> None:
        """Sends until it is acknowledged or refused; what stays open is not acknowledged."""
        self.votes.append(vote)
        began = time.monotonic()
        while time.monotonic() < began + (UNFINISHED_S if vote.refused else PATIENCE_S):
            if await self.send(api, vote):
                return
            await asyncio.sleep(AGAIN_S)

    async def send(self, api: Api, vote: Vote) -> bool:
        """Once. True when that settled it."""
        vote.sent += 1
        vote.refused = ""
        try:
            reply = await api.feedback(vote.body, vote.key, vote.user)
        except Unavailable:
            return False
        except (Conflict, NotFound) as error:
            vote.refused = error.message
            return UNFINISHED not in error.message
        except ThumbwheelError as error:
            self.unexpected.append(f"vote {vote.key}: {error.message}")
        else:
            vote.acknowledged.append(str(reply["id"]))
        return True

    def figures(self) -> dict[str, Any]:
        reasons = [sub(r"'\w+'", "...", vote.refused) for vote in self.votes if vote.refused]
        return {
            "votes": len(self.votes),
            "sent": sum(vote.sent for vote in self.votes),
            "acknowledged": sum(bool(vote.acknowledged) for vote in self.votes),
            "refused": dict(Counter(reasons)),
            "unanswered": sum(not (v.acknowledged or v.refused) for v in self.votes),
        }
