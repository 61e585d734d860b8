"""What a short office message can want, said informally, formally, kindly, shortly and as a list.

Slots: {t} thing, {d} day, {k} clock time, {a} amount, {c} code, {p} person, {l} place.
"""

# ruff: noqa: E501 - the phrase tables read better unwrapped

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Intent:
    key: str
    informal: tuple[str, ...]
    formal: tuple[str, ...]
    kind: tuple[str, ...]
    short: tuple[str, ...]
    label: str
    """Of the bullet."""
    bullet: str


def _i(
    key: str, informal: str, formal: str, kind: str, short: str, label: str, bullet: str
) -> Intent:
    def lines(block: str) -> tuple[str, ...]:
        return tuple(line.strip() for line in block.strip().splitlines())

    return Intent(key, lines(informal), lines(formal), lines(kind), lines(short), label, bullet)


INTENTS: tuple[Intent, ...] = (
    _i("cannot_come",
       """cant make it to {t} on {d}
       im not coming to {t} {d}
       {t} on {d} wont work for me
       count me out for {t} on {d}
       no way i can do {t} {d}""",
       """I am unable to attend {t} on {d}.
       Unfortunately, I cannot attend {t} on {d}.""",
       """I am so sorry, but I cannot come to {t} on {d}.
       Sadly I cannot join {t} on {d}, I am really sorry.""",
       """I cannot attend {t} on {d}.""", "Not attending", "{t} on {d}"),
    _i("late",
       """gonna be late for {t}, there around {k}
       running late, {t} at {k} for me
       ill only make {t} by {k}
       stuck in traffic, at {t} around {k}""",
       """I will be late for {t} and expect to arrive at {k}.
       I will arrive at {t} at {k}, later than planned.""",
       """I am sorry, I will be a little late for {t} and hope to be there at {k}.
       Sorry to keep you waiting: I should be at {t} at {k}.""",
       """I will be at {t} at {k}.""", "Late arrival", "{t} at {k}"),
    _i("send_thing",
       """send me {t} by {d}
       i need {t} till {d}
       where is {t}? need it {d}
       gimme {t} before {d}
       get {t} over to me by {d}""",
       """Please send {t} by {d}.
       I would appreciate it if you could send {t} by {d}.""",
       """Could you please send {t} by {d}? Thank you so much.
       It would help me a lot to have {t} by {d}, thank you.""",
       """Please send {t} by {d}.""", "Needed", "{t} by {d}"),
    _i("move_meeting",
       """can we move {t} to {d} {k}
       lets push {t} to {d} at {k}
       {t} has to move, {d} {k} ok?
       {d} {k} is better for {t}""",
       """I would like to move {t} to {d} at {k}.
       May we reschedule {t} to {d} at {k}?""",
       """Would it be all right to move {t} to {d} at {k}? Thank you.
       I hope it is fine to move {t} to {d} at {k}.""",
       """May we move {t} to {d}, {k}?""", "New time", "{t}, {d} at {k}"),
    _i("not_paid",
       """you still havent paid {a}
       where is my {a}? pay up
       pay the {a} already
       still waiting for the {a}
       you owe me {a}""",
       """The payment of {a} is still outstanding.
       We have not yet received your payment of {a}.""",
       """May I kindly remind you of the payment of {a}? Thank you.
       Perhaps the payment of {a} was forgotten, could you please check?""",
       """The payment of {a} is open.""", "Open payment", "{a}"),
    _i("broken",
       """{t} is broken again, fix it
       {t} doesnt work, do something
       {t} is dead, need it fixed
       {t} keeps breaking""",
       """I would like to report that {t} is not working.
       Please arrange the repair of {t}, which is not working.""",
       """I am sorry to bother you, but {t} is not working. Could you please help?
       Could you please look at {t}? It is not working, thank you.""",
       """{t} is not working.""", "Not working", "{t}"),
    _i("order_missing",
       """where the hell is order {c}
       order {c} still not here
       {c} never came, whats up
       still no sign of order {c}""",
       """I would like to ask about the status of order {c}.
       Order {c} has not arrived yet.""",
       """Could you please check where order {c} is? Thank you.
       I am a little worried about order {c}, could you please look?""",
       """Order {c} has not arrived.""", "Missing order", "{c}"),
    _i("cancel",
       """cancel {c}, dont want it
       i dont want {c} anymore
       forget about {c}
       kill order {c}
       scrap {c} please""",
       """Please cancel {c}.
       I would like to cancel {c}.""",
       """Could you please cancel {c} for me? Thank you very much.
       I am sorry for the trouble, but please cancel {c}.""",
       """Please cancel {c}.""", "To cancel", "{c}"),
    _i("thanks_help",
       """thx for helping with {t}
       cheers for {t}
       thanks a bunch for {t}
       u saved me with {t}""",
       """Thank you for your help with {t}.
       I would like to thank you for your support with {t}.""",
       """Thank you so much for your kind help with {t}.
       Your help with {t} was wonderful, thank you.""",
       """Thank you for {t}.""", "Thanks for", "{t}"),
    _i("meet_place",
       """lets meet at {l} at {k}
       meet me at {l}, {k}
       see u {k} in {l}
       be at {l} by {k}""",
       """I suggest that we meet in {l} at {k}.
       Let us meet in {l} at {k}.""",
       """I would be happy to meet you in {l} at {k}.
       Shall we meet in {l} at {k}? I look forward to it.""",
       """Let us meet in {l} at {k}.""", "Meeting", "{l} at {k}"),
    _i("ask_person",
       """ask {p} about {t}
       {p} knows about {t}, go ask
       talk to {p} re {t}
       just ping {p} for {t}""",
       """Please contact {p} about {t}.
       For questions about {t}, please contact {p}.""",
       """Could you please ask {p} about {t}? Thank you.
       I am sure {p} is happy to help you with {t}.""",
       """Please ask {p} about {t}.""", "Contact", "{p} for {t}"),
    _i("price_up",
       """{t} costs {a} now
       price for {t} went up to {a}
       heads up, {t} is {a} now
       {t} is now {a}, sry""",
       """Please note that {t} now costs {a}.
       The price of {t} is now {a}.""",
       """We are sorry to tell you that {t} now costs {a}.
       Thank you for understanding that {t} now costs {a}.""",
       """{t} now costs {a}.""", "New price", "{t}: {a}"),
    _i("closed",
       """were closed {d}
       no one here on {d}
       nobody in on {d}
       shop is shut {d}""",
       """Please note that we are closed on {d}.
       Our office will be closed on {d}.""",
       """We are sorry, but we are closed on {d}. Thank you for understanding.
       Unfortunately we are closed on {d}, we are sorry.""",
       """We are closed on {d}.""", "Closed", "{d}"),
    _i("ready",
       """{t} is ready, come get it
       u can grab {t} from {k}
       {t} is done, pick it up
       {t} is here, come by""",
       """{t} is ready for collection.
       We are pleased to inform you that {t} is ready.""",
       """Good news: {t} is ready for you. We look forward to seeing you.
       We are happy to tell you that {t} is ready, thank you for waiting.""",
       """{t} is ready.""", "Ready", "{t}"),
    _i("wrong",
       """u got {t} wrong
       {t} is totally wrong
       {t} is a mess, redo it
       who messed up {t}""",
       """There is a mistake in {t}. Please correct it.
       I noticed an error in {t} and ask you to correct it.""",
       """I think there is a small mistake in {t}. Could you please have a look?
       Thank you for your work. Could you please check {t} once more?""",
       """{t} contains a mistake.""", "Mistake", "{t}"),
    _i("quit",
       """im done with {t} from {d}
       leaving {t} {d}
       {t} without me from {d}
       im out of {t} on {d}""",
       """I will leave {t} on {d}.
       I would like to inform you that I will leave {t} on {d}.""",
       """I am sad to leave {t} on {d}. Thank you for everything.
       It was a pleasure, but I will leave {t} on {d}. Thank you.""",
       """I leave {t} on {d}.""", "Leaving", "{t} on {d}"),
    _i("lost",
       """lost {t} somewhere in {l}
       cant find {t}, was in {l}
       left {t} in {l} i guess
       anyone seen {t} in {l}""",
       """I have lost {t} in {l}.
       I believe that I left {t} in {l}.""",
       """I am afraid I lost {t} in {l}. Could you please look for it?
       Would you kindly look for {t} in {l}? Thank you.""",
       """I lost {t} in {l}.""", "Lost", "{t} in {l}"),
    _i("quiet",
       """keep it down in {l}
       too loud in {l}, stop it
       stop the noise in {l}
       shut up in {l}""",
       """Please keep the noise down in {l}.
       I would ask you to be quiet in {l}.""",
       """Could you please be a little quieter in {l}? Thank you.
       We would be happy if it were a bit quieter in {l}, thank you.""",
       """Please be quiet in {l}.""", "Quiet", "{l}"),
    _i("who_took",
       """who took {t}? bring it back
       give {t} back
       {t} is gone, return it
       bring back {t} now""",
       """Please return {t}.
       I would ask that {t} be returned.""",
       """Could whoever has {t} please bring it back? Thank you.
       I would be grateful to have {t} back, thank you.""",
       """Please return {t}.""", "To return", "{t}"),
    _i("call",
       """call me {d} {k}
       ring me at {k} on {d}
       gimme a call {d}, {k}
       phone me {d} at {k}""",
       """Please call me on {d} at {k}.
       I would be available for a call on {d} at {k}.""",
       """Could you please call me on {d} at {k}? I look forward to it.
       I would be glad to talk to you on {d} at {k}.""",
       """Please call me on {d} at {k}.""", "Call", "{d} at {k}"),
    _i("book",
       """book {t} for {d}
       i want {t} {d}
       get me {t} on {d}
       reserve {t}, {d}""",
       """I would like to reserve {t} for {d}.
       Please reserve {t} for {d}.""",
       """Could you please reserve {t} for {d}? Thank you.
       I would be very happy if you could reserve {t} for {d}.""",
       """Please reserve {t} for {d}.""", "To reserve", "{t} for {d}"),
    _i("refuse_price",
       """{a} is way too much
       no way im paying {a}
       {a}? thats a rip off
       {a} is crazy""",
       """I consider the price of {a} to be too high.
       The price of {a} exceeds our budget.""",
       """Thank you for your offer. Sadly, {a} is a little more than we can pay.
       I am sorry, but {a} is too much for us.""",
       """{a} is too high.""", "Too high", "{a}"),
)  # fmt: skip

INFORMAL_MARKS = (
    "gonna", "gimme", "thx", "the hell", "shut up", "pay up", "dont", "doesnt", "havent", "wont",
    "cant ", "rip off", "sry", "lets ", "whats up",
)  # fmt: skip
KIND_MARKS = (
    "please", "thank", "sorry", "happy", "kind", "glad", "hope", "sad", "wonderful", "look forward",
    "afraid", "grateful", "pleasure", "worried",
)  # fmt: skip
FORMAL_MARKS = (
    "i am", "i would", "please", "would", "may we", "we have", "unfortunately", "i will", "dear",
    "thank you", "has not", "i suggest", "let us", "we are", "is ready", "the price", "there is",
    "i have", "i believe", "i noticed", "our office", "the payment", "sincerely", "is now", "regards",
    "contact", "now costs", "i consider",
)  # fmt: skip
