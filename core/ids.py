"""Time-ordered random ids, and content ids of messages."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from typing import Final

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case


def new_id(prefix: str) -> str:
    """`prefix_` and 26 characters: 48 bits of milliseconds, then 80 random bits. Sorts by time."""
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    digits = [_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5)]
    return f"{prefix}_{''.join(digits)}"


def is_id(text: str) -> bool:
    """Whether it can be an id. Nothing else may go into a key: `conv_1:messages` would name a part
    of another record.
    """
    return _ID.fullmatch(text) is not None


def made_at(identity: str) -> float:
    """When an id was made, in seconds since the epoch, to the millisecond."""
    number = 0
    for digit in identity.rpartition("_")[2]:
        number = number << 5 | _ALPHABET.index(digit)
    return (number >> 80) / 1000


def message_id(salt: str, parent: str, role: str, content: str) -> str:
    """Content id of a message at its place in one user's tree, as a commit's id is."""
    digest = hashlib.blake2b(digest_size=16, key=salt.encode())
    for part in (parent, role, content):
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return f"msg_{digest.hexdigest()}"
