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
    "{q}", "{q}", "{q}", "{q}", "{q}", "{q}", "{q}", "{q}", "{q}", "{q}", "Hello, I am new here. {q}",
    "{q}", "{q}", "{q}", "{q}", "{q}", "{q}",
    "Hi there! {q}", "Dear team, {q}", "Good [evening|afternoon]. {q}", "Excuse me, {q}",
    "{q} I could not find it anywhere.", "{q} Nobody here knows.", "I read it twice and still do not get it: {q}",
    "Can you check something? {q}", "{q} It is [urgent|important].", "{q} I am in a hurry.",
    "[A friend|My boss|My colleague] asks: {q}", "My [wife|husband|mother] would like to know: {q}",
    "{q} Just asking.", "so {q}", "Another thing: {q}", "[Next question|Next one]: {q}",
    "Maybe a silly question: {q}", "I hope you can help. {q}", "Help! {q}", "[umm|erm|hmm], {q}", "yo {q}", "{q} thx",
    "{q} [Kind regards|Best wishes]", "I was wondering about this: {q}", "[Please look|Could you look] it up: {q}",
    "Can you look in the text? {q}", "{q} Please check the [policy|text].", "I was asked this today. {q}",
    "Before I decide: {q}", "Just to be sure: {q}", "{q} I forgot.", "{q} Do you know?",
    "Do you happen to know this? {q}", "{q} I am not sure.", "{q} My [colleague|neighbour] wants to know.",
    "Wait, {q}", "Let me ask you this: {q}", "[Hi|Hello] [again|once more]. {q}", "{q} :)", "{q} Any idea?",
    "By the way, {q}", "Sorry if this was asked before. {q}", "I have someone on the phone. {q}",
    "{q} That is all I want to know.",
    "{q} My [internet|app|page] does not load so I ask here.", "I am on the [bus|train] so quickly: {q}",
    "{q} It says nothing on my [bill|receipt].", "Me again. {q}", "Dear Sir or Madam, {q}",
    "My English is not so good. {q}", "I asked your colleague already but he did not know. {q}",
    "{q} I have looked everywhere.", "[Ok|Alright], here is my question. {q}",
    "I promised my [dad|aunt|flatmate] to find out: {q}", "{q} Can you look that up for me?",
    "{q} Thank you [so much|in advance]!", "I know you are busy, but {q}", "not sure who to ask. {q}",
    "{q} That would help me a lot.", "just curious: {q}", "one thing is not clear to me. {q}",
    "[Good day|Greetings]! {q}", "{q} We were arguing about it at home.", "pls help: {q}", "{q} I want to do it right.",
    "[Folks|Guys], {q}", "{q} I hope I am right here.", "let me check something with you. {q}",
    "{q} - that is what I would like to hear from you.", "Our [teacher|trainer|manager] told us to ask you. {q}",
    "{q} Sorry for asking.", "if you have a second: {q}", "oh, and before I go: {q}", "I am a bit confused. {q}",
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
    "I have no time to read [this|it all]. {n} bullets, please",
    "my boss wants {n} bullet points [about|from] [this|the policy]",
    "break [this|the text|it] [down|up] into {n} bullets",
    "could I get {n} bullets [out of|from] [this|the excerpt]?",
    "pick out {n} facts and list them",
    "{n} key [facts|points], each on its own line with a dash",
    "summary in {n} bullets",
    "bullet summary, {n} [points|items]",
    "this is a lot of text, so {n} bullets will do",
    "which {n} things should I remember? make it a list",
    "[extract|pull out] {n} points and show them as a list",
    "{n} takeaways as bullets",
    "list of {n} facts[ from it| from the text|], please",
    "for my notes: {n} bullets from [this|the text]",
    "I'd like to see {n} facts from [the text|this] in a bulleted list",
    "boil [it|this|the policy] down to {n} bullets",
    "the [policy|text] in {n} bullets",
    "do me a list with {n} points [of|from] [this|the policy]",
    "what stands in the [policy|text]? answer with {n} bullets",
    "I must explain [this|the policy] to a colleague, so please write {n} bullet points",
    "choose {n} important facts and write each as a bullet",
    "show the policy as {n} short bullets",
    "can we have [this|the text] as a list of {n} [items|points]?",
    "rewrite [this|the text] as {n} bullets",
    "split [this|the policy] into {n} [bullets|list items]",
    "note down {n} [things|points] from [the text|it] with bullets",
    "compress [this|the excerpt] to {n} bullets",
    "it goes on a poster, so make {n} bullet points of [it|this]",
    "name {n} facts [of|from] [the policy|the text] as a list",
    "{n} bulleted lines about [this|the text] would be great",
    "bullet list with {n} entries, taken from [the text|the policy]",
    "gimme {n} dot points from [this|the text]",
    "I get lost in long texts, so make {n} bullets of [it|this]",
    "my team likes lists: {n} bullet points from [the policy|this], please",
    "chop [the text|this] up into {n} bullets",
    "for the whiteboard: the [policy|text] in {n} points with dashes",
    "what are the {n} facts a customer should know? bullets please",
    "{n} dashes with {n} facts, that's all I want",
    "arrange [it|the excerpt] as a list of {n} things",
    "pls make list with {n} points",
    "we need a handout, {n} bullets on [the policy|this]",
    "can u give {n} bullets about this",
    "I have a meeting in a moment and need {n} bullet points from [this|the text]",
    "[take|fetch] {n} facts out of [the policy|it] and put a dash before each",
    "show me {n} points, one under the other",
    "a memo in {n} bullets on [the policy|this text]",
    "the gist [of this|of the policy] in {n} bullet points",
    "how would you sum [this|the policy] up in {n} bullets?",
    "{n} lines with bullets, one fact each",
    "present {n} facts from [the excerpt|the text] in list form",
    "I'll print it, so {n} bullet points with the facts",
    "go through [the text|the policy] and jot down {n} points as bullets",
    "make me a cheat sheet: {n} bullets",
    "{n} bullets pls",
    "read [it|the text] for me and list {n} facts",
    "the new colleague wants [the policy|this] in {n} bullets",
    "for a slide: {n} bullet points out of [this|the policy]",
    "make {n} list items from [the excerpt|the policy]",
    "convert [this|the policy|it] to {n} bullet points",
    "let me see [this|the policy] as {n} bullets, no running text",
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
    "{q} [keep|make] the answer [short|brief]", "{q} [I have no time|I'm in a hurry], so a quick answer",
    "{q} answer in one sentence", "a single sentence please: {q}", "{q} do not write more than {n} words",
    "{n} words at most. {q}", "you have {n} words. {q}", "{q} (max {n} words)", "{q} (one sentence)",
    "{q} not more than one sentence[ please|]", "[short|quick] answer: {q}", "{q} no long [story|text|talk] please",
    "without [long explanations|much talk]: {q}", "{q} only the fact", "{q} no details, just the answer",
    "just the fact: {q}", "{q} one line [is enough|will do]", "{q} be concise", "a short sentence is enough. {q}",
    "could you answer this in one sentence? {q}", "I only have room for {n} words. {q}", "{q} stay below {n} words",
    "{q} as short as you can", "{q} tl;dr", "a few words will do. {q}", "{q} get to the point",
    "[nothing extra|no extras]. {q}",
    "{q} [in brief|in a nutshell] please", "{q} use fewer than {n} words", "my display shows only {n} words. {q}",
    "{q} I will not read more than {n} words", "{q} no novel please", "one short sentence, that is all I want: {q}",
    "{q} cut the blah blah", "{q} nothing but the answer", "keep to {n} words or fewer. {q}",
    "{q} [limit|word limit]: {n} words", "headline style: {q}", "{q} reply with a single sentence",
    "I am driving, so very short please. {q}", "{q} make it snappy", "{q} you can use {n} words, not more",
    "don't go over {n} words: {q}", "{q} please be brief", "{q} say it in one sentence",
    "{q} I need it for a sticky note, so very short", "{q} only a few words please",
    "give me one sentence on this. {q}", "spare me the details. {q}", "{q} a crisp answer please",
    "{q} it must fit in {n} words", "up to {n} words. {q}", "{q} leave out everything else",
    "one sentence is enough: {q}", "{q} short and sweet",
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
    "[so |]what comes next?", "where do [I|we] go from here?", "what's my next [move|step]?",
    "what do I have to do after [that|this]?", "and then?", "then what?", "what should happen next?",
    "[which|what] step is next?", "I don't know what to do [next|now]", "tell me the next step[, please|]",
    "now what?", "walk me through the next step", "what do you [want|expect] from me now?",
    "anything I [have to|should] do [now|next]?", "how does it go on from here?", "what follows?",
    "how do we continue?", "let's move on, what's the next step?", "I've read all that. what do I do now?",
    "what action should I take [now|next]?", "[which|what] information do you need from me?",
    "how should I go ahead?", "what's left for me to do?", "I am ready for the next step", "next?",
    "what would be the best next step?", "I understand. how do I proceed from here?",
    "how do we get this [done|going]?", "can you tell me how to go on?", "do I have to send you anything?",
    "what happens after this?", "suppose I want to start today. what first?",
    "okay, I am in. where do I start?", "and what is my part in this?", "who has to do what now?",
    "fine with me, how do we kick this off?", "what do you want me to do first?", "so what's the plan?",
    "I have [my papers|everything] here, what now?", "sounds good, so how do I get the ball rolling?",
    "got it, but how do I get this started?", "I am stuck now, what to do?", "tell me how to go ahead",
    "is there something I must do now, or do I just wait?", "what's the first thing I should do?",
    "I'd like to get going, tell me how", "how can I move this forward?", "should I [write|mail|send] you something?",
    "what else is needed before you can start?", "where do I turn to now?", "lead me to the next step",
    "I want to sort this out today, what has to be done?", "what to do now pls", "just say what I must do and I do it",
    "my turn? what do I do?", "you have my attention, what is step one?", "am I supposed to do something now?",
    "ok understood. and the following step?", "which way forward?", "do you need anything from my side?",
    "I'm lost, what would you do now in my place?", "how is this handled from here on?",
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
            "give me the short version", "tl;dr",
            "shorten [it|that]", "make it a one-liner", "less text[, please|]", "[make|keep] it brief",
            "can you [condense|compress|trim] [that|it]?", "that's a lot of words", "in a nutshell",
            "just the [essence|main point|core]", "what's the bottom line?", "get to the point",
            "I don't want to read so much", "half as long", "quick version", "summarise [that|it]",
            "sum [it|that] up", "without the extra [words|talk]", "skip the [extras|small talk]", "don't be so wordy",
            "you [talk|write] too much", "keep it short", "can I have [that|it] shorter?", "only the essential part",
            "I have no time for long answers", "one short line is enough", "reduce it to the minimum", "fewer words",
            "simply the answer, nothing else", "say it briefly", "could that be more compact?",
            "leave out everything that is not needed", "too much to read for me", "make it fit on a small note",
            "that fills my whole screen, smaller please", "cut the blah blah", "TLDR please",
            "I asked a simple thing, give me a simple short reply", "in a word or two", "make the answer tiny",
            "pls less words", "shrink [it|that]", "you lost me after the first words, be brief",
            "so in short what is it", "hm, long. the short one?", "a few words will do",
            "my eyes hurt from all that text, shorter", "can you squeeze [it|that] into a few words?", "trim the fat",
            "don't write a novel", "headline only", "just the thing I asked for, no extra", "say only what counts",
            "my screen is small, shorten it", "I only need the core", "drop the rest, keep the answer",
            "be quick about it", "short answers only, please", "is there a shorter way to put it?", "fewer sentences",
            "could you be crisper?", "I got bored halfway, make it snappy", "only the key bit", "more compact, please")  # fmt: skip
