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
        "[turn|change] this into business English", "how would I say this to my boss",
        "this goes to the [director|head office|bank], fix the tone so it sounds official",
        "I have to send this to a client and it cannot sound like a chat",
        "too casual, I need it in proper [business|office] language", "make it sound like a [lawyer|bank|company] wrote it",
        "could you dress this up for a business letter", "how would you put that in an official letter",
        "a formal wording of this[ please|]", "it needs to look serious, the way companies write",
        "take out the slang and write it properly", "I talk like this with friends, now it is for work",
        "no slang, no chat style, formal only", "what would a serious business mail with this look like",
        "my manager will read it and I sound like a teenager, fix that",
        "translate this into [office speak|corporate English]", "give it a [businesslike|formal|professional] tone",
        "write it as one would write to an authority", "make me sound [professional|serious|like a pro]",
        "I am not good at formal English, please do it for me", "polish this up for an official mail",
        "can this be said more formally", "this is how I talk, now I need the office version", "reword for formal use",
        "the register should be formal", "please to make it formal, is for my job",
        "my words are too sloppy for a letter to [the council|a company|an agency]",
        "upgrade the style, it is going to the board", "I need a proper letter out of this",
        "would you word this the correct business way", "I typed this in a hurry, it has to be fit for the office",
        "suit and tie version of this", "sound less like a text to a buddy and more like a business letter",
        "my landlord gets this, so it has to be correct and formal", "formal pls", "formal, like they do in offices",
        "this is for HR, no buddy talk", "could you give me the stiff and proper version of this",
        "I am applying for a job and this sounds like a chat with a mate",
        "what I wrote is fine between friends, but a stranger in an office will open it",
        "no contractions, no slang, just a correct business message",
        "imagine you are my secretary and type this up for a [partner|supplier|ministry]",
        "how do grown-ups write this in a company",
        "the [teacher|professor|doctor] should not think I am a kid, use formal wording",
        "swap my street language for office language", "pls fix so it is profesional",
        "a stranger with a title will get this, so respectful and formal wording", "bring this up to business standard",
        "the tone is wrong for a [contract|complaint|tender], it must be official", "formalise this[ for me|]",
        "needs more distance, the way you write to officials you never met",
        "they would laugh at me in the office if I sent it like that, make it professional",
        "rephrase in the style of a [bank|government|law firm] letter",
        "my first mail to a new client, and I have no idea how business people talk",
        "Could this go out on our letterhead? Not like this, so do the official wording",
        "correct style for an authority needed", "less street, more boardroom",
        "I would be ashamed to send that to [my principal|a judge|the mayor] as it is, use formal language",
        "convert to formal register", "pretend a [notary|civil servant|bank clerk] wrote this",
        "the wording is far too chummy for a supplier", "how does one write this in a serious letter",
        "I need to file this with the [court|office|insurance], formal words only",
        "proper grammar and business phrases, like in a real company letter",
        "English is not my first language and the letter must be formal"),
    "kind": (
        "[make|rewrite|write] this [kind|friendly]", "rewrite [kindly|politely|nicely]", "[make|say] this [nicer|kinder|friendlier]",
        "[say|put] this in a [kind|friendly|warm] way", "kinder[ please|]", "friendly version",
        "[can you|please] make this [polite|gentle|kind]", "this should sound [kind|nice|friendly]",
        "in a kind voice", "soften this", "[more polite|politer|warmer][ please|]",
        "how can I say this nicely", "I do not want to be rude, reword",
        "I sound angry here, [make it gentle|calm it down]", "this came out too harsh, help me be nicer",
        "say it so that nobody is hurt", "I like this person, so I want it to sound warm", "add some warmth to this",
        "can it be [sweeter|softer|gentler]", "take the edge off", "rephrase with more heart",
        "how do I tell them without sounding mean", "my colleague is sensitive, word it with care",
        "I was in a bad mood when I wrote this, make it lovely", "write this as a friend would", "put a smile into it",
        "less grumpy[ please|]", "please make more nice, I do not want they are angry with me", "a gentler wording",
        "it sounds like I am shouting, tone that down", "would you say this in a caring way",
        "I want them to feel good when they read it", "turn my rude text into a nice one", "sugar-coat this for me",
        "be sweet about it", "with kind words[ please|]", "say it the nice way",
        "they should not take it badly, find friendly words", "my mum would say this is rude, help me fix it",
        "what is a friendly way to put this", "it reads cold, give it some feeling",
        "I do not want to offend anyone with this", "make this sound like I care", "a softer, kinder take on this",
        "she is having a hard time, be gentle with the words", "I fear this will hurt him, can it be friendlier",
        "nicer pls", "if I got this I would cry, soften it for me", "how would a sweet person put this",
        "make it so friendly that nobody can be angry", "wrap this in cotton wool", "a little sunshine in this, please",
        "my tone is off, I come across as bossy and I want to come across as nice",
        "we are good neighbours and should stay that way, so word it kindly", "rude, I know, find kind words for it",
        "people say I write like a drill sergeant, turn it friendly", "I am fond of these people, let that show",
        "it reads like an order, I want it to read like a nice request", "write it with a hug, so to speak",
        "calm down my words, I was furious when I typed", "could you phrase that lovingly",
        "not so bossy, more please and thank you", "what would my grandma say instead, she is the kindest person",
        "he will be disappointed, so break it gently", "I want to stay friends after this, choose soft words",
        "be a sweetheart and make this nice", "thoughtful and warm, that is what I want", "turn down the anger in this",
        "plz make it frendly", "a version that does not sting",
        "last time they were upset with me, this time it shall sound kind",
        "I need the polite and cheerful form of this", "say this as if you were talking to your favourite aunt",
        "there is no please in it at all, make it courteous and warm", "write it with love",
        "too blunt, can you put it tenderly"),
    "short": (
        "[make|rewrite] this [short|shorter]", "shorten this", "[say|put] this [in one sentence|briefly]",
        "short version", "[cut|trim] this [down|]", "[can you|please] make this [brief|shorter]",
        "in fewer words", "keep it short", "this is too long, shorten", "a brief version[ please|]",
        "one line, please", "condense this",
        "nobody reads that much, cut it", "get to the point for me", "I only have space for a line",
        "as few words as possible", "boil this down", "what is the shortest way to say this",
        "only the gist of it[ please|]", "strip out everything that is not needed",
        "it should fit [in a text message|on a sticky note|on my phone screen]", "I ramble, help me be brief",
        "just the essence", "squeeze this into one short line", "too many words, make it compact", "lose the waffle",
        "can you say that quicker", "crisp and brief[ please|]", "a quick summary of this, nothing more", "make it tiny",
        "my boss has no time, so only the main thing", "the short of it", "please to make less words",
        "a one-liner out of this", "drop the fluff", "keep only what matters", "reduce this to the minimum",
        "sum it up quickly", "I want to say the same in far less space", "tighten this up", "how would this go in a telegram",
        "compress this text for me", "what am I really saying here, in one line",
        "cut the blah blah", "I pay by the word, so hardly any words", "shrink it", "make it fit in a subject line",
        "I talk too much, what is the core of it", "can this be said in a breath",
        "half of this is not needed, throw it out", "they stop reading after a few words, so make it really short",
        "just tell them the main thing, no more", "too much text for a text", "this is a novel, I need a headline",
        "min words pls", "whatever can go, should go", "space is limited to one line", "TL;DR of this",
        "what would be left if I had only a few words", "how small can you make this",
        "I keep going on and on, please say it in a few words", "prune this",
        "I want to shout it across the yard, so keep it really short", "the same in a nutshell",
        "give me the mini version", "compact it", "the reader has no patience, a short line is all he gets",
        "it has to fit on a [post-it|label|display|postcard]", "shorter by a lot", "in brief[ please|]",
        "is too much words, make little", "get rid of everything but the message itself", "as brief as you can be",
        "hack it down to the bare bones", "a lot shorter, nobody has time"),
    "bullets": (
        "[make|rewrite] this as bullets", "[turn|put] this into bullet points", "as a list[ please|]",
        "bullet points of this", "[list|show] the points of this", "[can you|please] make bullets [of|from] this",
        "break this into bullets", "write this as a list", "bullets", "list version",
        "I want this as bullet points", "put the points in a list",
        "split this up, one point per line", "I need the facts one under the other", "make a list out of it",
        "every point on its own line, with a dash", "itemise this", "can I have that in list form", "as a bulleted list",
        "list it", "I am putting this on a slide, so bullets", "dashes in front of each point[ please|]",
        "sort this into points", "no sentences, only bullet points", "give me the points as a list",
        "I like lists better than text, change it to one", "bulletise this for me", "turn my text into a little list",
        "break it down into single points", "what are the points in here, list them", "pull the key points out as bullets",
        "it should look like a checklist", "rewrite with a bullet for each thing", "a list, not a paragraph",
        "please to make points from this", "structure this with bullet points", "the same thing but in bullets",
        "lay this out as a list", "I want to tick the points off, make a list of them",
        "it is easier to read as a list, do that", "show me this point by point", "note form with bullets",
        "can we have dashes and lines instead of a text",
        "dot points please", "give each thing its own bullet", "one below the other with little dots",
        "I get lost in sentences, give me points", "for the whiteboard: bullets", "can u list that up",
        "chop it into bullets", "arrange this as separate points", "with a dash before each thing, one per line",
        "it is for my agenda, I need the items as a list", "I want to see the single items under each other",
        "extract the items and list them", "a to-do style list from this",
        "my team likes bullet points better than text", "would you format that as a list",
        "lay out the points, one line each", "text to bullets", "bullet list pls", "take it apart and list the pieces",
        "a memo with bullet points would be good", "points only, no running text",
        "how would this look as bullet points on a slide", "I have to read it out in a meeting, so put it in points",
        "present this in bullets", "make dashes for every fact in it",
        "separate lines for separate things, with bullets", "convert into list",
        "I can only remember things when they are in a list", "put it in list shape",
        "every item gets a line and a dot", "could you untangle this into bullet points",
        "a list of what is in there, please"),
}  # fmt: skip
_FRAMES = ("{r}: {m}", "{r}: {m}", "{r}: {m}", "{r}:\n{m}", '{r}: "{m}"', "{m}\n\n{r}", "{r}\n\n{m}",
           '"{m}" {r}', "{r} - {m}", "Message: {m}\n{r}", "My text: {m}. {r}", "{m}. {r}",
           "{m}\n{r}", "{r} ->\n{m}", "{r}\n---\n{m}", "Here is my [text|message|draft]: {m}\n{r}",
           'I wrote this: "{m}". {r}', "{r}. Here it [is|comes]: {m}", '{r}. It [goes|says]: "{m}"',
           "This is what I have so far:\n{m}\n\n{r}", '"{m}"\n\n{r}', "{m} - {r}", "[Draft|Original|Note]:\n{m}\n\n{r}",
           "I want to send: {m}\n\n{r}", "{r} >> {m}", "{r}... {m}", "Hi! {r}: {m}", "{r}, thanks: {m}",
           "Task: {r}\nText: {m}", 'Text: "{m}"\nTask: {r}', "[Quick one|A favour|One more], {r}: {m}", "{m} ... {r}",
           "{m}\n^ {r}", "({m}) {r}", 'My draft: "{m}"\n{r}', "What I typed was {m}\nSo: {r}", '{r}\n\n"{m}"\n\nThanks!',
           "Need help with a [message|mail]. {r}: {m}", "Look at this: {m}. {r}",
           "So I have this: {m}\n\nWhat I need: {r}", '"{m}" <- {r}', "{r} (see below)\n\n{m}",
           "Original text:\n{m}\n\nWhat to do: {r}", "{m}\n\n({r})", "{r}: << {m} >>",
           "Ok, {r}. My [words|message]: {m}", "I would write: {m}\nBut {r}", "{m}\n\nThat is my [text|message]. {r}",
           "[To rewrite|For editing]: {m} // {r}", "{r}\n> {m}", "{r} | {m}",
           "This is the text.\n{m}\nAnd this is my wish: {r}", "Can you help me with this one? {m} - {r}",
           "{r}. [Text|Message] follows.\n{m}", "Before I hit send: {m}\n{r}", '[Mail|SMS|Chat message]: "{m}". {r}',
           "{r} =>\n{m}", "Got a minute? {r}: {m}", "*{m}*\n\n{r}")  # fmt: skip
