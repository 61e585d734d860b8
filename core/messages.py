"""The message tree: every message stored once, pointing to its parent, salted per user.

A chat of n turns costs n records however often it is sent: saying it again names the same ids.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from core import keys
from core.errors import NotFound
from core.holdings import note
from core.ids import message_id
from core.records import Message, Role, decode, encode
from core.store import Store, guard

SALTS_KEPT = 10_000


def queue_messages(pipe: Any, assistant: str, user: str, chain: Sequence[Message]) -> None:
    """Has a pipeline store messages of one person; those that are there stay."""
    note(pipe, assistant, user, [message.id for message in chain])
    for message in chain:
        pipe.set(keys.message(message.id), encode(message), nx=True)


class Messages:
    """Reads and writes message trees. Remembers recent users' salts."""

    def __init__(self, store: Store) -> None:
        self._redis = store.redis
        self._salts: OrderedDict[str, str] = OrderedDict()

    async def append(
        self, assistant: str, user: str, parent: str, said: Sequence[tuple[Role, str]]
    ) -> list[Message]:
        """Stores a chain of (role, content) of a chat with `assistant` below `parent` ("" for a new
        tree) and returns it, oldest first.
        """
        chain = await self.place(assistant, user, parent, said)
        if chain:
            async with guard():
                pipe = self._redis.pipeline(transaction=False)
                queue_messages(pipe, assistant, user, chain)
                await pipe.execute()
        return chain

    async def place(
        self, assistant: str, user: str, parent: str, said: Sequence[tuple[Role, str]]
    ) -> list[Message]:
        """The chain that `append` would store."""
        salt = await self._salt(user)
        chain: list[Message] = []
        for role, content in said:
            # Assistants share no beginnings: what one may forget, another keeps.
            identity = message_id(salt, parent or assistant, role, content)
            chain.append(Message(identity, parent, role, content))
            parent = identity
        return chain

    async def use(self, assistant: str, user: str, identities: Sequence[str]) -> None:
        """Says that a person's messages are being built upon: they are not old now."""
        if not identities:
            return
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            note(pipe, assistant, user, identities)
            await pipe.execute()

    async def get(self, identity: str) -> Message:
        """Raises NotFound."""
        async with guard():
            raw = await self._redis.get(keys.message(identity))
        if raw is None:
            raise NotFound(f"There is no message {identity!r}")
        return decode(Message, raw)

    async def get_many(self, identities: Sequence[str]) -> list[Message]:
        """In the order asked for, in one round trip. Raises NotFound naming the first missing."""
        if not identities:
            return []
        async with guard():
            rows = await self._redis.mget([keys.message(i) for i in identities])
        for identity, raw in zip(identities, rows, strict=True):
            if raw is None:
                raise NotFound(f"There is no message {identity!r}")
        return [decode(Message, raw) for raw in rows]

    async def find(self, identities: Sequence[str]) -> dict[str, Message]:
        """Those that exist, by id, in one round trip."""
        if not identities:
            return {}
        async with guard():
            rows = await self._redis.mget([keys.message(i) for i in identities])
        found = zip(identities, rows, strict=True)
        return {i: decode(Message, raw) for i, raw in found if raw is not None}

    async def path(self, identity: str) -> list[Message]:
        """From the root to `identity`. Raises NotFound when a link is missing."""
        chain: list[Message] = []
        while identity:
            message = await self.get(identity)
            chain.append(message)
            identity = message.parent
        return chain[::-1]

    def forget(self, user: str) -> None:
        """No longer remembers a person's salt."""
        self._salts.pop(user, None)

    async def _salt(self, user: str) -> str:
        if user in self._salts:
            self._salts.move_to_end(user)
            return self._salts[user]
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            pipe.set(keys.user_salt(user), secrets.token_hex(16), nx=True)
            pipe.get(keys.user_salt(user))
            salt = str((await pipe.execute())[1])
        self._salts[user] = salt
        if len(self._salts) > SALTS_KEPT:
            self._salts.popitem(last=False)
        return salt