_BULLETS = ("as bullets", "[please|can you] make [that|it] a list", "[in|as] bullet points please",
            "bullet points?", "[turn|put] [that|it] into bullets", "list it",
            "[show|give] me [that|it] as a list", "use bullets",
            "bullets", "a list would be better", "can I [get|have|see] [that|it] as a list?", "make it a bullet list",
            "break [it|that] into [points|bullets]", "I prefer [lists|bullets|bullet points]",
            "in list form[, please|]", "write [it|that] with dashes", "bullet it", "list format",
            "[format|display] [it|that] as bullets", "I want bullets, not sentences",
            "same thing but [as a list|with bullets]", "can it be bullets instead?", "point by point",
            "rather as a list", "use dashes", "change the format to bullets", "put a dash in front of each point",
            "itemise it", "rewrite as a list", "as bullet points for my [slides|notes]", "not a sentence, a list",
            "one point per line", "do it in points", "bullet form", "I'd like bullets",
            "bullets are easier to read for me", "turn your answer into a list", "how does [that|it] look as a list?",
            "I have to put it on a slide, so bullets",
            "pls with dots", "dot points", "make it look like a shopping list", "can I have dashes in front?",
            "I get lost in sentences, use points", "put each thing on its own line with a dash",
            "chop [it|that] up into bullets", "show it as a checklist", "list please",
            "line by line, with a bullet each", "my [boss|teacher] loves bullet points, so do that",
            "that should be a list, not prose", "how about bullets?", "could you lay [it|that] out as a list?",
            "the same in list form", "arrange it as bullets", "for the whiteboard, as bullet points",
            "convert to a list", "points, not prose", "bulleted please", "I'd rather tick off a list",
            "I asked because I need it as a list", "separate it into bullet points",
            "would you [itemise|list] that for me?", "give me dots and short lines",
            "little dots in front of the lines, please", "as a bulleted memo", "present [it|that] in bullet points",
            "I learn better from lists, so make one", "switch to bullet style")  # fmt: skip
