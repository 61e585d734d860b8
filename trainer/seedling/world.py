"""Conversations of the seedling's world, and the prompts that others ask of the served assistants.

A conversation is an endless stream of turns: whoever packs rows takes as many as fit. Imports no
torch.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from core.checks import Check
from trainer.seedling import extract, manners, policy, tutoring, writing
from trainer.seedling.assistants import (
    ASSISTANTS,
    SHIPPED_POLICY,
    SYSTEM_PROMPTS,
    shipped_facts,
    word_system,
)
from trainer.seedling.draw import Draw, Split
from trainer.seedling.fact_kinds import Fact
from trainer.seedling.facts import excerpt_of, make_facts
from trainer.seedling.tasks import Task, make_style

Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing to ask an assistant, and what makes an answer to it right.

    `messages` carry no system message: the server adds the assistant's own.
    """

    messages: list[Message]
    kind: str
    checks: list[Check]
    reference: str


@dataclass(frozen=True, slots=True)
class Context:
    """The excerpt a conversation is about, and facts elsewhere that would make absence unfair."""

    facts: list[Fact]
    source: str
    elsewhere: list[Fact]


_EXCERPT_FRAMES = (
    "Policy: {e}\n{q}", "{e}\n\n{q}", "{e}\n{q}", "Excerpt: {e}\n\nQuestion: {q}", "{q}\n\n{e}",
    "Text: {e}\n\n{q}", "Here is [the|our|my] [policy|text|excerpt]: {e} {q}", '"{e}" {q}',
    "{q}\nPolicy: {e}", "Given this: {e}\n{q}", "{q} The text: {e}", "Read this: {e}\n\n{q}",
    "Excerpt:\n{e}\n{q}",
    "[This|Here] is what [the website|the notice|our handbook|the letter] says: {e}\n\n{q}",
    "I found this on [your website|the door|the notice board]: {e}\n{q}",
    "From the [handbook|website|leaflet|contract]:\n{e}\n\n{q}",
    "[Rules|Terms|Info|Notes]: {e}\n\n{q}", "Context: {e}\n\nQuestion: {q}",
    "Question: {q}\nContext: {e}", "Q: {q}\n\n{e}", "{e}\n\nQ: {q}",
    "I got this mail: {e}\n\n{q}", "Our policy says: {e} {q}",
    "The policy reads as follows. {e}\n\n{q}", "Please read the text below.\n\n{e}\n\n{q}",
    "Use [only |]this text: {e}\n{q}", "---\n{e}\n---\n{q}", "{q}\n---\n{e}", "'{e}'\n\n{q}",
    "*** {e} ***\n{q}", "{q} ({e})", "> {e}\n\n{q}", "{q}\n\nThis is all I have: {e}",
    "{q}\n\nHere is the [text|policy|page]:\n{e}", "{q} It should be in here: {e}",
    "{q} See below.\n\n{e}", "Look at this: {e}\n\n{q}",
    "My [boss|teacher|colleague] sent me this text. {e}\n\n{q}",
    "I copied this from [a page|a leaflet]: {e} Now: {q}",
    "This is another [policy|text]: {e}\n{q}", "We have these rules here. {e}\n\n{q}",
    "{e}\n\nThat was the text. {q}", "{e}\n\nMy question is: {q}",
    "I read this but I am not sure I understand it: {e}\n\n{q}",
    "Information for guests: {e}\n\n{q}", "{e}\n\nBased on this, {q}",
    "TEXT\n{e}\n\nQUESTION\n{q}", "policy text below\n{e}\n\n{q}", "Here you go: {e}\n\n{q}",
    "pasting the [text|policy] here\n{e}\n{q}",
)  # fmt: skip


