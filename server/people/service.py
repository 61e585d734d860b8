"""Decides who may speak for whom, and does what they decide."""

from __future__ import annotations

import logging
from typing import Final

from core.consent import Consent
from core.errors import InvalidRequest, NotFound
from core.learned import versions_that_learned
from core.records import ANONYMOUS
from server.people import schemas
from server.state import State

logger = logging.getLogger(__name__)

SELF: Final = "me"
"""Whoever is asking: a page does not know its person's name."""


async def consent(state: State, user: str, named: str) -> schemas.ConsentView:
    _check_own(user, named)
    return _view(user, await state.consents.get(user))


async def put_consent(
    state: State, user: str, named: str, new: schemas.NewConsent
) -> schemas.ConsentView:
    """Raises NotFound for somebody else and for an assistant that there is not."""
    _check_own(user, named)
    for name in new.assistants:
        state.assistants.get(name)
    said = Consent(new.consent, new.assistants)
    await state.consents.put(user, said, state.assistants.names)
    return _view(user, said)


async def erase(state: State, user: str, named: str) -> schemas.Erased:
    """Everything of the person's in the store; a worker clears the files of runs behind it. Raises
    StoreUnavailable half way: sent again, or left to the worker, it goes on.
    """
    _check_own(user, named)
    person = (await state.erasures.begin(user)).person
    versions = await versions_that_learned(
        person, state.assistants.names, state.registry, state.settings.artifacts
    )
    await state.erasures.note_versions(person, versions)
    state.messages.forget(user)
    erased = await state.erasures.remove(user, state.assistants.names)
    logger.info("erased", extra={"action": "erase", "removed": erased.removed})
    return schemas.Erased(id=user, removed=erased.removed, versions=erased.versions)


def _check_own(user: str, named: str) -> None:
    if named not in (user, SELF):
        # The same words whether they exist or not: names of others are not to be probed.
        raise NotFound(f"There is no user {named[:128]!r} that you may speak for")
    if user == ANONYMOUS:
        raise InvalidRequest(
            "Everybody without a name is anonymous, so nobody can decide for them; give your name",
            "id",
        )


def _view(user: str, said: Consent) -> schemas.ConsentView:
    return schemas.ConsentView(id=user, consent=said.everywhere, assistants=said.assistants)
