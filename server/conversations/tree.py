"""Where a new message goes in a conversation's tree, and how the tree looks from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.assistants import Assistant
from core.conversations import Conversation, Node
from core.errors import InvalidRequest
from core.records import Message, Role
from server.conversations.schemas import ConversationTree, ConversationView, MessageView
from server.generation.ask import ChatMessage
from server.markdown import render_html
from server.state import State

TITLE_CHARS: Final = 60

Known = dict[str, Message]
"""The conversation's messages by id."""


@dataclass(frozen=True, slots=True)
class Question:
    """A user's message in the tree, and the way to it from the system message on."""

    id: str
    messages: list[ChatMessage]


async def place_message(
    state: State,
    conversation: Conversation,
    assistant: Assistant,
    content: str,
    parent: str | None,
) -> Question:
    """Stores what the person said below `parent` (None: where the conversation stands, "": at its
    beginning) and makes it part of the conversation.
    """
    known = await _known(state, conversation)
    above = _find_parent(conversation, known, parent)
    said: list[tuple[Role, str]] = [("user", content)]
    if not above:
        said.insert(0, ("system", assistant.system_prompt))
    new = (await state.messages.append(assistant.name, conversation.user, above, said))[-1]
    await state.conversations.add(conversation, new.id)
    if not conversation.title:
        await state.conversations.retitle(conversation, make_title(content))
    return await _question(state, conversation, new, known)


async def find_question(state: State, conversation: Conversation, message: str) -> Question:
    """The user's message to be answered once more. Raises InvalidRequest for anything else."""
    known = await _known(state, conversation)
    if message not in known or known[message].role != "user":
        raise InvalidRequest("parent must be a user's message of this conversation", "parent")
    return await _question(state, conversation, known[message], known)


async def view_tree(state: State, conversation: Conversation) -> ConversationTree:
    nodes = await state.conversations.tree(conversation)
    known = {n.message.id for n in nodes}
    return ConversationTree(
        **ConversationView.of(conversation).model_dump(),
        messages=[_view(n, known) for n in nodes],
    )


def make_title(content: str) -> str:
    """The first words, on one line."""
    words = " ".join(content.split())
    return words if len(words) <= TITLE_CHARS else words[: TITLE_CHARS - 1].rstrip() + "…"


def _find_parent(conversation: Conversation, known: Known, parent: str | None) -> str:
    """The message a new one answers; "" for a beginning."""
    if parent is None:
        head = known.get(conversation.head)
        if head is None or head.role != "user":
            return conversation.head
        # A question that got no answer is left behind as a branch of its own.
        return head.parent if head.parent in known else ""
    if parent and parent not in known:
        raise InvalidRequest("parent must be a message of this conversation", "parent")
    if parent and known[parent].role != "assistant":
        raise InvalidRequest("parent must be an answer; to edit, name the answer above", "parent")
    return parent


async def _known(state: State, conversation: Conversation) -> Known:
    return {n.message.id: n.message for n in await state.conversations.tree(conversation)}


async def _question(
    state: State, conversation: Conversation, message: Message, known: Known
) -> Question:
    """Only what lies above the conversation, its system message, has to be looked up. All of the
    conversation is in use now, its other branches too.
    """
    path = [message]
    while path[-1].parent in known:
        path.append(known[path[-1].parent])
    above = await state.messages.path(path[-1].parent)
    in_use = [*(m.id for m in above), *known, message.id]
    await state.messages.use(conversation.assistant, conversation.user, in_use)
    return Question(message.id, [_chat_message(m) for m in [*above, *reversed(path)]])


def _chat_message(message: Message) -> ChatMessage:
    return {"role": message.role, "content": message.content}


def _view(node: Node, known: set[str]) -> MessageView:
    message = node.message
    return MessageView(
        id=message.id,
        # The system message above a beginning is nobody's business here.
        parent=message.parent if message.parent in known else "",
        role=message.role,
        content=message.content,
        html=render_html(message.content) if message.role == "assistant" else "",
        response_id=node.response,
    )