_JSON = ("as json", "[give|show] [me|] [that|it] as JSON", "[in|as] JSON please", "JSON?",
         "[can you|please] [turn|put] [that|it] into JSON", "I need [that|it] in JSON",
         "convert it to JSON", "same as JSON",
         "json", "JSON format", "make [it|that] JSON", "I want JSON", "can I [get|have] [that|it] as JSON?",
         "my program needs JSON", "output JSON", "return [it|that] as JSON", "respond in JSON", "only JSON",
         "a JSON object, please", "format [that|it] as JSON", "same [answer|thing] in JSON",
         "write [it|that] as JSON", "I have to paste it into a program, so JSON please", "machine-readable, in JSON",
         "change the format to JSON", "json version", "in JSON form", "could that be JSON?", "wrap [it|that] in JSON",
         "for my script: JSON", "let me have the JSON", "what would [that|it] look like in JSON?", "produce JSON",
         "key and value as JSON", "export as JSON", "JSON instead of text", "rather as JSON",
         "no sentence, just JSON", "encode it as json", "my code can only read JSON",
         "pls json", "gimme json", "the app only accepts JSON", "valid JSON, nothing around it",
         "now for the API, in JSON", "could you hand [it|that] over as a JSON object?",
         "curly braces and quotes please, I mean JSON", "our developer asks for JSON",
         "I'm building a website and need that as JSON", "put the answer in a JSON object", "no prose, JSON",
         "is it possible in JSON?", "dump it as JSON", "serialise [it|that] to JSON", "make a JSON record from that",
         "as a JSON string", "I want to parse your answer, so JSON", "a computer will read this, send JSON",
         "JSON would be handy", "render the answer in JSON", "switch to JSON", "the database import wants JSON",
         "Jason format, sorry, JSON I mean", "reply with JSON only", "how do you write that in JSON?",
         "turn your answer into a json object", "a small JSON with [it|that] in it", "for a config file, as JSON",
         "translate it into JSON", "structured data please, JSON")  # fmt: skip
