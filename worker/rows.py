"""Opinions into rows: what was asked, which answer was better or how one was judged, and who said
so.

Ties and "both bad" say nothing about which of two answers is better: counted, no rows.

Quarantine: what was said about a rolled-back version's own answers must not teach, for it may be
what people liked there that was wrong (a model that flatters is thumbed up for it). So thumbs and
edits of its answers are left out, and pairs of two of them. Pairs of its answer and another
version's stay: they say exactly what was worse, or better. All that decides is the version's state
when the snapshot is taken: who promotes it again by hand lifts the quarantine.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from core.errors import NotFound
from core.messages import Messages
from core.records import IMPORTED, CompletionRow, Feedback, PreferenceRow, Response
from core.responses import Responses
from worker.shown import Shown, fetch_shown

AT_ONCE: Final = 200
"""Opinions looked up at the same time."""

Chat = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A real prompt somebody had an opinion about. `group` is the id of its last message."""

    group: str
    messages: Chat
    time: float


@dataclass(frozen=True, slots=True)
class Thumb:
    """A judged answer, and the id of the last message of its prompt."""

    group: str
    row: CompletionRow

    @property
    def user(self) -> str:
        return self.row.user


@dataclass(frozen=True, slots=True)
class Gathered:
    rows: list[PreferenceRow] = field(default_factory=list)
    thumbs: list[Thumb] = field(default_factory=list)
    demonstrations: list[tuple[str, CompletionRow]] = field(default_factory=list)
    """What people wrote in place of no answer, each behind the id of its prompt's last message."""
    asked: list[Asked] = field(default_factory=list)
    choices: Counter[str] = field(default_factory=Counter)
    """Of votes on answers that people saw side by side."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Opinions and pairs that became no row, by why."""

    def add(self, other: Gathered) -> None:
        self.rows.extend(other.rows)
        self.thumbs.extend(other.thumbs)
        self.demonstrations.extend(other.demonstrations)
        self.asked.extend(other.asked)
        self.choices.update(other.choices)
        self.dropped.update(other.dropped)


async def gather_rows(
    opinions: Iterable[Feedback],
    messages: Messages,
    responses: Responses,
    rolled_back: frozenset[str] = frozenset(),
) -> Gathered:
    """Rows and thumbs in the order of their opinions. `rolled_back`: versions in quarantine."""
    gathered = Gathered()
    for chunk in _chunks(opinions):
        look_up = _LookUp(await fetch_shown(chunk, messages, responses), rolled_back)
        for opinion in chunk:
            gathered.add(look_up.rows_of(opinion))
    return gathered


def ordered_pairs(opinion: Feedback) -> list[tuple[int, int]]:
    """The (better, worse) positions an opinion implies; none where it has no preference.

    >>> ordered_pairs(Feedback(..., kind="ranking", body={"order": [[2], [0, 1]]}))
    [(2, 0), (2, 1)]
    """
    tiers: list[list[int]] = opinion.body["order"]
    return [
        (better, worse)
        for above, below in itertools.combinations(tiers, 2)
        for better in above
        for worse in below
    ]


