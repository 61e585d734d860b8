"""Where a new message goes in a conversation's tree, and how the tree looks from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.assistants import Assistant
from core.conversations import Conversation, Node
from core.errors import InvalidRequest
from core.records import Message, Role
from server.conversations.blind import still_blind
from server.conversations.schemas import (
    ConversationTree,
    ConversationView,
    MessageView,
    UnderWay,
)
from server.generation.ask import ChatMessage
from server.markdown import render_html
from server.state import State

TITLE_CHARS: Final = 60
OPENING_CHARS: Final = 300
"""What a search finds of a first message."""

Known = dict[str, Message]
"""The conversation's messages by id."""


@dataclass(frozen=True, slots=True)
class Question:
    """A user's message in a conversation, and the chat from the system message to it."""

    messages: list[ChatMessage]
    in_use: Sequence[str] = ()
    """Ids of the messages that it builds upon."""
    id: str = ""
    """Its place in the tree; "" while it is not stored."""
    above: str = ""
    """Where what is not stored goes, "" for a new beginning."""
    said: tuple[tuple[Role, str], ...] = ()
    """What is not stored."""


async def make_question(
    state: State,
    conversation: Conversation,
    assistant: Assistant,
    content: str,
    parent: str | None,
) -> Question:
    """What the person says below `parent` (None: where the conversation stands, "": at its
    beginning). Stores nothing.
    """
    known = await _known(state, conversation)
    above = _find_parent(conversation, known, parent)
    said: tuple[tuple[Role, str], ...] = (("user", content),)
    if not above:
        said = (("system", assistant.system_prompt), *said)
    new = [{"role": role, "content": text} for role, text in said]
    path = await _path(state, above, known)
    messages = [*map(_chat_message, path), *new]
    return Question(messages, _in_use(path, known), above=above, said=said)


async def store_question(state: State, conversation: Conversation, question: Question) -> str:
    """Its place in the tree, as part of the conversation. One that is stored stays as it is."""
    await state.messages.use(conversation.assistant, conversation.user, question.in_use)
    if question.id:
        return question.id
    stored = await state.messages.append(
        conversation.assistant, conversation.user, question.above, question.said
    )
    await state.conversations.add(conversation, stored[-1].id)
    if not conversation.opening:
        said = stored[-1].content
        await state.conversations.begin(conversation, make_title(said), said[:OPENING_CHARS])
    return stored[-1].id


async def find_question(state: State, conversation: Conversation, message: str) -> Question:
    """The user's message to be answered once more. Raises InvalidRequest for anything else."""
    known = await _known(state, conversation)
    if message not in known or known[message].role != "user":
        raise InvalidRequest("parent must be a user's message of this conversation", "parent")
    path = await _path(state, message, known)
    return Question([*map(_chat_message, path)], _in_use(path, known), id=message)


async def view_tree(state: State, conversation: Conversation) -> ConversationTree:
    nodes = await state.conversations.tree(conversation)
    known = {n.message.id: n.message for n in nodes}
    versions = await _versions(state, conversation, [n.response for n in nodes if n.response])
    head = known.get(conversation.head)
    return ConversationTree(
        **ConversationView.of(conversation).model_dump(),
        messages=[_view(n, known, versions.get(n.response, "")) for n in nodes],
        answering=await _answering(state, conversation) if head and head.role == "user" else None,
    )


async def _versions(state: State, conversation: Conversation, ids: list[str]) -> dict[str, str]:
    """Of the answers whose version may be told."""
    said = await state.responses.find_begun(ids)
    blind = await still_blind(state, conversation.assistant, said.values())
    return {i: response.version for i, response in said.items() if i not in blind}


async def _answering(state: State, conversation: Conversation) -> UnderWay | None:
    """How the question at its head is being answered, in whichever process."""
    open_now = await state.responses.open_in(conversation.id)
    found = next((r for r in open_now if r.prompt == conversation.head), None)
    if found is None:
        return None
    responses = [found.id]
    if found.comparison:
        responses = (await state.responses.comparison(found.comparison)).responses
    return UnderWay(
        question=found.prompt,
        response="" if found.comparison else found.id,
        comparison=found.comparison,
        responses=responses,
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


async def _path(state: State, message: str, known: Known) -> list[Message]:
    """Down to a message. Only what lies above the conversation, its system message, has to be
    looked up.
    """
    path: list[Message] = []
    while message in known:
        path.append(known[message])
        message = path[-1].parent
    return [*await state.messages.path(message), *reversed(path)]


def _in_use(path: list[Message], known: Known) -> list[str]:
    """The conversation's other branches too."""
    return list(dict.fromkeys([*(m.id for m in path), *known]))


def _chat_message(message: Message) -> ChatMessage:
    return {"role": message.role, "content": message.content}


def _view(node: Node, known: Known, version: str) -> MessageView:
    message = node.message
    return MessageView(
        id=message.id,
        # The system message above a beginning is nobody's business here.
        parent=message.parent if message.parent in known else "",
        role=message.role,
        content=message.content,
        html=render_html(message.content) if message.role == "assistant" else "",
        response_id=node.response,
        version=version,
    )