_KINDER = ("[more polite|politer|friendlier|nicer] please", "[can you|please] say [that|it] [kindly|politely]",
           "be [nicer|kinder|more polite]", "[make|say] it friendlier", "more politely",
           "that sounds [cold|rude]", "a bit [warmer|kinder], please",
           "say it in a kinder way",
           "be kind", "[kinder|friendlier|nicer|warmer]", "with a [friendlier|warmer|kinder] tone",
           "that was [harsh|a bit rude]", "you sound [cold|unfriendly|grumpy]", "say [it|that] with a smile",
           "where are your manners?", "more [warmth|politeness|kindness], please",
           "make [it|that] sound [warm|nice|kind|friendly]", "could you be more polite?", "not very friendly",
           "a friendlier answer, please", "soften it[ a bit|]", "[rewrite|reword] it politely",
           "same thing but [kinder|nicer|friendlier]", "talk to me nicely", "use kind words",
           "that's not how one talks to a customer", "too [cold|dry|harsh|blunt]",
           "I'd like a [warmer|kinder] answer", "polite version", "put it [nicely|kindly|gently]",
           "a little more [heart|charm]", "speak to me like a friend", "try to sound [friendly|kind|polite]",
           "add some kind words", "my grandmother will read it, so make it kind", "be gentle", "less cold, please",
           "I will send it to a customer, make it polite", "you could have said that more nicely",
           "a touch of courtesy would be good",
           "plz nicer", "hey, no need to be so cold", "ouch, that was cold", "a smile would not hurt",
           "what about a please or a thank you?", "would you talk to your mum like that? be nicer",
           "my customers expect good manners, so more polite please", "could you sound a bit happier?",
           "I am a human, be warm to me", "say it with love", "you seem annoyed, try it in a friendly way",
           "polite please", "it feels like talking to a machine, be warmer", "let it sound like you care",
           "I'd feel better with a nicer tone", "put some sunshine in it", "that reads icy", "make me feel welcome",
           "more gentle please", "try again with good manners", "can you say the same thing sweetly?",
           "less robot, more heart", "tone it down, be gentle", "don't be so gruff", "in a sweet way",
           "the words are ok but the tone is unfriendly", "would a bit of kindness hurt?",
           "I am an old lady, please speak kindly with me", "cheerful and polite please",
           "my aunt will hear this, make it lovely")  # fmt: skip
