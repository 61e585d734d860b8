"""Rewriting a short message: formally, kindly, shorter, or as bullets, with follow-ups."""

# ruff: noqa: E501 - the phrase tables read better unwrapped

import re
from dataclasses import dataclass

from core import checks
from core.checks import Check
from trainer.seedling import names
from trainer.seedling.draw import Draw, fill
from trainer.seedling.intents import FORMAL_MARKS, INFORMAL_MARKS, INTENTS, KIND_MARKS, Intent
from trainer.seedling.tasks import Style, Task, as_bullets, capitalise, join

VOICES = ("formal", "kind", "short", "bullets")
_REQUESTS: dict[str, tuple[str, ...]] = {
    "formal": (
        "[make|rewrite|write] this formal", "rewrite formally", "[make|turn] this [into|] a formal [message|mail]",
        "[say|put] this [formally|in a formal way]", "more formal[ please|]", "formal version",
        "[write|word] this for [my boss|a customer|an office]", "[can you|please] make this [professional|official]",
        "this should sound [formal|professional]", "in a formal voice", "professional tone[ please|]",
        "[turn|change] this into business English", "how would I say this to my boss"),
    "kind": (
        "[make|rewrite|write] this [kind|friendly]", "rewrite [kindly|politely|nicely]", "[make|say] this [nicer|kinder|friendlier]",
        "[say|put] this in a [kind|friendly|warm] way", "kinder[ please|]", "friendly version",
        "[can you|please] make this [polite|gentle|kind]", "this should sound [kind|nice|friendly]",
        "in a kind voice", "soften this", "[more polite|politer|warmer][ please|]",
        "how can I say this nicely", "I do not want to be rude, reword"),
    "short": (
        "[make|rewrite] this [short|shorter]", "shorten this", "[say|put] this [in one sentence|briefly]",
        "short version", "[cut|trim] this [down|]", "[can you|please] make this [brief|shorter]",
        "in fewer words", "keep it short", "this is too long, shorten", "a brief version[ please|]",
        "one line, please", "condense this"),
    "bullets": (
        "[make|rewrite] this as bullets", "[turn|put] this into bullet points", "as a list[ please|]",
        "bullet points of this", "[list|show] the points of this", "[can you|please] make bullets [of|from] this",
        "break this into bullets", "write this as a list", "bullets", "list version",
        "I want this as bullet points", "put the points in a list"),
}  # fmt: skip
_FRAMES = ("{r}: {m}", "{r}: {m}", "{r}: {m}", "{r}:\n{m}", '{r}: "{m}"', "{m}\n\n{r}", "{r}\n\n{m}",
           '"{m}" {r}', "{r} - {m}", "Message: {m}\n{r}", "My text: {m}. {r}", "{m}. {r}")  # fmt: skip
_HEY = ("hey", "hi", "yo", "hey {p},", "hi {p},", "{p},", "hello", "listen,", "ok so")
_BYE = ("thx", "bye", "ok?", "cheers", "see ya", "asap", "just saying", "pls")
_DEAR = ("Dear {p},", "Dear {p},", "Good day {p},")
_WARM = ("Dear {p},", "Hello {p},", "Hi {p},")
_FORMAL_END = ("Kind regards", "Yours sincerely", "Best regards", "Thank you for your attention.")
_KIND_END = ("Warm regards", "With best wishes", "Have a nice day!", "Thank you and all the best!")


@dataclass(frozen=True, slots=True)
class Note:
    """The content of one message: what it wants, its slots and to whom it goes."""

    intents: tuple[Intent, ...]
    slots: tuple[dict[str, str], ...]
    to: str

    def values(self) -> list[str]:
        """What an answer must keep: slots that the note's own words really name."""
        return [s[k].removeprefix("the ") for i, s in zip(self.intents, self.slots, strict=True)
                for k in _used(i)]  # fmt: skip


def _used(intent: Intent) -> list[str]:
    return re.findall(r"\{(\w)\}", intent.bullet)


def make_note(d: Draw, count: int) -> Note:
    intents = tuple(d.rng.sample(INTENTS, count))
    slots = tuple(
        {
            "t": d.pick((names.thing, _item))(d),
            "d": names.weekday(d) if d.chance(0.6) else names.date(d),
            "k": names.clock(d),
            "a": names.amount(d),
            "c": names.code(d),
            "p": names.first_name(d),
            "l": names.place(d),
        }
        for _ in intents
    )
    return Note(intents, slots, names.first_name(d))


def _item(d: Draw) -> str:
    nouns = (
        "report|meeting|contract|invoice|list|plan|draft|budget|offer|schedule|file|key|slides|"
        "photo|form|letter|workshop|party|interview|team lunch|training|call|review|project|"
        "survey|song|cake|poster|budget meeting|price list|order form|test|exam|trip"
    )
    noun = names.noun(d, nouns.split("|"))
    roll = d.rng.random()
    if roll < 0.4:
        return f"the {noun}"
    return (
        f"the {d.pick(names.ADJECTIVES)} {noun}"
        if roll < 0.6
        else f"the {names.made_word(d)} {noun}"
    )