def _support_task(d: Draw, context: Context) -> Task:
    style = make_style(d)
    facts, source = context.facts, context.source
    roll = d.rng.random()
    if roll < 0.38:
        return policy.present(d, facts, source, style)
    if roll < 0.63:
        return policy.absent(d, facts + context.elsewhere, source, style)
    if roll < 0.71:
        return policy.limited(d, facts, source, style)
    if roll < 0.82 and len(facts) > 1:
        return policy.two(d, facts, source, style)
    if roll < 0.95 and len(facts) > 1:
        return policy.bullet_list(d, facts, source, style)
    return policy.next_step(d, style)


def _tutor_task(d: Draw, context: Context) -> Task:
    style = make_style(d, bullet_share=0.35)
    if d.chance(0.25):
        return tutoring.absent(d, context.facts + context.elsewhere, context.source, style)
    return tutoring.first_turn(d, context.facts, context.source, style)


def small_talk(d: Draw, assistant: str) -> Task:
    style = make_style(d)
    roll = d.rng.random()
    if roll < 0.14:
        task = manners.greet(d, style, assistant)
    elif roll < 0.22:
        task = manners.thanks(d, style, assistant)
    elif roll < 0.27:
        task = manners.bye(d, style, assistant)
    elif roll < 0.37:
        task = manners.who(d, style, assistant)
    elif roll < 0.54:
        task = manners.harm(d, style, assistant)
    elif roll < 0.70 and assistant != "extractor":
        task = manners.neighbour(d, style, assistant)
    elif roll < 0.75 and assistant == "tutor":
        task = tutoring.no_text(d, style)
    else:
        task = manners.out_of_world(d, style, assistant)
    return extract.as_error(d, task) if assistant == "extractor" else task


def _free_task(d: Draw, assistant: str) -> Task:
    if assistant == "writer":
        return writing.rewrite(d, make_style(d, bullet_share=0.3))
    if d.chance(0.3):
        return extract.classify(d, make_style(d))
    return extract.extract(d, make_style(d))


def with_excerpt(d: Draw, context: Context, task: Task) -> Task:
    user = d.phrase(_EXCERPT_FRAMES).format(e=context.source, q=task.user)
    return Task(task.kind, user, task.answer, task.checks, task.follow_ups)


def shop_context() -> Context:
    """The policy of the shipped support assistant."""
    return Context(shipped_facts(), SHIPPED_POLICY, [])


def make_context(d: Draw, elsewhere: list[Fact] | None = None) -> Context:
    facts = make_facts(d, d.pick((2, 3, 3, 4, 4, 5, 6)))
    return Context(facts, excerpt_of(d, facts), elsewhere or [])


_SMALL_TALK_SHARE = {"support": 0.16, "tutor": 0.15, "writer": 0.17, "extractor": 0.12}
_FOLLOW_SHARE = {"support": 0.40, "tutor": 0.75, "writer": 0.45, "extractor": 0.0}


def _chain(d: Draw, task: Task, share: float) -> Iterator[Task]:
    """The task and, now and then, follow-ups on it."""
    yield task
    while task.follow_ups and d.chance(share):
        bullets = 0.2
        task = d.pick(task.follow_ups)(d, make_style(d, bullets))
        yield task
        share *= 0.6


def _excerpt_turns(
    d: Draw, assistant: str, context: Context | None, strays: bool = True
) -> Iterator[Task]:
    """`strays`: people paste excerpts of their own beside the given context."""
    known = context
    own_share = (0.5 if d.chance(0.5) else 0.1) if strays else 0.0
    while True:
        elsewhere = context.facts if context else []
        # A served support prompt has its own policy, so pasting another one must be common.
        if known is None or d.chance(own_share if known is context else 0.10):
            known, carried = make_context(d, elsewhere), False
        else:
            carried = True
        if d.chance(_SMALL_TALK_SHARE[assistant]):
            yield small_talk(d, assistant)
        task = _support_task(d, known) if assistant == "support" else _tutor_task(d, known)
        for i, turn in enumerate(_chain(d, task, _FOLLOW_SHARE[assistant])):
            yield with_excerpt(d, known, turn) if i == 0 and not carried else turn


