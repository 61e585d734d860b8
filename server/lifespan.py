"""The server process's beginning and end: every shared client is opened and closed here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import ClientSession

from core import spans
from core.api_keys import ApiKeys
from core.archive import Archive
from core.assistants import load_assistants
from core.audit import Audit
from core.awaited import Awaited
from core.consent import Consents
from core.conversations import Conversations
from core.erasure import Erasures
from core.feedback import FeedbackLog
from core.ids import new_id
from core.limits import Limits
from core.lineups import Lineups
from core.messages import Messages
from core.people import People
from core.registry import Registry
from core.replicas import Replicas
from core.responses import Responses
from core.runs import Runs
from core.servers import Servers
from core.settings import Settings
from core.store import connect, wait_for_store
from core.tallies import Tallies
from core.trials import Trials
from server.access.door import Door
from server.background import Background
from server.conversations.generations import Generations
from server.drain import Drain
from server.fleet.client import VllmClient, open_session
from server.fleet.launcher import context_tokens, read_base_config
from server.fleet.router import Router
from server.heart import Heart
from server.state import State

STORE_START_S: Final = 15.0
"""How long Redis may take to come up beside us."""
BACKGROUND_END_S: Final = 5.0
"""For records still being finished when the process ends."""


@asynccontextmanager
async def open_state(settings: Settings) -> AsyncIterator[State]:
    """Raises BadConfig for wrong assistants and for a door that stands open, StoreUnavailable when
    Redis cannot keep votes.
    """
    assistants = load_assistants(settings.assistants_file)
    spans.begin("thumbwheel-api", settings.otlp_url)
    store = connect(settings.redis_url)
    api_keys = ApiKeys(store)
    door = Door(settings, api_keys)
    session = open_session()
    client = VllmClient(session, settings)
    registry = Registry(store)
    replicas = Replicas(store, settings.replica_ttl_s)
    router = Router(registry, replicas, settings, client)
    messages = Messages(store)
    name = new_id("srv")
    servers, awaited = Servers(store), Awaited(store)
    heart = Heart(servers, name)
    people, archive = People(store), Archive(store, settings.artifacts)
    state = State(
        settings=settings,
        assistants=assistants,
        store=store,
        api_keys=api_keys,
        audit=Audit(store),
        limits=Limits(store),
        door=door,
        messages=messages,
        responses=Responses(store, name),
        awaited=awaited,
        servers=servers,
        conversations=Conversations(store, messages),
        feedback=FeedbackLog(store, archive),
        people=people,
        consents=Consents(store),
        erasures=Erasures(store, people, archive),
        registry=registry,
        runs=Runs(store),
        tallies=Tallies(store),
        trials=Trials(store),
        lineups=Lineups(store),
        replicas=replicas,
        client=client,
        router=router,
        context_tokens=context_tokens(settings, read_base_config(settings.base_model)),
        generations=Generations(settings.resume_grace_s, awaited.holds),
        background=Background(),
        drain=Drain(settings.shutdown_grace_s),
    )
    try:
        await wait_for_store(store, STORE_START_S)
        await heart.start()
        await door.open()
        await router.start()
        yield state
    finally:
        await _end(state, heart, session)


async def _end(state: State, heart: Heart, session: ClientSession) -> None:
    """Readers first, then what is still being recorded, then what that needs."""
    state.drain.close()
    await state.generations.close()
    await state.background.close(BACKGROUND_END_S)
    await heart.close()
    await state.router.close()
    await session.close()
    await state.store.close()
    await asyncio.to_thread(spans.end)
