"""HTTP calls to a vLLM server: tried again while it is away, broken off when nobody waits any more.

The only place where the trainer speaks HTTP. Knows neither paths nor bodies.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock
from typing import Any, TypeVar
from urllib.parse import urlsplit

from core.errors import RunFailed

T = TypeVar("T")

_ATTEMPTS = 5
_FIRST_PAUSE_S = 0.5
_CONNECT_S = 5.0
_TIMEOUT_S = 300.0
"""Of one call: it stands behind everything that people ask."""
_RETRIED = frozenset({404, 408, 409, 425, 429})
"""Beside 5xx. 404: a server that has just started again does not have the adapter yet."""


class Calls:
    """May be made from several threads at once. A proxy that the environment names is not used."""

    def __init__(self, url: str, pause: Callable[[float], object] | None = None) -> None:
        """`pause` waits so many seconds before another attempt."""
        self.url = url
        self._broken = Event()
        self._pause = pause or self._broken.wait
        self._open: set[socket.socket] = set()
        self._lock = Lock()

    def post(
        self,
        path: str,
        body: dict[str, Any],
        read: Callable[[bytes], T],
        attempts: int = _ATTEMPTS,
        timeout_s: float = _TIMEOUT_S,
    ) -> T:
        """What `read` makes of the answer; an answer that it raises ValueError of counts as none.

        Raises RunFailed when the server refuses, does not answer, or the calls were broken off.
        """
        said = ""
        for attempt in range(attempts):
            if attempt:
                self._pause(_FIRST_PAUSE_S * 2 ** (attempt - 1))
            try:
                status, answer = self._send(path, json.dumps(body).encode(), timeout_s)
                if 200 <= status < 300:
                    return read(answer)
            except (OSError, ValueError, http.client.HTTPException) as error:
                said = f"{type(error).__name__}: {error}"
                self._check_wanted()
                continue
            said = f"{status} {answer[:500].decode(errors='replace')}"
            if 400 <= status < 500 and status not in _RETRIED:
                raise RunFailed(f"vLLM refused {self.url}{path}: {said}")
        raise RunFailed(
            f"vLLM at {self.url}{path} failed {attempts} times, at last with {said}; see that it "
            "runs and can read the run's output, or leave ppo.rollout_url empty"
        )

    def break_off(self) -> None:
        """Every call ends now, and no further one is made. The server sees its client leave."""
        self._broken.set()
        with self._lock:
            for line in self._open:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def _send(self, path: str, body: bytes, timeout_s: float) -> tuple[int, bytes]:
        """Status and answer."""
        url = urlsplit(self.url + path)
        secure = url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(url.netloc, timeout=_CONNECT_S)
        try:
            connection.connect()
            # Kept here: a connection forgets its socket while the answer is still being read.
            line = connection.sock
            line.settimeout(timeout_s)
            self._enter(line)
            try:
                connection.request("POST", url.path, body, {"Content-Type": "application/json"})
                reply = connection.getresponse()
                return reply.status, reply.read()
            finally:
                with self._lock:
                    self._open.discard(line)
        finally:
            connection.close()

    def _enter(self, line: socket.socket) -> None:
        with self._lock:
            self._check_wanted()
            self._open.add(line)

    def _check_wanted(self) -> None:
        if self._broken.is_set():
            raise RunFailed(f"the calls to {self.url} were broken off")
