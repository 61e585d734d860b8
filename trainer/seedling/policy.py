"""Questions about a policy excerpt: facts that are there, facts that are not, next steps, limits.

An answer may only carry values of the excerpt; a fact that is not there is admitted.
"""

# ruff: noqa: E501 - the phrase tables read better unwrapped

import json
import re

from core import checks
from core.checks import Check
from trainer.seedling import names
from trainer.seedling.draw import Draw
from trainer.seedling.fact_kinds import Fact
from trainer.seedling.facts import allowed, make_fact
from trainer.seedling.shop_facts import SHOP
from trainer.seedling.tasks import Style, Task, as_bullets, capitalise, join
from trainer.seedling.thing_facts import THINGS

OPENERS = (
    "Happy to help!", "Of course!", "Thanks for asking!", "Good question!", "Gladly!",
    "Sure, happy to help.", "Thank you for your question.",
)  # fmt: skip
CLOSERS = (
    "[Is there|Can I help with] anything else?", "If you need anything else, just ask.",
    "[Shall|Should] I help you with the next step?", "Let me know if you have more questions.",
    "I am happy to help with the next step.",
)  # fmt: skip
PADDING = (
    "That is what the {t} says.", "This is stated in the {t}.", "I found this in the {t}.",
    "The {t} is clear about that.",
)  # fmt: skip
ABSENT = (
    "The {t} [does not|doesn't] say {w}.", "[I am sorry|I'm sorry], but the {t} does not say {w}.",
    "The {t} does not mention {w}.", "I [do not|don't] know {w}: the {t} [does not|doesn't] say.",
    "Sorry, the {t} [does not|doesn't] tell {w}.",
)  # fmt: skip
ABSENT_SHORT = (
    "The {t} does not say.", "The {t} [doesn't|does not] mention that.", "That is not in the {t}.",
)  # fmt: skip
ABSENT_PAD = (
    "I do not want to guess.", "I can only answer from the {t}.",
    "I would rather not guess.",
)  # fmt: skip
ABSENT_STEP = (
    "I can [ask|check with] the team [for you|if you like].",
    "[Please ask|You could ask] our team about it.",
    "Shall I pass your question on to the team?",
    "[The best next step is|Next step:] ask the team directly.",
    "I can pass your question on.",
)  # fmt: skip
SORRY = ("I am sorry!", "Thanks for asking!", "Good question!", "Thank you for asking.")
POLITE = ("please", "thank", "happy", "glad", "sorry", "welcome", "of course", "kind")

_WRAPS = (
    "{q}", "{q}", "{q}", "{q}", "{q}", "{q}", "Hi, {q}", "Hello! {q}", "Please tell me: {q}",
    "Quick question: {q}", "{q} Thanks!", "{q} Please help.", "One question. {q}", "Hey, {q}",
    "I wonder, {q}", "Sorry to bother you. {q}", "My question: {q}", "I need to know: {q}",
    "According to the text, {q}", "Good morning, {q}", "And {q}", "ok and {q}", "{q} Thank you",
)  # fmt: skip


def term(d: Draw) -> str:
    return d.pick(("policy", "policy", "excerpt", "excerpt", "text"))


def ask(d: Draw, fact: Fact) -> str:
    question = d.say(fact.kind.questions, **fact.slots())
    wrap = d.phrase(_WRAPS)
    return wrap.format(q=question)


def answer_present(d: Draw, fact: Fact, style: Style) -> str:
    said = d.reply(fact.kind.answers, **fact.slots())
    value = capitalise(fact.value)
    step = d.reply((*fact.kind.steps, *CLOSERS)) if style.step else ""
    if style.bullets:
        first = f"{capitalise(fact.label)}: {fact.value}"
        return as_bullets(first, step.rstrip(".") if step else "")
    if style.length == "terse" and not style.warm:
        return join(value + "." if d.chance(0.6) else said, step if d.chance(0.3) else "")
    opener = d.reply(OPENERS) if style.warm else ""
    pad = d.reply(PADDING, t=term(d)) if style.length == "wordy" else ""
    return join(opener, said, pad, step)


