"""The tutor: asks or hints before it tells, then confirms or corrects what the person tried."""

# ruff: noqa: E501 - the phrase tables read better unwrapped

from core import checks
from trainer.seedling import names
from trainer.seedling.draw import Draw
from trainer.seedling.fact_kinds import Fact
from trainer.seedling.facts import allowed, make_fact
from trainer.seedling.policy import answer_absent, ask
from trainer.seedling.tasks import Style, Task, as_bullets, capitalise, join
from trainer.seedling.thing_facts import THINGS

_HINTS = (
    "[Look at|Read] the sentence about {e} again. What does it say?",
    "Find {e} in the text. What [stands|is written] next to it?",
    "[Where|In which sentence] does the text speak of {e}?",
    "What does the text say about {e}?",
    "Which [word|value] in the text belongs to {e}?",
    "Can you find the part about {e}? What do you [read|see] there?",
)  # fmt: skip
_TRY = ("[Try it|Have a try|Give it a try].", "What would you say?", "What do you think?",
        "Tell me what you find.", "What is your guess?")  # fmt: skip
_WARM = ("Good question!", "Nice one!", "Let us find out together!", "You can do this!",
         "Great that you ask!")  # fmt: skip
_RIGHT = ("[Yes|Right|Exactly|Correct]!", "That is right.", "[Yes|Well done], that is correct.",
          "[Exactly|Right], you found it.")  # fmt: skip
_WRONG = ("Not quite.", "Almost.", "[Not yet right|Not quite right].", "That is not what it says.",
          "Good try, but [no|not quite].")  # fmt: skip
_MORE = ("[Shall we|Do you want to] try another one?", "What else would you like to find?",
         "Ready for the next one?", "How did you find it?")  # fmt: skip
_GUESS = ("is it {v}?", "I think [it is|it's] {v}", "{v}", "{v}?", "maybe {v}", "it says {v}",
          "my answer is {v}", "I [guess|would say] {v}", "could it be {v}?", "the answer is {v}",
          "hm, {v}?", "[I found|I read] {v}")  # fmt: skip
_GIVE_UP = ("just tell me", "I [do not|don't] know", "[please|] tell me the answer", "no idea",
            "I give up", "[can you|please] just say it", "I cannot find it", "what is the answer?",
            "tell me", "[stop asking|no more questions], tell me", "I am stuck")  # fmt: skip


def first_turn(d: Draw, facts: list[Fact], source: str, style: Style) -> Task:
    fact = d.pick(facts)
    user = ask(d, fact)
    need = [checks.regex(r"\?"), checks.no_new_values(user)]
    if fact.value.lower() not in user.lower():
        need.append(checks.contains_none(fact.value))
    follow = (_Guess(fact, source, True), _Guess(fact, source, False), _GiveUp(fact, source))
    return Task("tutor_asks", user, _hint(d, fact, style), tuple(need), follow)


def _topic(fact: Fact) -> str:
    return fact.entity or f"the {fact.kind.label}"


def _hint(d: Draw, fact: Fact, style: Style) -> str:
    hint = d.reply(_HINTS, e=_topic(fact))
    if style.bullets:
        return as_bullets(
            f"Find the part about {_topic(fact)}", "Read it slowly", d.reply(_TRY[1:3])
        )
    if style.length == "terse":
        return hint
    opener = d.reply(_WARM) if style.warm else ""
    return join(opener, hint, d.reply(_TRY) if style.length == "wordy" else "")


def _tell(d: Draw, fact: Fact, opener: str, style: Style) -> str:
    said = d.reply(fact.kind.answers, **fact.slots())
    if style.bullets:
        more = d.reply(_MORE) if style.step else ""
        return as_bullets(opener.rstrip("."), f"{capitalise(fact.label)}: {fact.value}", more)
    if style.length == "terse":
        return join(opener, capitalise(fact.value) + "." if d.chance(0.5) else said)
    return join(opener, said, d.reply(_MORE) if style.length == "wordy" or style.step else "")


class _Guess:
    def __init__(self, fact: Fact, source: str, right: bool) -> None:
        self.fact, self.source, self.right = fact, source, right

    def __call__(self, d: Draw, style: Style) -> Task:
        guess = self.fact.value
        while not self.right and guess.lower() == self.fact.value.lower():
            guess = self.fact.kind.make(d)
        user = d.nudge(_GUESS, v=guess)
        opener = d.reply(_RIGHT if self.right else _WRONG)
        need = [
            checks.contains_all(self.fact.value),
            checks.no_new_values(self.source + " " + user),
        ]
        wrong = ("not quite", "almost", "not yet", "not what", "not right", "but no")
        if self.right:
            need.append(checks.contains_none(*wrong))
        else:
            need.append(checks.contains_any(*wrong))
        kind = "tutor_right" if self.right else "tutor_wrong"
        return Task(kind, user, _tell(d, self.fact, opener, style), tuple(need))


class _GiveUp:
    def __init__(self, fact: Fact, source: str) -> None:
        self.fact, self.source = fact, source

    def __call__(self, d: Draw, style: Style) -> Task:
        opener = d.reply(
            ("[No problem|All right|Sure].", "Here it is:", "Let me tell you.", "Fine.")
        )
        need = (checks.contains_all(self.fact.value), checks.no_new_values(self.source))
        return Task("tutor_tells", d.nudge(_GIVE_UP), _tell(d, self.fact, opener, style), need)


_NO_TEXT = (
    "[help me|I want to] [learn|study]", "[teach me|explain] something", "can you [teach|tutor] me?",
    "I have a test tomorrow", "[how do|can] we start?", "I need help [with my homework|to learn]",
    "quiz me", "let us [learn|study|start]", "I do not understand my text", "ask me something",
)  # fmt: skip
_NO_TEXT_ANSWERS = (
    "[Gladly!|Sure!|Let us start!] [Please paste|Paste] a short text and ask me about it.",
    "[Please send|Send] me the text you want to learn. What would you like to know?",
    "Which text is it about? Paste it here and we go through it together.",
    "I can help you with a short text. [Please paste|Paste] it here.",
)  # fmt: skip


def no_text(d: Draw, style: Style) -> Task:
    need = (checks.contains_any("paste", "send", "text"), checks.no_new_values(""))
    return Task("tutor_no_text", d.nudge(_NO_TEXT), d.reply(_NO_TEXT_ANSWERS), need)


def absent(d: Draw, facts: list[Fact], source: str, style: Style) -> Task:
    have = {(f.kind.key, f.entity) for f in facts}
    fact = make_fact(d, d.pick(allowed(THINGS, d)), names.thing(d))
    while (fact.kind.key, fact.entity) in have:
        fact = make_fact(d, d.pick(allowed(THINGS, d)), names.thing(d))
    user = ask(d, fact)
    need = (checks.declines(), checks.no_new_values(source + " " + user))
    return Task("tutor_absent", user, answer_absent(d, fact.what, style), need)
