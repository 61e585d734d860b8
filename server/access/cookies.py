"""A browser's cookie: who it is and until when, signed (HMAC-SHA256), so that nobody makes one
themself. It holds no secret: what it says may be read by whoever holds it.
"""

from __future__ import annotations

import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import asdict, dataclass
from typing import Final

import orjson
from starlette.responses import Response

COOKIE: Final = "tw_user"
VISIT_S: Final = 365 * 24 * 3600
SESSION_S: Final = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Session:
    """`until`: seconds since the epoch. `key`: id of the API key that opened it, and the beginning
    of that secret's digest: with the key or its secret the session ends. Both empty for a visitor
    of a server without keys.
    """

    person: str
    until: float
    key: str = ""
    digest: str = ""


class Signer:
    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def write(self, session: Session) -> str:
        body = urlsafe_b64encode(orjson.dumps(asdict(session)))
        return f"{body.decode()}.{self._mac(body)}"

    def read(self, text: str) -> Session | None:
        """None for what was not signed here, and for what is over."""
        body, _, mac = text.encode("utf-8", "surrogatepass").rpartition(b".")
        if not hmac.compare_digest(self._mac(body).encode(), mac):
            return None
        try:
            session = Session(**orjson.loads(urlsafe_b64decode(body)))
        except (Error, orjson.JSONDecodeError, TypeError):
            return None  # signed by an older or newer release
        return session if time.time() < session.until else None

    def _mac(self, body: bytes) -> str:
        return hmac.digest(self._secret, body, "sha256").hex()


def set_cookie(reply: Response, value: str, age_s: int, *, https: bool) -> None:
    reply.set_cookie(
        COOKIE, value, max_age=age_s, httponly=True, samesite="lax", secure=https, path="/"
    )


def clear_cookie(reply: Response, *, https: bool) -> None:
    reply.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=https, path="/")