def answer_absent(d: Draw, what: str, style: Style) -> str:
    t = term(d)
    step = d.reply(ABSENT_STEP) if style.step or d.chance(0.2) else ""
    if style.bullets:
        return as_bullets(d.reply(ABSENT[:3], t=t, w=what), step or d.reply(ABSENT_PAD, t=t))
    if style.length == "terse":
        said = d.reply(ABSENT_SHORT if not style.warm else ABSENT, t=t, w=what)
        return join(said, step if style.step else "")
    opener = d.reply(SORRY) if style.warm else ""
    pad = d.reply(ABSENT_PAD, t=t) if style.length == "wordy" else ""
    return join(opener, d.reply(ABSENT, t=t, w=what), pad, step)


def present(d: Draw, facts: list[Fact], source: str, style: Style) -> Task:
    fact = d.pick(facts)
    user = ask(d, fact)
    return Task(
        "policy_present", user, answer_present(d, fact, style),
        (checks.contains_all(fact.value), checks.no_new_values(source + " " + user)),
        follow_ups_of(fact, source),
    )  # fmt: skip


def two(d: Draw, facts: list[Fact], source: str, style: Style) -> Task:
    first, second = d.rng.sample(facts, 2)
    one, other = (d.say(f.kind.questions, **f.slots()).rstrip("?.") for f in (first, second))
    user = f"{one}, and {other[:1].lower()}{other[1:]}?"
    if style.bullets:
        answer = as_bullets(*(f"{capitalise(f.label)}: {f.value}" for f in (first, second)))
    else:
        said = [d.reply(f.kind.answers, **f.slots()) for f in (first, second)]
        opener = d.reply(OPENERS) if style.warm else ""
        answer = join(opener, *said, d.reply(CLOSERS) if style.step else "")
    return Task(
        "policy_two", user, answer,
        (checks.contains_all(first.value, second.value), checks.no_new_values(source)),
    )  # fmt: skip


def absent_fact(d: Draw, facts: list[Fact], near: bool) -> Fact:
    """A fact the excerpt lacks. Near: its kind or its thing is there, but not together."""
    have = {(f.kind.key, f.entity) for f in facts}
    about = [f for f in facts if f.entity]
    while True:
        if near and about:
            known = d.pick(about)
            if d.chance(0.5):
                fact = make_fact(d, d.pick(allowed(THINGS, d)), known.entity)
            else:
                fact = make_fact(d, known.kind, names.thing(d))
        elif d.chance(0.6):
            fact = make_fact(d, d.pick(allowed(SHOP, d)))
        else:
            fact = make_fact(d, d.pick(allowed(THINGS, d)), names.thing(d))
        if (fact.kind.key, fact.entity) not in have and not _confusable(fact, facts):
            return fact


_SAME = ({"returns", "exchange"}, {"hours", "open"}, {"length", "open"}, {"day", "open"},
         {"deadline", "notice"}, {"shipping_cost", "free_shipping"}, {"email", "phone"},
         {"deadline", "day"})  # fmt: skip


def _confusable(fact: Fact, facts: list[Fact]) -> bool:
    """Whether a fair reader might find an answer in the excerpt after all."""
    return any(
        {fact.kind.key, f.kind.key} in _SAME and f.entity in ("", fact.entity) for f in facts
    )


def absent(d: Draw, facts: list[Fact], source: str, style: Style) -> Task:
    near = d.chance(0.6)
    fact = absent_fact(d, facts, near)
    user = ask(d, fact)
    kind = "policy_near_miss" if near and fact.entity else "policy_absent"
    return Task(
        kind, user, answer_absent(d, fact.what, style),
        (checks.declines(), checks.no_new_values(source + " " + user)),
        (_absent_shorter, _absent_polite(fact)),
    )  # fmt: skip


