"""Whether a request was sent by a page of ours: what a browser says by itself about who made it.

Cookies and a loopback address are shown by a browser for whichever page asks. A page of another
site can send a request that changes something, although it cannot read the answer; no token is
needed to tell, because every browser since 2023 sends Sec-Fetch-Site, and Origin where it does not
(https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html).
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from core.errors import Forbidden
from server.access.needs import READING
from server.access.proxies import FORWARDED

OURS: Final = ("same-origin", "none")
"""What Sec-Fetch-Site says of our own pages, and of what a person typed."""


def is_loopback(host: str) -> bool:
    """Of a name or an address."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def check_same_site(conn: HTTPConnection, allowed: frozenset[str]) -> None:
    """Raises Forbidden for a change that a page of another site asks for, `allowed` ones left out.
    With an Authorization header a browser asks first, and is told no by CORS.
    """
    if conn.scope["method"] in READING or "authorization" in conn.headers:
        return
    site, origin = conn.headers.get("sec-fetch-site"), conn.headers.get("origin")
    if origin in allowed:
        return
    same = origin is None or _netloc(origin) == conn.headers.get("host", "").lower()
    if not (site in OURS if site else same):
        raise Forbidden("Another site's page asked for this; only pages of this server may")


def check_local(conn: HTTPConnection) -> None:
    """For a server without keys, which is for this machine alone. A page whose host's name was
    turned to 127.0.0.1 (DNS rebinding), and a proxy that lets others in and can be told, do not get
    through: nginx with nothing but a proxy_pass asks for 127.0.0.1 and adds no header, but in most
    versions by HTTP/1.0
    (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version).

    Raises Forbidden.
    """
    host = conn.headers.get("host")
    local = host is None or is_loopback(_hostname(host))
    passed_on = any(name in conn.headers for name in FORWARDED)
    if not local or passed_on or conn.scope["http_version"] == "1.0":
        raise Forbidden(
            "Without API keys this server is for this machine alone, at 127.0.0.1 or localhost by "
            "HTTP/1.1 and without a proxy: make a key with `thumbwheel keys create`, and show it"
        )


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