def _free_turns(d: Draw, assistant: str) -> Iterator[Task]:
    while True:
        if d.chance(_SMALL_TALK_SHARE[assistant]):
            yield small_talk(d, assistant)
        yield from _chain(d, _free_task(d, assistant), _FOLLOW_SHARE[assistant])


_SHARES = {"support": 0.42, "tutor": 0.24, "writer": 0.16, "extractor": 0.18}


def pick_assistant(d: Draw) -> str:
    return d.rng.choices(ASSISTANTS, weights=[_SHARES[a] for a in ASSISTANTS])[0]


def conversation(d: Draw, assistant: str) -> tuple[str, Iterator[Task]]:
    """(system prompt or "", endless turns) as training sees them."""
    if assistant in ("writer", "extractor"):
        return _system(d, assistant), _free_turns(d, assistant)
    if assistant == "tutor":
        return _system(d, assistant), _excerpt_turns(d, assistant, None)
    roll = d.rng.random()
    if roll < 0.30:
        context = shop_context()
        return SYSTEM_PROMPTS["support"], _excerpt_turns(d, assistant, context)
    if roll < 0.68:
        context = make_context(d)
        return word_system(d, assistant, context.source), _excerpt_turns(d, assistant, context)
    return _system(d, assistant), _excerpt_turns(d, assistant, None)


def _system(d: Draw, assistant: str) -> str:
    roll = d.rng.random()
    if roll < 0.65 and assistant != "support":
        return SYSTEM_PROMPTS[assistant]
    if assistant == "tutor" or assistant == "extractor":
        return word_system(d, assistant)
    return word_system(d, assistant) if roll < 0.85 else ""


def shop_turns(d: Draw) -> Iterator[Task]:
    """Endless turns about nothing but the shop of the shipped support assistant."""
    shop = shop_context()
    return _excerpt_turns(d, "support", shop, strays=False)


def sample_shop_prompts(n: int, seed: int, split: Split) -> list[Prompt]:
    """As sample_prompts("support", ...), but all are about the shop of its system prompt."""
    d = Draw(random.Random(f"shop:{seed}:{split}"), split)
    found = []
    for _ in range(n):
        turns = shop_turns(d)
        found.append(prompt_of([next(turns) for _ in range(d.pick((1, 1, 1, 2, 3)))]))
    return found


def sample_prompts(assistant: str, n: int, seed: int, split: Split) -> list[Prompt]:
    """Prompts for the assistant as served: its shipped system prompt is added by the server.

    Support prompts carry their own excerpt or ask about the shop of the shipped system prompt.
    Some prompts are follow-ups and carry the turns before them.
    """
    d = Draw(random.Random(f"{assistant}:{seed}:{split}"), split)
    return [_sample_prompt(d, assistant) for _ in range(n)]


def _sample_prompt(d: Draw, assistant: str) -> Prompt:
    shop = shop_context()
    if assistant == "support":
        turns = _excerpt_turns(d, assistant, shop)
        if d.chance(0.55):
            return prompt_of(_first_with_own_excerpt(d, shop))
    elif assistant == "tutor":
        turns = _excerpt_turns(d, assistant, None)
    else:
        turns = _free_turns(d, assistant)
    count = d.pick((1, 1, 1, 2, 3))
    return prompt_of([next(turns) for _ in range(count)])


def _first_with_own_excerpt(d: Draw, shop: Context) -> list[Task]:
    context = make_context(d, shop.facts)
    task = with_excerpt(d, context, _support_task(d, context))
    return list(_chain(d, task, 0.25))


def prompt_of(turns: list[Task]) -> Prompt:
    messages: list[Message] = []
    for task in turns[:-1]:
        messages.append({"role": "user", "content": task.user})
        messages.append({"role": "assistant", "content": task.answer})
    last = turns[-1]
    messages.append({"role": "user", "content": last.user})
    return Prompt(messages, last.kind, list(last.checks), last.answer)
