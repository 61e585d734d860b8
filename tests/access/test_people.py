"""Whom a caller may speak for, and what of others they see."""

from __future__ import annotations

from httpx import AsyncClient

from server.state import State
from tests.access.conftest import Made, Make
from tests.server.seeds import seed_response

CHAT = {"model": "support"}


async def test_a_key_reaches_its_own_people_only(
    api: AsyncClient, make: Make, state: State
) -> None:
    shop, bank = await make("shop", "chat", "feedback"), await make("bank", "chat", "feedback")
    theirs = (await api.post("/v1/conversations", json=CHAT, headers=shop.as_("eva"))).json()
    path = f"/v1/conversations/{theirs['id']}"
    assert (await api.get(path, headers=shop.as_("eva"))).status_code == 200
    assert (await api.get(path, headers=shop.as_("shop:eva"))).status_code == 200
    own = await make("eva", "chat", "feedback", person="eva")
    for stranger in (bank.as_("eva"), bank.as_("shop:eva"), shop.as_("ada"), shop.shown, own.shown):
        assert (await api.get(path, headers=stranger)).status_code == 404
        assert (await api.get("/v1/conversations", headers=stranger)).json()["data"] == []
    response = await seed_response(state, user="shop:eva")
    vote = {"kind": "thumb", "response_id": response.id, "value": "up"}
    for stranger in (bank.as_("eva"), shop.as_("ada"), own.shown):
        assert (await api.post("/v1/feedback", json=vote, headers=stranger)).status_code == 404
        erase = await api.delete("/v1/users/shop:eva", headers=stranger)
        assert erase.status_code == 404
    assert (await api.post("/v1/feedback", json=vote, headers=shop.as_("eva"))).status_code == 201
    for named in ("eva", "shop:eva"):
        said = await api.get(f"/v1/users/{named}/consent", headers=shop.as_("eva"))
        assert said.json()["id"] == "shop:eva"


async def test_keys_may_share_their_people(api: AsyncClient, make: Make) -> None:
    old = await make("shop", "chat")
    new = await make("shop-2", "chat", people="shop")
    await api.post("/v1/conversations", json=CHAT, headers=old.as_("eva"))
    found = await api.get("/v1/conversations", headers=new.as_("eva"))
    assert len(found.json()["data"]) == 1


async def test_a_person_speaks_for_themself(api: AsyncClient, make: Make) -> None:
    own = await make("evas", "chat", person="eva")
    await api.post("/v1/session", json={"key": (await make("shop", "chat")).token})
    session = (await api.get("/v1/me")).json()["user"]
    for headers, user in ((own.shown, "eva"), ({}, session)):
        assert (await api.get("/v1/me", headers=headers)).json()["user"] == user
        named = {**headers, "X-Thumbwheel-User": user}
        assert (await api.get("/v1/me", headers=named)).status_code == 200
        for other in ("ada", "shop:ada", "shop:anonymous"):
            named = {**headers, "X-Thumbwheel-User": other}
            assert (await api.get("/v1/conversations", headers=named)).status_code == 403
            body = {**CHAT, "messages": [{"role": "user", "content": "Hello?"}], "user": other}
            reply = await api.post("/v1/chat/completions", json=body, headers=headers)
            assert reply.status_code == 403


async def test_two_who_sign_in_with_one_key_are_two(api: AsyncClient, make: Make) -> None:
    shop = await make("shop", "chat")
    seen = set()
    for _ in range(2):
        api.cookies.clear()
        await api.post("/v1/session", json={"key": shop.token})
        seen.add((await api.get("/v1/me")).json()["user"])
    assert len(seen) == 2
    assert all(user.startswith("shop:") for user in seen)


async def test_people_are_named_by_plain_characters(api: AsyncClient, make: Make) -> None:
    shop = await make("shop", "chat")
    for name in ("two words", "x" * 129, "a/b", "\xe9"):
        headers = {**shop.shown, "X-Thumbwheel-User": name.encode("latin-1")}
        assert (await api.get("/v1/conversations", headers=headers)).status_code == 400, name


async def test_an_administrator_erases_others_and_their_name_is_not_kept(
    api: AsyncClient, ops: Made, make: Make, state: State
) -> None:
    response = await seed_response(state, user="shop:evangeline")
    path = "/v1/users/shop:evangeline"
    for scope, status in (("operate", 403), ("chat", 404)):
        other = await make(scope, scope)
        assert (await api.delete(path, headers=other.shown)).status_code == status
    looks = await make("looks", "view", people="shop")
    assert (await api.delete(path, headers=looks.as_("evangeline"))).status_code == 403
    assert (await api.delete(path, headers=ops.shown)).json()["removed"]["responses"] == 1
    assert not await state.responses.find([response.id])
    acts = (await api.get("/v1/audit", headers=ops.shown)).json()["data"]
    assert [act["action"] for act in acts] == ["erase"]
    digest = await state.people.digest("shop:evangeline")
    assert acts[0]["target"] == f"person {digest}"
    assert "evangeline" not in str(acts)