class _LookUp:
    """Finds what an opinion is about."""

    def __init__(self, shown: Shown, rolled_back: frozenset[str]) -> None:
        self._shown = shown
        self._rolled_back = rolled_back

    def rows_of(self, opinion: Feedback) -> Gathered:
        made = Gathered()
        try:
            if opinion.kind in ("comparison", "ranking"):
                self._of_comparison(opinion, made)
            else:
                self._of_response(opinion, made)
        except NotFound:
            made.dropped["what it is about is gone"] += 1
        return made

    def _of_comparison(self, opinion: Feedback, made: Gathered) -> None:
        comparison = self._shown.comparison(opinion.target)
        asked = self._asked(comparison.prompt, opinion, made)
        shown = [self._shown.response(identity) for identity in comparison.responses]
        pairs = _pairs(opinion, len(shown))
        if opinion.kind == "comparison" and shown[0].version != IMPORTED:
            made.choices[str(opinion.body["choice"])] += 1
        if not pairs:
            made.dropped[f"no preference ({opinion.body.get('choice', 'tie')})"] += 1
        for better, worse in pairs:
            chosen, rejected = shown[better], shown[worse]
            if chosen.status != "done" or rejected.status != "done":
                made.dropped["an answer failed or was stopped"] += 1
                continue
            if chosen.version == rejected.version and chosen.version in self._rolled_back:
                made.dropped[_quarantined(chosen)] += 1
                continue
            made.rows.append(
                PreferenceRow(
                    group=asked.group,
                    prompt=asked.messages,
                    chosen=self._text(chosen),
                    rejected=self._text(rejected),
                    kind=opinion.kind,
                    user=opinion.user,
                    time=opinion.at,
                    feedback_id=opinion.id,
                    weight=_weight(opinion, len(shown)),
                    prompt_ids=chosen.prompt_ids or rejected.prompt_ids,
                    chosen_ids=chosen.output_ids,
                    rejected_ids=rejected.output_ids,
                    position_gap=0 if chosen.version == IMPORTED else better - worse,
                )
            )

    def _of_response(self, opinion: Feedback, made: Gathered) -> None:
        response = self._shown.response(opinion.target)
        asked = self._asked(response.prompt, opinion, made)
        if opinion.kind not in ("edit", "thumb"):
            made.dropped[f"no preference ({opinion.kind})"] += 1
        elif response.status != "done":
            made.dropped["an answer failed or was stopped"] += 1
        elif response.version in self._rolled_back:
            made.dropped[_quarantined(response)] += 1
        elif opinion.kind == "edit" and not response.message:
            made.demonstrations.append((asked.group, _demonstrated(opinion, asked)))
        elif opinion.kind == "thumb":
            text = self._text(response)
            made.thumbs.append(Thumb(asked.group, _judged(opinion, asked, response, text)))
        else:
            text = self._text(response)
            made.rows.append(_edited(opinion, asked, response, text))

    def _asked(self, prompt: str, opinion: Feedback, made: Gathered) -> Asked:
        path = self._shown.path(prompt)
        chat = [{"role": m.role, "content": m.content} for m in path]
        asked = Asked(prompt, chat, opinion.at)
        made.asked.append(asked)
        return asked

    def _text(self, response: Response) -> str:
        return self._shown.message(response.message).content


def _quarantined(response: Response) -> str:
    return f"only about {response.version}, which was rolled back"


def _judged(opinion: Feedback, asked: Asked, response: Response, text: str) -> CompletionRow:
    return CompletionRow(
        prompt=asked.messages,
        completion=text,
        kind=opinion.kind,
        user=opinion.user,
        time=opinion.at,
        feedback_id=opinion.id,
        label=opinion.body["value"] == "up",
        prompt_ids=response.prompt_ids,
        completion_ids=response.output_ids,
    )


def _demonstrated(opinion: Feedback, asked: Asked) -> CompletionRow:
    return CompletionRow(
        prompt=asked.messages,
        completion=str(opinion.body["text"]).strip(),
        kind=opinion.kind,
        user=opinion.user,
        time=opinion.at,
        feedback_id=opinion.id,
    )


def _edited(opinion: Feedback, asked: Asked, response: Response, text: str) -> PreferenceRow:
    return PreferenceRow(
        group=asked.group,
        prompt=asked.messages,
        chosen=str(opinion.body["text"]).strip(),
        rejected=text,
        kind=opinion.kind,
        user=opinion.user,
        time=opinion.at,
        feedback_id=opinion.id,
        prompt_ids=response.prompt_ids,
        rejected_ids=response.output_ids,
    )


def _pairs(opinion: Feedback, shown: int) -> list[tuple[int, int]]:
    if opinion.kind == "ranking":
        return ordered_pairs(opinion)
    choice = str(opinion.body["choice"])
    if choice in ("tie", "both_bad"):
        return []
    chosen = ord(choice) - ord("a")
    return [(chosen, other) for other in range(shown) if other != chosen]


def _weight(opinion: Feedback, shown: int) -> float:
    """A ranking of K says as much as K - 1 votes, however many pairs it has."""
    return 2.0 / shown if opinion.kind == "ranking" else 1.0


def _chunks(opinions: Iterable[Feedback]) -> Iterator[list[Feedback]]:
    rest = iter(opinions)
    while chunk := list(itertools.islice(rest, AT_ONCE)):
        yield chunk
