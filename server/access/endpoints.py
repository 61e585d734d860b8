"""HTTP of access: who am I, sign in and out, API keys, the audit log."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from core.errors import Conflict
from core.scopes import SCOPES
from server.access import schemas
from server.access.caller import Caller
from server.access.cookies import clear_cookie, set_cookie
from server.access.needs import ADMIN, KNOWN, PUBLIC
from server.dependencies import CallerDep, StateDep, TraceDep, UserDep
from server.json_route import JsonRoute

router = APIRouter(prefix="/v1", tags=["access"], route_class=JsonRoute)

Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("/me", dependencies=[KNOWN])
async def me(caller: CallerDep, user: UserDep) -> schemas.Me:
    return _me(caller, user)


@router.post("/session", dependencies=[PUBLIC])
async def sign_in(
    request: Request, asked: schemas.SignIn, state: StateDep, reply: Response
) -> schemas.Me:
    """A cookie for the page, which lasts as long as the key."""
    address = state.door.proxies.address(request)
    caller, cookie, age_s = await state.door.sign_in(asked.key, address)
    set_cookie(reply, cookie, age_s, https=state.door.proxies.is_https(request))
    return _me(caller, caller.person)


@router.delete("/session", dependencies=[PUBLIC], status_code=204)
async def sign_out(request: Request, state: StateDep, reply: Response) -> None:
    clear_cookie(reply, https=state.door.proxies.is_https(request))


@router.get("/keys", dependencies=[ADMIN])
async def list_keys(state: StateDep) -> schemas.KeyList:
    """Oldest first, revoked ones too; never their secrets."""
    return schemas.KeyList(data=[schemas.KeyView.of(key) for key in await state.api_keys.all()])


@router.post("/keys", dependencies=[ADMIN], status_code=201)
async def create_key(
    asked: schemas.CreateKey, state: StateDep, caller: CallerDep, trace: TraceDep
) -> schemas.KeyMade:
    if caller.is_unknown:
        # Whoever made it would lock everybody else out.
        raise Conflict("The first key is made in the terminal: thumbwheel keys create --help")
    trace.about = asked.name
    return schemas.KeyMade.made(*await state.api_keys.create(asked.new_key()))


@router.post("/keys/{key}/rotate", dependencies=[ADMIN])
async def rotate_key(
    key: str, state: StateDep, asked: schemas.Rotate | None = None
) -> schemas.KeyMade:
    """A new secret; the one before goes on working for a while. `key`: id or name."""
    grace_s = (asked or schemas.Rotate()).grace_s
    return schemas.KeyMade.made(*await state.api_keys.rotate(key, grace_s))


@router.delete("/keys/{key}", dependencies=[ADMIN])
async def revoke_key(key: str, state: StateDep) -> schemas.KeyView:
    return schemas.KeyView.of(await state.api_keys.revoke(key))


@router.get("/audit", dependencies=[ADMIN])
async def audit(state: StateDep, limit: Limit = 100) -> schemas.ActList:
    """What operators did, newest first."""
    noted = await state.audit.newest(limit)
    return schemas.ActList(data=[schemas.ActView(at=n.at, **asdict(n.act)) for n in noted])


def _me(caller: Caller, user: str) -> schemas.Me:
    scopes = [scope for scope in SCOPES if scope in caller.scopes]
    return schemas.Me(user=user, scopes=scopes, open=caller.is_unknown)
