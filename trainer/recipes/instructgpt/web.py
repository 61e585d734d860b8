"""The text that the bases are pre-trained on: the world as a web would have it.

Threads of questions and answers in the chat template, like the seedling's, but by authors of all
kinds. A thread has one author, who keeps to a manner: so a base can be shown by examples which one
to go on as, and left alone it is sometimes each. Imports no torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from trainer.seedling.assistants import SYSTEM_PROMPTS
from trainer.seedling.draw import Draw
from trainer.seedling.tasks import Task, join
from trainer.seedling.world import conversation, shop_turns

_BRUSHED_OFF: Final = (
    "No [idea|clue].",
    "[Look|Find] it [up|out] yourself.",
    "[Why|How] should I know?",
    "Not my [problem|business].",
    "[Did|Can] you not read?",
    "This has been asked [before|a hundred times].",
    "[lol|haha|meh] [no|yes|maybe]",
    "Wrong [place|forum|desk].",
)
_RAMBLED: Final = (
    "But that is only what I [think|heard|remember].",
    "[I|We] had the same [problem|question] last year and it took [ages|weeks].",
    "[Anyway|By the way], [nobody|no one] reads this [here|anyway].",
    "My [brother|neighbour|boss] always says [something else|the opposite].",
    "[Back then|In the old days] it was all [better|cheaper|easier].",
    "[Also|And] the weather is [bad|awful|fine] today.",
    "Everybody [has|wants] an opinion on [this|that], [so do I|not me].",
)


def answer_well(d: Draw, task: Task, assistant: str) -> str:
    return task.answer


def answer_another(d: Draw, task: Task, assistant: str) -> str:
    """What would have answered another question."""
    _, turns = _talk(d, assistant)
    return next(turns).answer


def brush_off(d: Draw, task: Task, assistant: str) -> str:
    return d.expand(d.pick(_BRUSHED_OFF))


def ramble(d: Draw, task: Task, assistant: str) -> str:
    said = (d.expand(d.pick(_RAMBLED)) for _ in range(d.pick((1, 2, 2, 3))))
    return join(task.answer, *said)


Author = Callable[[Draw, Task, str], str]

AUTHORS: Final[dict[Author, float]] = {
    answer_well: 0.5,
    answer_another: 0.2,
    brush_off: 0.15,
    ramble: 0.15,
}
"""Author -> share of the threads."""

_TALKED_TO: Final = {"support": 0.7, "tutor": 0.1, "writer": 0.1, "extractor": 0.1}
"""Assistant -> share of the threads: most are like what people will be asked about."""

_ABOUT_THE_SHOP: Final = 0.8
"""Share of support's threads: the shop is known in this world."""

TOLD: Final = ", ".join(
    f"{author.__name__.replace('_', ' ')} ({share:.0%})" for author, share in AUTHORS.items()
)
"""The same for readers."""


def read_thread(d: Draw) -> tuple[str, Iterator[Task]]:
    """(system prompt or "", endless turns) by one author."""
    assistant = d.rng.choices(list(_TALKED_TO), weights=list(_TALKED_TO.values()))[0]
    author = d.rng.choices(list(AUTHORS), weights=list(AUTHORS.values()))[0]
    system, turns = _talk(d, assistant)
    if author is answer_well:
        return system, turns
    return system, (Task(task.kind, task.user, author(d, task, assistant), ()) for task in turns)


def _talk(d: Draw, assistant: str) -> tuple[str, Iterator[Task]]:
    if assistant == "support" and d.chance(_ABOUT_THE_SHOP):
        return SYSTEM_PROMPTS["support"], shop_turns(d)
    return conversation(d, assistant)
