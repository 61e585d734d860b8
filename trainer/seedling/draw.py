"""Seeded choices with whole phrasings and whole contents held out.

A phrasing or a content belongs to a split by its own hash, so no list of held-out things has to
be kept: training never draws what the held-out splits draw.
"""

import random
import re
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Literal, TypeVar

Split = Literal["train", "new_content", "new_phrasing"]
SPLITS: tuple[Split, ...] = ("train", "new_content", "new_phrasing")

_T = TypeVar("_T")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"(\{\w+\})")
_PHRASE_RATE = 5
_NUDGES = (
    "ok, {t}", "Hm, {t}", "and {t}", "Thanks. {t}", "{t}, thanks", "Great, {t}", "sorry, {t}",
    "{t} please", "Now {t}", "one more thing: {t}", "I mean {t}", "{t}!", "well, {t}", "fine. {t}",
    "Good. {t}", "hey, {t}", "{t} :)", "Nice, but {t}", "yes, {t}", "I see, {t}", "OK {t}",
    "so, {t}", "ah, {t}", "oh, {t}", "alright, {t}", "[cool|super|perfect], {t}", "Got it. {t}",
    "Understood. {t}", "Thank you! {t}", "right, {t}", "um, {t}", "hmm... {t}", "wait, {t}",
    "no, {t}", "but {t}", "actually, {t}", "also, {t}", "oh and {t}", "listen, {t}", "look, {t}",
    "let me see, {t}", "by the way, {t}", "before I forget: {t}", "last thing: {t}",
    "quick one: {t}", "{t} pls", "{t}...", "{t}!!", "{t} thx", "{t} sorry", "{t} :-)",
    "[honestly|to be honest], {t}", "aha, {t}", "I am back. {t}", "interesting. {t}",
    "[fair enough|makes sense], {t}", "That helps. {t}", "let me think. {t}", "anyway, {t}",
    "again: {t}", "excuse me, {t}", "what I want to say: {t}", "you know what, {t}",
)  # fmt: skip
_CONTENT_RATE = 8
_LOOSE_RATE = 0.25
_LOOSE: dict[str, tuple[str, ...]] = {
    "how do i": ("how can i", "how would i", "how could i", "how should i", "how does one"),
    "how can i": ("how do i", "how could i", "any way i can", "is there a way i can"),
    "what is": ("what's", "whats", "tell me", "do you know", "can you tell me"),
    "what are": ("tell me", "which are", "do you know"),
    "can i": ("could i", "may i", "am i able to", "is it ok if i"),
    "can you": ("could you", "would you", "will you", "can u", "are you able to"),
    "please": ("pls", "plz", "kindly", "if you can,"),
    "i want to": ("i'd like to", "i would like to", "i wanna", "i need to", "i plan to"),
    "i need": ("i want", "i require", "i'm looking for", "we need"),
    "i would like": ("i'd like", "i want", "i wish"),
    "do not": ("don't", "dont"),
    "does not": ("doesn't", "doesnt"),
    "cannot": ("can't", "cant", "can not"),
    "i am": ("i'm", "im"),
    "it is": ("it's", "its"),
    "give me": ("hand me", "get me", "show me", "i'd like"),
    "tell me": ("let me know", "say", "explain to me"),
    "where is": ("where's", "wheres", "where can i find", "where do i find"),
    "when is": ("when's", "at what time is", "do you know when is"),
    "is there": ("do you have", "do i get", "are there", "would there be"),
    "help me": ("assist me to", "help me to", "give me a hand to"),
    "you": ("you", "u", "ya"),
    "message": ("note", "mail", "text", "msg"),
    "maybe": ("perhaps", "possibly", "probably"),
    "something": ("anything", "a thing", "some thing", "sth"),
    "really": ("actually", "truly"),
    "because": ("since", "as", "cause"),
    "ok": ("okay", "alright", "k", "right"),
}  # fmt: skip
"""What people say for one another, so that a phrasing is seldom met twice in the same words."""
_ANY_LOOSE = "|".join(sorted(_LOOSE, key=len, reverse=True))
_LOOSE_WORDS = re.compile(rf"(?<![\w{{'])({_ANY_LOOSE})(?![\w}}'])", re.IGNORECASE)


def _hash(text: str) -> int:
    return zlib.crc32(text.encode())