_HEY = ("hey", "hi", "yo", "hey {p},", "hi {p},", "{p},", "hello", "listen,", "ok so",
        "hey there", "hi there,", "hello {p},", "yo {p},", "hiya", "hey {p}", "hi again,", "sorry,", "oi", "morning",
        "morning {p},", "guys,", "listen {p},", "ok {p},", "hey all,", "so,", "fyi", "heads up,", "hey team,",
        "good morning {p},", "btw", "um hi,", "psst {p},")  # fmt: skip
_BYE = ("thx", "bye", "ok?", "cheers", "see ya", "asap", "just saying", "pls",
        "thanks", "ta", "later", "cya", "ok thx", "thx a lot", "cheers mate", "have a good one", "all good", "you know me",
        "im serious", "no stress", "sorry", "talk later", "pls and thx", "thats all", "got it?", "hope thats ok",
        "let me know", "bye bye", "thank u")  # fmt: skip
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
               "[and|now] for my boss", "too casual", "sound more professional",
            "it should fit a business letter", "take out the casual tone", "can I send that to a client? make it formal",
            "rewrite it for the office", "I need an official version of that", "[also|and] formally",
            "businesslike, for a customer", "the formal way now", "could you make that more official",
            "sounds like chatting, I want it formal", "and how would a lawyer write it", "same thing in formal English",
            "put on a tie, formal version", "my manager gets it, so formal", "what about a proper business tone",
            "still too relaxed for work", "one for the director, in formal words", "switch to formal",
            "please write that professionally", "let us see the professional version",
            "I changed my mind, I want it formal", "official tone", "as a formal letter",
            "that is fine for friends, but it goes to a company", "can it be more serious and formal",
            "dress it up for work", "give me a formal one",
            "hm no, my boss would frown, more formal", "put it in business terms",
            "I cannot send that to an authority like this, formal please", "raise it to office level",
            "it goes out on letterhead now, so formal", "formal pls",
            "a bit of distance, we have never met, formal wording",
            "that reads like a text to a mate, I need a business letter", "now in a professional manner",
            "the bank gets it as well, in formal language", "could a secretary have written that? make it so",
            "what would it be in an official letter", "I forgot to say it is for a client, so formal",
            "respectable and formal, if you can", "stiffer, this is for officials", "now the office version",
            "turn that into something for the board", "my lawyer wants it more formal", "proper business English now",
            "that is too chummy", "a formal letter would suit better", "and the same for HR, formally",
            "imagine it goes to a minister", "do it in the formal register", "more like a company would write",
            "less buddy, more business", "formalise it"),
    "kind": ("[kinder|friendlier|nicer|more polite] please", "now [kind|friendly|kindly]",
             "make it [kind|friendlier|nicer|more polite]", "too cold", "a bit warmer",
             "[say|put] it nicely",
            "that sounds hard, be gentler", "it is a bit stiff, warm it up", "can it sound friendlier",
            "put some heart in it", "now the nice version", "how would a good friend write it",
            "they may feel hurt, soften it", "less cold", "and in a friendly tone", "it needs more warmth",
            "a sweeter version", "could you be nicer there", "say the same with kind words", "I want them to smile",
            "make that gentle", "do it again but friendly", "I would like a warm one instead", "and a lovely one",
            "not so harsh", "sounds like a robot, make it warm", "add a bit of kindness", "what about a kinder tone",
            "give me the friendly one", "more feeling", "that could upset them, word it softly",
            "it is for a friend, so be warm", "please to write more friendly",
            "I feel bad about it, make it softer", "plz nicer", "can we be a little sweeter",
            "would you send that to your grandma? make it kinder", "with a smile", "more please and thank you in it",
            "they are nice people, so be nice", "now say it lovingly", "that would sting, put it gently",
            "I want it cuddly, not cold", "she cries easily, be gentle", "the tone is icy, make it friendly",
            "and as if we were good friends", "something warmer, from the heart",
            "what about a version with more charm", "it sounds bossy, be friendlier", "friendly pls",
            "I do not want a fight, say it in a kind way", "cheer it up a bit", "that came across as grumpy",
            "make them feel welcome", "use gentler words", "we get along well, so a warm tone", "tender words, please",
            "I would be hurt if I read that, be kind", "and now polite and warm", "could you add some love to it"),
    "short": ("[shorter|shorter please]", "make it shorter", "too long", "[cut|trim] it down",
              "in fewer words", "[now|and] in short",
            "I need it in one line", "that is more than I need to say", "briefly", "and the short version",
            "what is that in one sentence", "less text", "nobody will read all that", "can you cut it a little",
            "just the core", "a quick one-liner of that", "boil it down", "get rid of the extra words", "be brief",
            "too wordy", "squeeze it", "that is a lot of text, less is fine", "keep the main point only",
            "now as short as you can", "trim the fat", "and for a text message", "condense that",
            "drop the greeting and all, just the point", "short and to the point", "a brief one", "make it quick to read",
            "so many words, reduce it", "shorten that",
            "still a lot to read, shorten", "that fills my whole screen, smaller", "hm, half of that would do",
            "mini version", "what can we leave out? make it shorter", "I fall asleep reading that, be quick",
            "only a line fits", "in a nutshell", "cut the blah blah", "just the message, nothing around it",
            "pls less words", "and if I only had one breath", "that is a novel, I want a headline", "shrink it",
            "shorter by a lot", "I want fewer words there", "it has to fit in a subject line",
            "okay but in a few words", "one short sentence for all of it", "prune it", "could that be crisper",
            "compress it", "say the important part only", "for a sticky note now", "get it down to one line",
            "do the telegram version", "too long-winded"),
    "bullets": ("as bullets", "[now|and] as bullet points", "make it a list", "as a list please",
                "bullets please", "put it into bullets",
            "list the points", "can you break that into points", "one point per line", "with dashes",
            "I want to see it as a list", "now a bulleted version", "turn it into bullets", "no full text, a list",
            "and as a checklist", "split it into bullet points", "itemise it", "could I get that in bullets", "list form",
            "for a slide, so bullet points", "point by point", "what are the points, in a list", "show it as bullets",
            "as dashes, one below the other", "bulleted, if you can", "change that to a list", "a bullet for each thing",
            "I prefer a list", "put each point on its own line", "the same as a list", "lay it out in bullet points",
            "bullet points would be better", "break it up into a list",
            "pls make dots", "now with a bullet for every item", "I need it in points for the whiteboard",
            "chop that up into bullets", "can you give me a list instead", "one under the other", "put dots in front",
            "a list would help me more", "I lose track in sentences, points please", "show each item on a new line",
            "and in list shape", "line by line with dashes", "separate the points", "format as a list",
            "the team wants bullet points", "now the list version", "what about bullets", "make every point a bullet",
            "convert that to bullets", "I want to tick things off, so a list", "for the agenda, as a list",
            "as dot points", "no paragraph, bullets", "to a list, please", "untangle that into points",
            "rather in bullets", "each fact with its own dash"),
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