_LIST = (
    "[make|give me|write] {n} bullets [of|from] [this|the policy|the text]",
    "[list|show] {n} [points|facts] from [the policy|the text|it] as bullets",
    "[summarise|sum up] [the policy|this|the excerpt] in {n} bullet points",
    "the {n} [main|most important] points [as a list|as bullets], please",
    "what does [the policy|it] say? {n} bullets please",
    "turn [this|the policy|the text] into {n} bullet points",
    "put [this|the policy] into a list of {n}",
    "{n} bullet points [on|about] [the policy|this text]",
    "[please|can you] list {n} [things|points] from [the text|the excerpt]",
    "I need {n} bullets from [this|the policy]",
)


def bullet_list(d: Draw, facts: list[Fact], source: str, style: Style) -> Task:
    n = d.rng.randint(2, min(len(facts), 6))
    number = str(n) if d.chance(0.6) else ("two", "three", "four", "five", "six")[n - 2]
    user = d.say(_LIST, n=number)
    if style.length == "wordy":
        items = [d.reply(f.kind.answers, **f.slots()) for f in facts[:n]]
    else:
        items = [f"{capitalise(f.label)}: {f.value}" for f in facts[:n]]
    need = (checks.bullets(n, n), checks.contains_any(*(f.value for f in facts)))
    return Task("policy_bullets", user, as_bullets(*items), (*need, checks.no_new_values(source)))


_LIMITS = (
    "{q} [in|with] one sentence", "{q} one sentence [only|please]", "in one sentence: {q}",
    "{q} [under|in under|in less than] {n} words", "in [at most|max] {n} words: {q}",
    "{q} [keep it|make it|be] [short|brief]", "[briefly|in short|shortly]: {q}",
    "{q} just the [answer|value]", "answer [briefly|in a few words]: {q}",
    "{q} no more than {n} words", "{q} [short answer|quick answer] please",
)  # fmt: skip


def limited(d: Draw, facts: list[Fact], source: str, style: Style) -> Task:
    fact = d.pick(facts)
    frame = d.phrase(_LIMITS)
    high = d.rng.randint(10, 16)
    user = frame.format(q=d.say(fact.kind.questions, **fact.slots()), n=high)
    said = d.reply(fact.kind.answers, **fact.slots())
    answer = said if d.chance(0.6) or "sentence" in frame else capitalise(fact.value) + "."
    limit = max_words_for(answer, high if "{n}" in frame else 15)
    return Task(
        "policy_limited", user, answer,
        (checks.contains_all(fact.value), limit, checks.no_new_values(source)),
    )  # fmt: skip


def max_words_for(answer: str, wanted: int) -> Check:
    # Long entity names can exceed a short limit by their own; the limit then gives way.
    return checks.max_words(max(wanted, len(answer.split())))


_NEXT = (
    "what [should|do|must] I do [next|now]?", "what is the next step?", "and now?",
    "what happens [next|now]?", "how do I go on?", "what [else|] do you need from me?",
    "ok, what can I do now?", "what's next?", "how do [I|we] proceed?", "next step?",
)  # fmt: skip
_NEXT_ANSWERS = (
    "[Please send|Send] us your order number[.|, and we will take care of it.]",
    "The next step is to send us your order number[.| and a short note.]",
    "Next, write to the team with your order number.",
    "Send us [a short message|your question] with your order number and [we will help|we take it from there].",
)  # fmt: skip


def next_step(d: Draw, style: Style) -> Task:
    answer = d.reply(_NEXT_ANSWERS)
    if style.bullets:
        answer = as_bullets("Find your order number", "Send it to the team", "Wait for our reply")
    if style.length == "wordy" and not style.bullets:
        answer = join(answer, d.reply(("We will reply soon.", "Then we will look into it.")))
    if style.warm:
        answer = join(d.reply(OPENERS), answer) if not style.bullets else answer
    need = checks.contains_any("send", "write", "ask", "contact", "tell")
    return Task("next_step", d.nudge(_NEXT), answer, (need, checks.no_new_values("")))


# Follow-ups ------------------------------------------------------------------------------------

_SHORTER = ("[shorter|shorter please|make it shorter]", "[can you|please] make that shorter",
            "[too long|that is too long]", "[in short|in brief]?", "[briefer|more briefly] please",
            "just the answer", "cut it down", "[say|tell] it in fewer words",
            "give me the short version", "tl;dr")  # fmt: skip