def is_held_phrase(skeleton: str) -> bool:
    return _hash(skeleton) % _PHRASE_RATE == 0


def is_held_content(key: str) -> bool:
    return _hash(key) % _CONTENT_RATE == 0


@cache
def split_phrases(options: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(known, held). A list of four or more always has at least one of each."""
    held = tuple(o for o in options if is_held_phrase(o))
    if not held and len(options) >= 4:
        held = (min(options, key=_hash),)
    known = tuple(o for o in options if o not in held)
    return (known or options), (held or options)


class Draw:
    """A random stream that belongs to one split."""

    def __init__(self, rng: random.Random, split: Split = "train") -> None:
        self.rng = rng
        self.split = split

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def pick(self, options: Sequence[_T]) -> _T:
        """Any option: for answers, styles and other things that no split holds out."""
        return options[int(self.rng.random() * len(options))]

    def phrase(self, options: Sequence[str]) -> str:
        """An option of this split, its [a|b] choices made."""
        known, held = split_phrases(tuple(options))
        return self.expand(self.pick(held if self.split == "new_phrasing" else known))

    def expand(self, skeleton: str) -> str:
        while "[" in skeleton:
            skeleton = _CHOICE.sub(lambda m: self.pick(m.group(1).split("|")), skeleton)
        return skeleton

    def content(self, make: Callable[[], _T], key: Callable[[_T], str] = str) -> _T:
        """A made thing whose hash belongs to this split."""
        want_held = self.split != "train"
        for _ in range(200):
            thing = make()
            if is_held_content(key(thing)) == want_held:
                return thing
        return thing

    def say(self, options: Sequence[str], **slots: str) -> str:
        """What a person types: a phrasing with typos and case of its own, then its slots."""
        return fill(self._roughen(self._loosen(self.phrase(options))), **slots)

    def nudge(self, options: Sequence[str], **slots: str) -> str:
        """A short ask inside a conversation, with the small words people put around one."""
        text = self.say(options, **slots)
        if self.chance(0.5):
            return text
        frame = self.phrase(_NUDGES)
        return frame.format(t=text if frame.startswith("{t}") else text[:1].lower() + text[1:])

    def tell(self, options: Sequence[str], **slots: str) -> str:
        """A clean sentence of any phrasing of this split."""
        return fill(self.phrase(options), **slots)

    def reply(self, options: Sequence[str], **slots: str) -> str:
        """The assistant's own words: never held out, never rough."""
        return fill(self.expand(self.pick(options)), **slots)

    def _loosen(self, text: str) -> str:
        def other(match: re.Match[str]) -> str:
            said = match.group()
            if not self.chance(_LOOSE_RATE):
                return said
            word = self.pick(_LOOSE[said.lower()])
            return word[:1].upper() + word[1:] if said[0].isupper() else word

        return _LOOSE_WORDS.sub(other, text)

    def _roughen(self, text: str) -> str:
        roll = self.rng.random()
        if roll < 0.25:
            text = text[:1].lower() + text[1:]
        elif roll < 0.80:
            text = text[:1].upper() + text[1:]
        if self.chance(0.15):
            text = text.rstrip("?.!")
        if self.chance(0.10):
            text = self._misspell(text)
        return text

    def _misspell(self, text: str) -> str:
        parts = _SLOT.split(text)
        spots = [i for i, p in enumerate(parts) if not p.startswith("{") and len(p) > 6]
        if not spots:
            return text
        i = self.pick(spots)
        words = parts[i].split(" ")
        long = [j for j, w in enumerate(words) if len(w) > 4 and w.isalpha()]
        if not long:
            return text
        j = self.pick(long)
        k = self.rng.randrange(1, len(words[j]) - 2)
        word = words[j]
        if self.chance(0.5):
            words[j] = word[:k] + word[k + 1] + word[k] + word[k + 2 :]
        else:
            words[j] = word[:k] + word[k + 1 :]
        parts[i] = " ".join(words)
        return "".join(parts)


def fill(template: str, **slots: str) -> str:
    """Puts slots in and starts each sentence with a capital where the template starts one."""
    starts_upper = template[:1].isupper() or template.startswith("{")
    text = template.format(**slots)
    return text[:1].upper() + text[1:] if starts_upper else text
