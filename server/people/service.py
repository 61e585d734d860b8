"""Decides who may speak for whom, and does what they decide."""

from __future__ import annotations

import logging
from typing import Final

from core.audit import Act
from core.consent import Consent
from core.errors import InvalidRequest, NotFound
from core.learned import versions_that_learned
from core.records import is_anonymous
from server.access.caller import Caller
from server.people import schemas
from server.state import State

logger = logging.getLogger(__name__)

SELF: Final = "me"
"""Whoever is asking: a page does not know its person's name."""


async def consent(state: State, caller: Caller, user: str, named: str) -> schemas.ConsentView:
    _check_own(caller, user, named)
    await state.consents.give_back(user, await state.people.digest(user))
    return _view(user, await state.consents.get(user))


async def put_consent(
    state: State, caller: Caller, user: str, named: str, new: schemas.NewConsent
) -> schemas.ConsentView:
    """Raises NotFound for somebody else and for an assistant that there is not."""
    _check_own(caller, user, named)
    for name in new.assistants:
        state.assistants.get(name)
    said = Consent(new.consent, new.assistants)
    await state.consents.give_back(user, await state.people.digest(user))
    await state.consents.put(user, said, state.assistants.names)
    return _view(user, said)


async def erase(state: State, caller: Caller, user: str, named: str) -> schemas.Erased:
    """Everything of the person's in the store; a worker clears the files of runs behind it. Raises
    StoreUnavailable half way: sent again, or left to the worker, it goes on.
    """
    _check_own(caller, user, named)
    return await _erase(state, user)


def is_others(caller: Caller, user: str, named: str) -> bool:
    """Whether an administrator means somebody else, who is named in full: `shop:eva`."""
    may = "admin" in caller.scopes and not caller.is_unknown
    return may and not _is_own(caller, user, named)


async def erase_other(
    state: State, caller: Caller, by: str, named: str, request: str
) -> schemas.Erased:
    """As `erase`. The audit log keeps a digest of whom: an erased name must not stay there."""
    _check_named(named)
    digest = await state.people.digest(named)
    act = Act(by, caller.key_name, caller.address, "erase", f"person {digest}", request)
    await state.audit.note(act)
    return await _erase(state, named)


async def _erase(state: State, user: str) -> schemas.Erased:
    person = (await state.erasures.begin(user)).person
    versions = await versions_that_learned(
        person, state.assistants.names, state.registry, state.settings.artifacts
    )
    await state.erasures.note_versions(person, versions)
    state.messages.forget(user)
    erased = await state.erasures.remove(user, state.assistants.names)
    logger.info("erased", extra={"action": "erase", "removed": erased.removed})
    return schemas.Erased(id=user, removed=erased.removed, versions=erased.versions)


def _is_own(caller: Caller, user: str, named: str) -> bool:
    """By their whole name, as a key's application calls them, or as `me`."""
    return named in (user, SELF) or (bool(caller.people) and user == f"{caller.people}:{named}")


def _check_own(caller: Caller, user: str, named: str) -> None:
    if not _is_own(caller, user, named):
        # The same words whether they exist or not: names of others are not to be probed.
        raise NotFound(f"There is no user {named[:128]!r} that you may speak for")
    _check_named(user)


def _check_named(user: str) -> None:
    if is_anonymous(user):
        raise InvalidRequest(
            "Everybody without a name is anonymous, so nobody can decide for them; give your name",
            "id",
        )


def _view(user: str, said: Consent) -> schemas.ConsentView:
    return schemas.ConsentView(id=user, consent=said.everywhere, assistants=said.assistants)
