"""What a route asks of its caller, declared in one line: `dependencies=[VIEW]` of a router or of a
route. Declarations add up; a route without any is refused when the application is built.

The guard enforces it, before a body is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Security, params
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from core.scopes import Scope

BEARER: Final = HTTPBearer(
    scheme_name="ApiKey", description="An API key, or a session's cookie.", auto_error=False
)
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
ACTS: Final = frozenset({"operate", "admin"})
"""Scopes under which every change is an operator's act."""


@dataclass(frozen=True, slots=True)
class Need:
    """`public`: nobody is asked who they are. `page`: a browser without a session is sent to the
    login page. `generates`: it costs tokens and a stream. `resumes`: with Last-Event-ID it goes on
    reading instead. `audited`: an operator's act. `charged`: it counts for limits; what must answer
    without Redis does not.
    """

    scopes: frozenset[Scope] = frozenset()
    public: bool = False
    page: bool = False
    generates: bool = False
    resumes: bool = False
    audited: bool = False
    charged: bool = True

    async def __call__(self, key: Annotated[object, Security(BEARER)]) -> None:
        """For the API's description."""


@dataclass(frozen=True, slots=True)
class Public(Need):
    public: bool = True

    async def __call__(self) -> None:  # type: ignore[override]
        """Described without a key."""


def needs(
    scope: Scope | None,
    *,
    page: bool = False,
    generates: bool = False,
    resumes: bool = False,
    audited: bool = False,
    charged: bool = True,
) -> params.Security:
    """A dependency that declares; without a scope, everybody who is known may."""
    scopes: frozenset[Scope] = frozenset({scope}) if scope else frozenset()
    need = Need(
        scopes,
        page=page,
        generates=generates,
        resumes=resumes,
        audited=audited,
        charged=charged,
    )
    declared: params.Security = Security(need, scopes=sorted(scopes))
    return declared


PUBLIC: Final = Depends(Public())
KNOWN: Final = needs(None)
PAGE: Final = needs(None, page=True)
CHAT: Final = needs("chat")
GENERATE: Final = needs("chat", generates=True)
GENERATE_OR_RESUME: Final = needs("chat", generates=True, resumes=True)
FEEDBACK: Final = needs("feedback")
VIEW: Final = needs("view")
EXPORT: Final = needs("view", audited=True)
SCRAPE: Final = needs("view", charged=False)
OPERATE: Final = needs("operate")
ADMIN: Final = needs("admin")


def need_of(route: APIRoute) -> Need:
    """All that the route and its routers declare. Raises LookupError when that is nothing."""
    found = [d.dependency for d in route.dependencies if isinstance(d.dependency, Need)]
    if not found:
        raise LookupError(
            f"{route.path} declares no scope: add dependencies=[VIEW], or another of "
            "server.access.needs, to the route or its router"
        )
    scopes = frozenset(scope for need in found for scope in need.scopes)
    changes = not READING.issuperset(route.methods)
    return Need(
        scopes=scopes,
        public=all(need.public for need in found),
        page=any(need.page for need in found),
        generates=any(need.generates for need in found),
        resumes=any(need.resumes for need in found),
        audited=any(need.audited for need in found) or (changes and bool(scopes & ACTS)),
        charged=all(need.charged for need in found),
    )
