"""The conversation behind an opinion. Where nobody gave feedback, nobody else reads."""

from __future__ import annotations

from core.conversations import Conversation
from core.errors import NotFound
from core.records import Response
from server.conversations.schemas import ConversationView
from server.conversations.tree import view_tree
from server.explore.opinions import view_opinions
from server.explore.schemas import ConversationBehind, OpinionView
from server.state import State


async def find_conversation(state: State, name: str, conversation_id: str) -> ConversationBehind:
    """Raises NotFound, in the same words whatever the reason."""
    assistant = state.assistants.get(name).name
    found = await state.conversations.find(conversation_id)
    if found is None or found.assistant != assistant:
        raise _not_found(conversation_id)
    tree = await view_tree(state, found)
    said_by = await state.responses.find_begun(
        [m.response_id for m in tree.messages if m.response_id]
    )
    opinions = await _opinions(state, found, said_by)
    if not opinions:
        raise _not_found(conversation_id)
    view = ConversationView.of(found).model_dump()
    return ConversationBehind(**view, user=found.user, messages=tree.messages, opinions=opinions)


async def _opinions(
    state: State, conversation: Conversation, said_by: dict[str, Response]
) -> list[OpinionView]:
    """None where the person was erased or lets nothing be learned from."""
    compared = {r.comparison for r in said_by.values() if r.comparison}
    targets = [*said_by, *sorted(compared)]
    assistant, user = conversation.assistant, conversation.user
    held = await state.feedback.about(assistant, user, targets)
    allowed, _ = await state.people.screen(assistant, sorted(held, key=lambda said: said.id))
    return await view_opinions(state, assistant, allowed)


def _not_found(conversation_id: str) -> NotFound:
    return NotFound(f"There is no conversation {conversation_id[:128]!r} that feedback is about")