_BULLETS = ("as bullets", "[please|can you] make [that|it] a list", "[in|as] bullet points please",
            "bullet points?", "[turn|put] [that|it] into bullets", "list it",
            "[show|give] me [that|it] as a list", "use bullets")  # fmt: skip
_JSON = ("as json", "[give|show] [me|] [that|it] as JSON", "[in|as] JSON please", "JSON?",
         "[can you|please] [turn|put] [that|it] into JSON", "I need [that|it] in JSON",
         "convert it to JSON", "same as JSON")  # fmt: skip
_KINDER = ("[more polite|politer|friendlier|nicer] please", "[can you|please] say [that|it] [kindly|politely]",
           "be [nicer|kinder|more polite]", "[make|say] it friendlier", "more politely",
           "that sounds [cold|rude]", "a bit [warmer|kinder], please",
           "say it in a kinder way")  # fmt: skip
_LONGER = ("[longer|more] please", "[can you|please] say [more|it in more words]",
           "[in a full|as a full] sentence", "more detail[s|], please", "write it out",
           "a bit longer", "explain a little more")  # fmt: skip


def json_key(label: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")


def follow_ups_of(fact: Fact, source: str) -> tuple[
    "_Follow", "_Follow", "_Follow", "_Follow", "_Follow"
]:  # fmt: skip
    return tuple(_Follow(fact, source, name) for name in _FOLLOW)  # type: ignore[return-value]


_FOLLOW = ("shorter", "bullets", "json", "polite", "longer")


class _Follow:
    """A follow-up on one present fact; called with the draw and the style of its answer."""

    def __init__(self, fact: Fact, source: str, name: str) -> None:
        self.fact, self.source, self.name = fact, source, name

    def __call__(self, d: Draw, style: Style) -> Task:
        fact = self.fact
        said = d.reply(fact.kind.answers, **fact.slots())
        need: list[Check] = [checks.contains_all(fact.value), checks.no_new_values(self.source)]
        if self.name == "shorter":
            answer = capitalise(fact.value) + "." if d.chance(0.7) else said
            need.append(max_words_for(answer, 12))
            user = d.nudge(_SHORTER)
        elif self.name == "bullets":
            step = d.reply((*fact.kind.steps, *CLOSERS)).rstrip(".") if style.step else ""
            answer = as_bullets(f"{capitalise(fact.label)}: {fact.value}", step)
            need.append(checks.bullets(1, 4))
            user = d.nudge(_BULLETS)
        elif self.name == "json":
            answer = json.dumps({json_key(fact.label): fact.value})
            need.append(checks.regex(r"^\{[\s\S]*\}$"))
            user = d.nudge(_JSON)
        elif self.name == "polite":
            answer = join(d.reply(OPENERS), said, d.reply(CLOSERS) if style.step else "")
            need.append(checks.contains_any(*POLITE, "good question", "sure"))
            user = d.nudge(_KINDER)
        else:
            answer = join(said, d.reply(PADDING, t=term(d)), d.reply(CLOSERS))
            need.append(checks.min_words(8))
            user = d.nudge(_LONGER)
        return Task(
            f"follow_{self.name}", user, answer, tuple(need), follow_ups_of(fact, self.source)
        )


def _absent_shorter(d: Draw, style: Style) -> Task:
    answer = d.reply(ABSENT_SHORT, t=term(d))
    need = (checks.declines(), checks.max_words(12), checks.no_new_values(""))
    return Task("follow_shorter", d.nudge(_SHORTER), answer, need)


def _absent_polite(fact: Fact) -> "_AbsentPolite":
    return _AbsentPolite(fact)


class _AbsentPolite:
    def __init__(self, fact: Fact) -> None:
        self.fact = fact

    def __call__(self, d: Draw, style: Style) -> Task:
        said = d.reply(ABSENT, t=term(d), w=self.fact.what)
        answer = join(d.reply(SORRY), said, d.reply(ABSENT_STEP))
        need = (checks.declines(), checks.contains_any(*POLITE, "good question"))
        return Task("follow_polite", d.nudge(_KINDER), answer, need)
