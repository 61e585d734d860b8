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
_SAID = ("You said {v}.", "Your answer: {v}.", "You found {v}.", "You say {v}.")
_RIGHT = ("[Yes|Right|Exactly|Correct]!", "[Yes|Exactly], that is [right|correct].",
          "[Right|Correct], you found it.", "[Yes|Correct], well done.")  # fmt: skip
_WRONG = ("Not quite.", "Almost.", "[Not yet right|Not quite right].", "Not what it says.",
          "[Almost|Not quite], good try.")  # fmt: skip
_RIGHT_MARKS = ("yes", "right", "exactly", "correct", "well done")
WRONG_MARKS = ("not quite", "almost", "not yet", "not what", "not right", "but no")
_MORE = ("[Shall we|Do you want to] try another one?", "What else would you like to find?",
         "Ready for the next one?", "How did you find it?")  # fmt: skip
_GUESS = ("is it {v}?", "I think [it is|it's] {v}", "{v}", "{v}?", "maybe {v}", "it says {v}",
          "my answer is {v}", "I [guess|would say] {v}", "could it be {v}?", "the answer is {v}",
          "hm, {v}?", "[I found|I read] {v}",
          "{v}, [right|yes|isn't it|correct]?", "I am [quite|pretty|fairly] sure it is {v}", "my guess would be {v}",
          "not sure, but {v} maybe", "let me see ... {v}", "the text [tells|gives|mentions] {v}",
          "{v} if I read it right", "I would go for {v}", "it must be {v}", "was it {v}?",
          "I looked again and saw {v}", "it should be {v}", "does it say {v} there?", "so that would be {v}, no?",
          "I bet it is {v}", "there it is: {v}", "ah, {v}!", "in my opinion {v}", "in the text I see {v}",
          "I'd put down {v}", "next to it stands {v}", "the sentence ends with {v}, so I take that",
          "[probably|surely|perhaps] {v}", "after reading it twice I say {v}", "you want to hear {v}, I think",
          "my try: {v}", "as far as I can see, {v}", "{v} is what I [have|got|came up with]", "let me guess, {v}",
          "can it be that it is {v}?", "that one is easy, {v}", "I believe {v} is right",
          "{v} would be my [pick|choice|answer]", "would {v} be correct?",
          "{v} perhaps?", "{v} obviously", "{v}, I hope", "{v} of course", "[wild guess|first guess|new guess]: {v}",
          "I'll say {v}", "I choose {v}", "I settle on {v}", "put me down for {v}", "I wrote down {v}",
          "[isn't|wasn't] it {v}?", "is {v} what you are after?", "is {v} the right answer?",
          "have I got it right with {v}?", "{v}, did I get it?", "does {v} fit?", "do you mean {v}?", "might be {v}",
          "that might well be {v}", "it looks like {v} to me", "seems to be {v}", "my eyes fell on {v}",
          "I can read {v} there", "here stands {v}", "there is {v} written", "found it, {v}", "got it! {v}",
          "oh wait, {v}", "eh, {v}, or am I wrong?", "correct me if I am wrong, but {v}",
          "I could be mistaken, yet I say {v}", "I'm torn, but I take {v}", "without looking, {v}",
          "from memory: {v}", "if I remember well it is {v}", "I recall {v}", "I understood {v}", "for me it is {v}",
          "to my mind it is {v}", "the right one is {v}, no doubt", "definitely {v}", "hopefully {v}",
          "let's try {v}", "what about {v}?", "how about {v}?", "{v}, final answer", "it has to be {v}, what else",
          "no doubt {v}", "answer: {v}", "they write {v}", "the author says {v}", "somewhere it said {v}")  # fmt: skip
_GIVE_UP = ("just tell me", "I [do not|don't] know", "[please|] tell me the answer", "no idea",
            "I give up", "[can you|please] just say it", "I cannot find it", "what is the answer?",
            "tell me", "[stop asking|no more questions], tell me", "I am stuck",
            "[sorry, |]I have no clue", "you tell me", "I have looked everywhere, what does it say?",
            "this is too [hard|difficult] for me", "can you show me the answer?", "I do not see it",
            "enough hints, say it", "I am lost here", "just give me the answer [please|already|now]", "beats me",
            "not the faintest clue", "I would rather hear it from you", "I have no time for riddles, just answer",
            "what is the [solution|right answer]?", "could you reveal it?", "I quit, what does it say?", "come on, say it",
            "dunno", "I really can't work it out", "my head hurts, please tell me", "you win, I can't do it",
            "I read it three times and still do not get it", "do not make me search, tell me", "I surrender",
            "it is nowhere to be found for me", "skip the hints and answer me", "I can't guess that",
            "no, I do not know that one", "I need the answer, not a question",
            "my eyes are tired, please read it to me", "I don't understand where to look, please say it",
            "out with it", "let me off the hook and answer", "how should I know?", "I pass, tell me",
            "the answer would be more useful than a hint", "please solve it for me", "I tried and failed",
            "I don't want to guess",
          "idk", "no clue", "not a clue, sorry", "pass", "next, just tell me", "I haven't got a clue",
          "I have not the slightest idea", "nope, can't find it", "nothing found",
          "I searched but there is nothing I can see", "I looked and looked", "still nothing", "I'm clueless",
          "I'm at a loss", "my mind is blank", "too tricky", "that one is too much for me", "you got me there",
          "I'm out of ideas", "I have run out of guesses", "no more guessing please", "I am fed up with guessing",
          "stop the game and say it", "enough, what is it?", "spill it", "so what is it then?", "and the answer is?",
          "what would have been right?", "say the answer", "show me", "go ahead, you say it",
          "I'd prefer you to tell me", "could you tell me instead?", "would you mind just saying it?",
          "make it easy for me and tell me", "spare me the search", "please be so kind and reveal it",
          "I'm in a hurry, what's the answer?", "no time to look, tell me",
          "I can't read it well, what does it say?", "the text is too long for me, you find it",
          "I am too tired to look", "I am not good at this, tell me", "I won't get it anyway",
          "I throw in the towel", "that's it, I give in", "giving up here", "[ok|fine], you win",
          "quit the hints, I want the solution", "a straight answer would be nice", "don't ask back, answer",
          "why do you ask me? Just say it", "I asked you, so you answer")  # fmt: skip


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


