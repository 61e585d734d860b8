"""Stored chats: which messages of the tree a conversation holds, and which response said each
answer.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from core import keys
from core.errors import NotFound
from core.holdings import note
from core.ids import is_id, new_id
from core.messages import Messages
from core.records import Message
from core.store import Store, guard

SEARCHED: Final = 1000
"""Conversations of one person that a search looks through."""

# KEYS: conversation, its messages, the person's conversations, holdings.
# ARGV: conversation id, message id, response id, time.
ADD: Final = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('HSET', KEYS[1], 'head', ARGV[2], 'updated', ARGV[4])
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
redis.call('ZADD', KEYS[4], ARGV[4], ARGV[1])
"""

# The first beginning counts.  KEYS: conversation.  ARGV: title, opening.
BEGIN: Final = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
redis.call('HSETNX', KEYS[1], 'opening', ARGV[2])
if redis.call('HGET', KEYS[1], 'title') == '' then redis.call('HSET', KEYS[1], 'title', ARGV[1]) end
"""

# KEYS: conversation.  ARGV: title.
RETITLE: Final = """
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'title', ARGV[1]) end
"""


@dataclass(frozen=True, slots=True)
class Conversation:
    """`head` is the message the next one answers by default, "" in an empty conversation;
    `opening` the first words somebody said in it.
    """

    id: str
    assistant: str
    user: str
    title: str
    head: str
    created: float
    updated: float
    opening: str = ""

    def has(self, words: str) -> bool:
        """Whether title and opening hold every one of the words, or parts of words."""
        text = f"{self.title} {self.opening}".casefold()
        return all(word in text for word in words.casefold().split())


@dataclass(frozen=True, slots=True)
class Node:
    """A message in a conversation; `response` is the id feedback names, "" for what the person
    said.
    """

    message: Message
    response: str


class Conversations:
    def __init__(self, store: Store, messages: Messages) -> None:
        self._store = store
        self._redis = store.redis
        self._messages = messages

    async def create(self, user: str, assistant: str, title: str = "") -> Conversation:
        now = time.time()
        new = Conversation(new_id("conv"), assistant, user, title, "", now, now)
        fields = {
            "assistant": assistant,
            "user": user,
            "title": title,
            "head": "",
            "created": repr(now),
            "updated": repr(now),
        }
        async with guard():
            pipe = self._redis.pipeline()
            note(pipe, assistant, user, [new.id])
            pipe.hset(keys.conversation(new.id), mapping=fields)
            pipe.zadd(keys.user_conversations(user), {new.id: now})
            await pipe.execute()
        return new

    async def get(self, user: str, conversation_id: str) -> Conversation:
        """Raises NotFound, also for somebody else's."""
        found = await self.find(conversation_id)
        if found is None or found.user != user:
            raise NotFound(f"There is no conversation {conversation_id!r} of yours")
        return found

    async def find(self, conversation_id: str) -> Conversation | None:
        """Whoever's it is."""
        row: dict[str, str] = {}
        if is_id(conversation_id):
            async with guard():
                row = await self._redis.hgetall(keys.conversation(conversation_id))
        return _of_row(conversation_id, row) if row else None

    async def of_user(
        self, user: str, limit: int = 50, words: str = "", before: float | None = None
    ) -> list[Conversation]:
        """Last used first, all of them before a moment; of the newest SEARCHED such, those that
        have the words.
        """
        newest = "+inf" if before is None else f"({before!r}"
        looked_at = SEARCHED if words else limit
        async with guard():
            names = await self._redis.zrevrangebyscore(
                keys.user_conversations(user), newest, "-inf", start=0, num=looked_at
            )
            pipe = self._redis.pipeline(transaction=False)
            for name in names:
                pipe.hgetall(keys.conversation(name))
            rows = await pipe.execute()
        found = [_of_row(name, row) for name, row in zip(names, rows, strict=True) if row]
        return [c for c in found if c.has(words)][:limit]

    async def add(self, conversation: Conversation, message: str, response: str = "") -> None:
        """Puts a message into the conversation, if that is still there, and makes it the head."""
        script_keys = [
            keys.conversation(conversation.id),
            keys.conversation_messages(conversation.id),
            keys.user_conversations(conversation.user),
            keys.holdings(conversation.assistant, conversation.user),
        ]
        arguments = [conversation.id, message, response, repr(time.time())]
        await self._store.run_script(ADD, script_keys, arguments)

    async def begin(self, conversation: Conversation, title: str, opening: str) -> None:
        """Notes how it begins, and calls it so where nobody gave it a title."""
        script_keys = [keys.conversation(conversation.id)]
        await self._store.run_script(BEGIN, script_keys, [title, opening])

    async def retitle(self, conversation: Conversation, title: str) -> None:
        """Nothing when the conversation was removed meanwhile."""
        script_keys = [keys.conversation(conversation.id)]
        await self._store.run_script(RETITLE, script_keys, [title])

    async def tree(self, conversation: Conversation) -> list[Node]:
        """Every message the conversation holds, parents before children."""
        async with guard():
            rows = await self._redis.hgetall(keys.conversation_messages(conversation.id))
        messages = await self._messages.get_many(list(rows))
        nodes = [Node(m, rows[m.id]) for m in messages]
        by_id = {n.message.id: n for n in nodes}

        depths: dict[str, int] = {}

        def place(node: Node) -> tuple[int, str]:
            """Depth first; below one message, the older answer (ids sort by time)."""
            way, at = [], node.message.id
            while at in by_id and at not in depths:
                way.append(at)
                at = by_id[at].message.parent
            for identity in reversed(way):
                depths[identity] = depths.get(by_id[identity].message.parent, -1) + 1
            return depths[node.message.id], node.response

        return sorted(nodes, key=place)

    async def delete(self, conversation: Conversation) -> None:
        """Forgets the conversation. Its messages stay: responses and votes point to them."""
        async with guard():
            pipe = self._redis.pipeline()
            pipe.delete(
                keys.conversation(conversation.id), keys.conversation_messages(conversation.id)
            )
            pipe.zrem(keys.user_conversations(conversation.user), conversation.id)
            await pipe.execute()


def _of_row(conversation_id: str, row: dict[str, str]) -> Conversation:
    return Conversation(
        conversation_id,
        row["assistant"],
        row["user"],
        row["title"],
        row["head"],
        float(row["created"]),
        float(row["updated"]),
        row.get("opening", ""),
    )