def informal(d: Draw, note: Note) -> str:
    parts = [d.tell(i.informal, **s) for i, s in zip(note.intents, note.slots, strict=True)]
    parts = [d.pick(_HEY).format(p=note.to) if d.chance(0.5) else "", *parts]
    if d.chance(0.3):
        parts.append(d.pick(_BYE))
    return _sentences(d, [p for p in parts if p])


def _sentences(d: Draw, parts: list[str]) -> str:
    text = parts[0]
    for part in parts[1:]:
        text += (" " if text.endswith(",") else d.pick((", ", ". ", " and "))) + part
    return text


def write(d: Draw, note: Note, voice: str, style: Style) -> str:
    """The note in a voice. A bare note with no greeting is as right as a whole letter."""
    if voice == "bullets" or (style.bullets and voice != "short"):
        return as_bullets(*_bullets(d, note, voice))
    lines = [
        fill(d.pick(_lines(i, voice, style)), **s)
        for i, s in zip(note.intents, note.slots, strict=True)
    ]
    body = join(*(capitalise(line) for line in lines))
    if voice == "short" or style.length == "terse":
        return body
    head = d.pick(_DEAR if voice == "formal" else _WARM).format(p=note.to)
    end = d.pick(_FORMAL_END if voice == "formal" else _KIND_END)
    named = bool(note.to)
    if style.length == "normal":
        return join(head, body) if named else body
    return join(head if named else "", body, end)


def _lines(intent: Intent, voice: str, style: Style) -> tuple[str, ...]:
    if voice == "formal":
        return intent.formal
    return intent.kind if voice == "kind" else intent.short


def _bullets(d: Draw, note: Note, voice: str) -> list[str]:
    if voice in ("formal", "kind"):
        return [
            capitalise(fill(d.pick(_lines(i, voice, Style())), **s))
            for i, s in zip(note.intents, note.slots, strict=True)
        ]
    return [
        f"{i.label}: {i.bullet.format(**s)}" for i, s in zip(note.intents, note.slots, strict=True)
    ]


def checks_for(note: Note, voice: str, source: str, answer_words: int) -> tuple[Check, ...]:
    need = [checks.contains_all(*note.values()), checks.no_new_values(source)]
    if voice == "formal":
        need += [checks.contains_any(*FORMAL_MARKS), checks.contains_none(*INFORMAL_MARKS)]
    elif voice == "kind":
        need += [checks.contains_any(*KIND_MARKS), checks.contains_none(*INFORMAL_MARKS)]
    elif voice == "short":
        need += [checks.max_words(max(answer_words + 4, 14)), checks.contains_none(*INFORMAL_MARKS)]
    else:
        need.append(checks.bullets(len(note.intents), len(note.intents) + 2))
    return tuple(need)


def rewrite(d: Draw, style: Style) -> Task:
    note = make_note(d, d.pick((1, 1, 2, 2, 3)))
    voice = d.pick(VOICES)
    message = informal(d, note)
    if note.to not in message:
        note = Note(note.intents, note.slots, "")
    user = d.phrase(_FRAMES).format(r=d.say(_REQUESTS[voice]).rstrip("?."), m=message)
    return _task(d, note, voice, user, style, f"rewrite_{voice}")


def _task(d: Draw, note: Note, voice: str, user: str, style: Style, kind: str) -> Task:
    answer = write(d, note, voice, style)
    source = user + " " + " ".join(v for s in note.slots for v in s.values())
    need = checks_for(note, voice, source, len(answer.split()))
    follow = tuple(_Again(note, v) for v in VOICES if v != voice)
    return Task(kind, user, answer, need, follow)


_AGAIN: dict[str, tuple[str, ...]] = {
    "formal": ("[more formal|formal now] please", "now formal", "make it [formal|professional]",
               "[and|now] for my boss", "too casual", "sound more professional"),
    "kind": ("[kinder|friendlier|nicer|more polite] please", "now [kind|friendly|kindly]",
             "make it [kind|friendlier|nicer|more polite]", "too cold", "a bit warmer",
             "[say|put] it nicely"),
    "short": ("[shorter|shorter please]", "make it shorter", "too long", "[cut|trim] it down",
              "in fewer words", "[now|and] in short"),
    "bullets": ("as bullets", "[now|and] as bullet points", "make it a list", "as a list please",
                "bullets please", "put it into bullets"),
}  # fmt: skip


class _Again:
    """The same note in another voice."""

    def __init__(self, note: Note, voice: str) -> None:
        self.note, self.voice = note, voice

    def __call__(self, d: Draw, style: Style) -> Task:
        user = d.nudge(_AGAIN[self.voice])
        source = " ".join((self.note.to, *(v for s in self.note.slots for v in s.values())))
        task = _task(d, self.note, self.voice, user, style, f"follow_{self.voice}")
        return Task(task.kind, task.user, task.answer,
                    checks_for(self.note, self.voice, source, len(task.answer.split())),
                    task.follow_ups)  # fmt: skip