_LONGER = ("[longer|more] please", "[can you|please] say [more|it in more words]",
           "[in a full|as a full] sentence", "more detail[s|], please", "write it out",
           "a bit longer", "explain a little more",
           "longer", "more words", "a longer answer[, please|]", "make it longer", "that's too short",
           "can you [elaborate|expand on that]?", "please expand", "in more detail", "I want a full answer",
           "complete sentence[s|], please", "write a whole sentence", "say a little more about it",
           "that was very brief", "could you add a bit?", "use more words", "describe it in more words",
           "not so short", "don't be so brief", "the long version", "as a proper sentence", "stretch it a little",
           "add [some|a little] detail", "a fuller answer", "can it be longer?", "flesh it out",
           "with a few more words", "I need more than that", "is that all you can say?", "write more",
           "answer me at greater length", "tell me a bit more than that", "such a tiny answer, make it bigger",
           "pls more words", "that is only a crumb, give me a fuller answer", "one word is not an answer, write it out",
           "be more generous with words", "could I have the full-length answer?", "so short? say it at more length",
           "write me a few lines about it", "make it a full reply", "I would like to read a bit more than that",
           "a complete answer, not a scrap", "put some flesh on the bones", "you are too brief for me",
           "add another sentence or so", "please answer in whole sentences", "can you widen [it|that] a bit?",
           "it looks so bare, lengthen it", "extend [it|that]", "that's very little, please write more about it",
           "say it in a longer way", "less telegram style, more text", "go into more detail", "talk a bit more, please",
           "hm, a bit thin. longer?", "I expected a longer reply", "more text, please", "spell it out in full",
           "I have time, give me the long answer", "can you make that a proper full reply?", "lengthen your answer")  # fmt: skip


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