def _tell(d: Draw, fact: Fact, style: Style, opener: str = "", *verdict: str) -> str:
    """The verdict follows what the text says: a small model judges what it has just written."""
    said = d.reply(fact.kind.answers, **fact.slots())
    if style.bullets:
        more = d.reply(_MORE) if style.step else ""
        value = f"{capitalise(fact.label)}: {fact.value}"
        return as_bullets(opener.rstrip("."), value, *(part.rstrip(".") for part in verdict), more)
    if style.length == "terse":
        return join(opener, capitalise(fact.value) + "." if d.chance(0.5) else said, *verdict)
    more = d.reply(_MORE) if style.length == "wordy" or style.step else ""
    return join(opener, said, *verdict, more)


class _Guess:
    def __init__(self, fact: Fact, source: str, right: bool) -> None:
        self.fact, self.source, self.right = fact, source, right

    def __call__(self, d: Draw, style: Style) -> Task:
        guess = self.fact.value
        while not self.right and guess.lower() == self.fact.value.lower():
            guess = self.fact.kind.make(d)
        user = d.nudge(_GUESS, v=guess)
        verdict = d.reply(_RIGHT if self.right else _WRONG)
        need = [
            checks.contains_all(self.fact.value),
            checks.no_new_values(f"{self.source} {user} {guess}"),
        ]
        if self.right:
            need += [checks.contains_any(*_RIGHT_MARKS), checks.contains_none(*WRONG_MARKS)]
        else:
            need.append(checks.contains_any(*WRONG_MARKS))
        kind = "tutor_right" if self.right else "tutor_wrong"
        answer = _tell(d, self.fact, style, "", d.reply(_SAID, v=guess), verdict)
        return Task(kind, user, answer, tuple(need))


class _GiveUp:
    def __init__(self, fact: Fact, source: str) -> None:
        self.fact, self.source = fact, source

    def __call__(self, d: Draw, style: Style) -> Task:
        opener = d.reply(
            ("[No problem|All right|Sure].", "Here it is:", "Let me tell you.", "Fine.")
        )
        need = (checks.contains_all(self.fact.value), checks.no_new_values(self.source))
        return Task("tutor_tells", d.nudge(_GIVE_UP), _tell(d, self.fact, style, opener), need)


_NO_TEXT = (
    "[help me|I want to] [learn|study]", "[teach me|explain] something", "can you [teach|tutor] me?",
    "I have a test tomorrow", "[how do|can] we start?", "I need help [with my homework|to learn]",
    "quiz me", "let us [learn|study|start]", "I do not understand my text", "ask me something",
    "I want to understand an article better", "I have to read a long page for school and it is hard",
    "can we practise reading?", "my exam is [soon|next week|coming closer]", "could you be my tutor?",
    "I am bad at learning", "what do you need from me to begin?", "I would like to go through a text with you",
    "my teacher gave us something to read", "I am preparing for a test", "can you check what I remember?",
    "please test my knowledge", "homework time", "I want to get better at reading",
    "my son needs help with his reading", "how does learning with you work?", "can you make me study?",
    "there is a chapter I do not get", "we have to know a text by heart", "I'm a student and need a tutor",
    "help me prepare for class", "let's do a lesson", "I have a reading task", "ask me questions so that I learn",
    "where do I put my text?", "can I give you a page to work on?", "I must learn this by tomorrow",
    "teach me step by step", "I never remember what I read", "could we go over my notes?",
    "are you able to help a slow learner?", "train me a bit", "give me an exercise", "shall we begin our lesson?",
    "I have to study but do not know how", "can you help me revise?", "I got a bad mark and want to do better",
    "how can I learn [faster|more easily]?", "today I want to learn something new", "explain my reading to me",
    "[can|could] we do some studying?", "I'm here to learn", "I came to study", "teach me", "be my teacher",
    "my teacher is ill and I need a new one", "school starts again, can you get me ready?",
    "finals are near and I am nervous", "I'm failing my class, can you rescue me?",
    "my daughter has trouble with her school book", "mum says I must do my reading",
    "I have a book report to prepare", "there's a hard passage I must understand", "this article is over my head",
    "I read slowly and forget everything", "reading is hard for me, can we train it?",
    "English is not my first language, I want to practise reading", "can you go through a page with me?",
    "let me show you something I must learn", "how do I give you my material?", "do I paste my chapter here?",
    "shall I send you what I have to learn?", "I've got lecture notes and an exam to pass", "test me",
    "do a quiz with me", "a little quiz would be fun", "put some questions to me",
    "check if I understood my reading", "can you examine me?", "make me smarter",
    "I would love to learn with somebody", "can we work on my homework together?",
    "I got homework and zero motivation", "I am stuck with my studies", "revision time",
    "it is study night, are you ready?", "ready for our lesson?", "when can we start learning?",
    "what is the first step to learn with you?", "how will you teach me?", "I am studying alone and it is boring",
    "my course has lots of reading", "our professor gave us a paper nobody understands",
    "we read a story in class and I was lost", "I missed a lesson and have to catch up",
    "coach me for the oral exam", "learning is not my strength", "I want better marks", "tutor needed",
    "could I have a reading lesson?",
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
