"""What a proxy in front of the server may say of a request: where it came from, whether it came
over https, and who its person is. Believed only of a proxy that the settings trust.
"""

from __future__ import annotations

import hmac
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from starlette.requests import HTTPConnection

from core.api_keys import PERSON
from core.errors import BadConfig, Forbidden
from core.settings import Settings

SECRET_HEADER: Final = "x-thumbwheel-proxy-secret"
FORWARDED: Final = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via")
"""What only a proxy adds."""

Network = IPv4Network | IPv6Network


class Proxies:
    """Raises BadConfig for networks that are none, and for single sign-on without any proof."""

    def __init__(self, settings: Settings) -> None:
        self._networks = [_network(word) for word in settings.trusted_proxies.split(",") if word]
        self._header = settings.sso_header.strip()
        self._secret = settings.sso_secret.get_secret_value().encode()
        if self._header and not (self._networks or self._secret):
            raise BadConfig(
                "THUMBWHEEL_SSO_HEADER would be believed from anybody: set "
                "THUMBWHEEL_SSO_SECRET, THUMBWHEEL_TRUSTED_PROXIES, or both"
            )

    @property
    def sign_on(self) -> bool:
        return bool(self._header)

    def address(self, conn: HTTPConnection) -> str:
        """Of who asked first, as far as trusted proxies tell; "" where there is none."""
        # Several lines are one list; a proxy may add a line of its own to what its client sent.
        hops = ",".join(conn.headers.getlist("x-forwarded-for")).split(",")
        found = _peer(conn)
        while self._trusts(found) and hops and (hop := hops.pop().strip()):
            found = hop[:64]
        return found

    def is_https(self, conn: HTTPConnection) -> bool:
        said = conn.headers.get("x-forwarded-proto")
        return (said if said and self._trusts(_peer(conn)) else conn.url.scheme) == "https"

    def person(self, conn: HTTPConnection) -> str:
        """Whom the proxy signed in, "" for nobody. Raises Forbidden for a name that is none."""
        names = conn.headers.getlist(self._header) if self._header else []
        if not names or not self._proves_itself(conn):
            return ""
        if len(names) > 1 or not PERSON.fullmatch(names[0]):
            raise Forbidden(
                f"{self._header} must name one person, by 1 to 128 of A-Z a-z 0-9 _ . @ + -"
            )
        return names[0]

    def _proves_itself(self, conn: HTTPConnection) -> bool:
        if self._networks and not self._trusts(_peer(conn)):
            return False
        shown = conn.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogatepass")
        return not self._secret or hmac.compare_digest(self._secret, shown)

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
            parsed = parsed.ipv4_mapped
        return any(parsed in network for network in self._networks)


def _peer(conn: HTTPConnection) -> str:
    return conn.client.host if conn.client else ""


def _network(word: str) -> Network:
    try:
        return ip_network(word.strip(), strict=False)
    except ValueError as error:
        raise BadConfig(
            f"THUMBWHEEL_TRUSTED_PROXIES: expected addresses or networks, got {word.strip()!r}"
        ) from error
