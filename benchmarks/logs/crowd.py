"""People who vote, and the conversations behind their votes, through the stores that serve them."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Iterable, Iterator
from typing import Final

import orjson

from benchmarks.logs import ASSISTANT
from core.archive import Archive
from core.feedback import FeedbackLog
from core.ids import new_id
from core.log_files import Entry
from core.messages import Messages
from core.records import Comparison, Feedback, FeedbackKind, Response
from core.responses import Responses
from core.store import Store

AT_ONCE: Final = 500
"""Votes that wait for the disk together."""
VOTES_EACH: Final = 20
PROMPT_TOKENS: Final = 104
ANSWER_TOKENS: Final = 40
WORDS: Final = (
    "please",
    "order",
    "return",
    "parcel",
    "invoice",
    "today",
    "refund",
    "account",
    "delivery",
    "thanks",
)


def draw_votes(number: int, slots: int) -> Iterator[Feedback]:
    """Votes of slots / VOTES_EACH people: of 20, 15 comparisons and 5 thumbs, one with a comment.
    With fewer `slots` than votes, later ones replace earlier ones.
    """
    chance = random.Random(number)
    targets = [(new_id("cmp"), new_id("resp")) for _ in range(min(slots, number))]
    for place in range(number):
        slot, turn = place % len(targets), place // len(targets) + place % 2
        user = f"person-{slot % max(1, slots // VOTES_EACH):07d}"
        comparison, response = targets[slot]
        comment = say(chance, 12) if slot % 20 == 19 else ""
        said = {"tags": [], "comment": comment}
        kind: FeedbackKind = "thumb" if slot % 4 == 3 else "comparison"
        if kind == "thumb":
            target, body = response, {"value": ("up", "down")[turn % 2], **said}
        else:
            target, body = comparison, {"choice": "ab"[turn % 2], **said}
        yield Feedback(new_id("fb"), kind, ASSISTANT, user, target, time.time(), body)


def say(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(WORDS, k=words))


async def cast(store: Store, votes: Iterable[Feedback], keyed: bool = False) -> None:
    """Into the log, as the API does, but AT_ONCE together; `keyed`: with idempotency keys."""
    log, left = FeedbackLog(store), iter(votes)
    while some := list(itertools.islice(left, AT_ONCE)):
        await log.append_all([(said, said.id if keyed else "", ()) for said in some])


class Drawn(Archive):
    """Archives votes that never were in Redis, through its own writer."""

    def __init__(self, store: Store, url: str, votes: Iterator[Feedback]) -> None:
        super().__init__(store, url)
        self._votes = votes
        self._drawn = 0

    async def _oldest(self, assistant: str, most: int) -> list[Entry]:
        some = list(itertools.islice(self._votes, most))
        begin = self._drawn
        self._drawn += len(some)
        return [(f"{begin + place + 1}-0", _fields(said)) for place, said in enumerate(some)]


def _fields(said: Feedback) -> dict[str, str]:
    body = orjson.dumps(said.body, option=orjson.OPT_SORT_KEYS).decode()
    names = {"id": said.id, "kind": said.kind, "user": said.user, "target": said.target}
    return {**names, "at": repr(said.at), "body": body}


async def converse(store: Store, votes: list[Feedback]) -> dict[str, float]:
    """Writes what the votes are about, kind by kind; bytes a vote of each."""
    messages, responses = Messages(store), Responses(store)
    chance = random.Random(len(votes))
    system = say(chance, 60)
    told: dict[str, list[tuple[str, str]]] = {}
    sizes = {}
    before = await used_bytes(store)

    async def tell(said: Feedback) -> None:
        asked = await messages.append(
            ASSISTANT, said.user, "", [("system", system), ("user", say(chance, 15))]
        )
        prompt = asked[-1].id
        answers = 2 if said.kind == "comparison" else 1
        told[said.id] = []
        for text in [say(chance, 30) for _ in range(answers)]:
            (kept,) = await messages.append(ASSISTANT, said.user, prompt, [("assistant", text)])
            told[said.id].append((prompt, kept.id))

    async def answer(said: Feedback) -> None:
        for place, (prompt, message) in enumerate(told[said.id]):
            await _respond(responses, said, place, prompt, message)

    async def compare(said: Feedback) -> None:
        shown = [f"{said.target}_{place}" for place in range(2)]
        prompt = told[said.id][0][0]
        record = Comparison(said.target, ASSISTANT, said.user, prompt, shown, said.at)
        await responses.add_comparison(record)

    compared = [said for said in votes if said.kind == "comparison"]
    parts = (("messages", tell, votes), ("responses", answer, votes))
    for name, write, about in (*parts, ("comparisons", compare, compared)):
        for begin in range(0, len(about), AT_ONCE):
            await asyncio.gather(*(write(said) for said in about[begin : begin + AT_ONCE]))
        now = await used_bytes(store)
        sizes[name], before = (now - before) / len(votes), now
    return sizes


async def _respond(
    responses: Responses, said: Feedback, place: int, prompt: str, message: str
) -> None:
    compared = said.kind == "comparison"
    response = Response(
        id=f"{said.target}_{place}" if compared else said.target,
        assistant=ASSISTANT,
        version="base",
        user=said.user,
        prompt=prompt,
        sampling={"temperature": 0.7, "max_tokens": 256, "seed": 7},
        created=said.at,
        comparison=said.target if compared else "",
        replica="127.0.0.1:8081",
        status="done",
        message=message,
        finish_reason="stop",
        prompt_ids=list(range(1000, 1000 + PROMPT_TOKENS)),
        output_ids=list(range(2000, 2000 + ANSWER_TOKENS)),
        first_token_s=0.05,
        finished=said.at,
    )
    await responses.start(response)
    await responses.finish(response)


async def used_bytes(store: Store) -> int:
    """Of the server's data."""
    return int((await store.redis.info("memory"))["used_memory_dataset"])
