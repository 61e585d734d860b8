"""What one server process holds while it lives. Born and closed in lifespan."""

from __future__ import annotations

from dataclasses import dataclass

from core.api_keys import ApiKeys
from core.assistants import Assistants
from core.audit import Audit
from core.awaited import Awaited
from core.consent import Consents
from core.conversations import Conversations
from core.erasure import Erasures
from core.feedback import FeedbackLog
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
from core.store import Store
from core.tallies import Tallies
from core.trials import Trials
from server.access.door import Door
from server.background import Background
from server.conversations.generations import Generations
from server.drain import Drain
from server.fleet.client import VllmClient
from server.fleet.router import Router


@dataclass(frozen=True, slots=True)
class State:
    """On `app.state.thumbwheel`; endpoints get it as `StateDep`."""

    settings: Settings
    assistants: Assistants
    store: Store
    api_keys: ApiKeys
    audit: Audit
    limits: Limits
    door: Door
    """Who is let in."""
    messages: Messages
    responses: Responses
    awaited: Awaited
    """Answers that a process waits for which does not generate them."""
    servers: Servers
    conversations: Conversations
    feedback: FeedbackLog
    people: People
    consents: Consents
    erasures: Erasures
    registry: Registry
    runs: Runs
    tallies: Tallies
    trials: Trials
    lineups: Lineups
    replicas: Replicas
    client: VllmClient
    router: Router
    context_tokens: int
    """Longest prompt and answer together, as vLLM was told."""
    generations: Generations
    """Answers of conversations that are being generated in this process."""
    background: Background
    """Work that must end well although the request that began it is gone."""
    drain: Drain
    """Whether this process is about to stop."""
