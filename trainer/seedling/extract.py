"""Fields of a message to JSON, and tickets to a category and a priority."""

# ruff: noqa: E501 - the phrase tables read better unwrapped

import json
from dataclasses import dataclass

from core import checks
from trainer.seedling import names
from trainer.seedling.draw import Draw
from trainer.seedling.fact_kinds import Maker
from trainer.seedling.tasks import Style, Task


@dataclass(frozen=True, slots=True)
class Field:
    key: str
    make: Maker
    clauses: tuple[str, ...]
    words: tuple[str, ...]
    """How a person may call it in a request."""


FIELDS: tuple[Field, ...] = (
    Field("name", names.full_name,
          ("my name is {v}.", "this is {v}.", "{v} here.", "I am {v}.", "[Regards|Best|Thanks], {v}.",
           "it is {v} [speaking|writing].", "you can ask for {v}.", "please address it to {v}."),
          ("name", "customer name", "customer")),
    Field("order_id", names.code,
          ("my order is {v}.", "[the|my] order number is {v}.", "it is about order {v}.",
           "I ordered under {v}.", "[order|reference] {v}.", "see order {v}, please.",
           "the order ({v}) is not here yet."), ("order_id", "order id", "order number")),
    Field("email", names.email,
          ("my e-mail is {v}.", "write to {v}.", "you can reach me at {v}.", "mail: {v}.",
           "please answer to {v}.", "use {v} for replies."), ("email", "e-mail", "mail address")),
    Field("phone", names.phone,
          ("call me on {v}.", "my number is {v}.", "phone: {v}.", "my phone is {v}.",
           "you get me under {v}."), ("phone", "phone number", "telephone")),
    Field("date", names.date,
          ("I bought it on {v}.", "it came on {v}.", "the date was {v}.", "it arrived {v}.",
           "I need it by {v}.", "that was on {v}.", "please come on {v}."), ("date", "the date")),
    Field("amount", names.amount,
          ("I paid {v}.", "it cost {v}.", "the total was {v}.", "you charged me {v}.",
           "the bill says {v}.", "please refund {v}."), ("amount", "the sum", "price")),
    Field("product", names.product,
          ("I bought a {v}.", "it is about the {v}.", "the {v} is [broken|late|missing].",
           "my {v} does not work.", "I want to return the {v}.", "I ordered a {v}."),
          ("product", "the product", "item")),
    Field("city", lambda d: d.pick(names.CITIES) if d.chance(0.4) else names.made_word(d),
          ("I live in {v}.", "please ship to {v}.", "I am in {v}.", "it goes to {v}.",
           "our office is in {v}.", "deliver it to {v}."), ("city", "town", "the city")),
    Field("company", names.company,
          ("I work for {v}.", "I write for {v}.", "our company is {v}.", "the bill goes to {v}.",
           "we are {v}."), ("company", "firm", "the company")),
    Field("quantity", names.count,
          ("I need {v} of them.", "we ordered {v} pieces.", "there were {v} in the box.",
           "please send {v} units."), ("quantity", "number of pieces", "how many")),
    Field("weekday", names.weekday,
          ("{v} works best.", "come on {v}.", "I am home on {v}.", "let us meet on {v}.",
           "could you come on {v}?"), ("weekday", "the day", "day")),
    Field("time", names.clock,
          ("around {v}, please.", "call at {v}.", "I am free at {v}.", "the best time is {v}.",
           "let us say {v}."), ("time", "the time")),
    Field("room", lambda d: f"room {d.rng.randint(1, 500)}",
          ("it is for {v}.", "I am in {v}.", "please bring it to {v}.", "we sit in {v}."),
          ("room", "the room")),
)  # fmt: skip
HELLO = ("Hello,", "Hi,", "Dear team,", "Good morning,", "Hey,", "Good day,", "Hi there,")
FILLER = ("I hope you can help.", "Please help.", "Thank you.", "I wait for your answer.",
          "Best wishes.", "Please check this.", "Can you look into it?", "I am a bit worried.",
          "Nobody answered so far.", "Many thanks in advance.", "This is my first message.")  # fmt: skip
_NAMED = ("[extract|get|pull out] {f} as JSON", "extract {f}", "{f} as JSON[ please|]",
          "give me {f} in JSON", "JSON with {f}", "find {f} [in|and return] JSON",
          "[please|] return {f} as a JSON object", "read {f} from this message",
          "I need {f} as JSON", "which {f} are in here? JSON",
          "[make|build] JSON with the keys {f}", "fill in {f}", "fields: {f}")  # fmt: skip
_ALL = ("extract the [fields|data|details]", "[extract|pull out] everything as JSON",
        "turn this [message|] into JSON", "make JSON [of|from] this", "all fields as JSON",
        "[parse|read] this [message|mail]", "as JSON please", "structure this as JSON",
        "get the details", "convert [this|it] to JSON")  # fmt: skip
_FRAMES = ("{r}: {m}", "{r}:\n{m}", "{r}\n\n{m}", "{m}\n\n{r}", "{r}. Message: {m}", '{r}: "{m}"',
           "Message: {m}\n{r}", "{m}\n{r}")  # fmt: skip


def dump(d: Draw, value: dict[str, str | None]) -> str:
    return json.dumps(value, indent=2 if d.chance(0.3) else None, ensure_ascii=False)


def message_of(d: Draw, fields: list[Field]) -> tuple[str, dict[str, str]]:
    values = {f.key: f.make(d) for f in fields}
    parts = [d.tell(f.clauses, v=values[f.key]) for f in fields]
    d.rng.shuffle(parts)
    parts += [d.pick(FILLER) for _ in range(d.pick((0, 0, 1, 2)))]
    if d.chance(0.5):
        parts.insert(0, d.pick(HELLO))
    text = " ".join(p[:1].upper() + p[1:] for p in parts)
    return (text.lower() if d.chance(0.0) else text), values


def frame(d: Draw, request: str, message: str) -> str:
    return d.phrase(_FRAMES).format(r=request.rstrip("?."), m=message)


def extract(d: Draw, style: Style) -> Task:
    present = d.rng.sample(FIELDS, d.rng.randint(2, 5))
    message, values = message_of(d, present)
    wanted = d.rng.sample(present, d.rng.randint(1, len(present)))
    if d.chance(0.35):
        missing = d.pick([f for f in FIELDS if f not in present])
        wanted.insert(d.rng.randrange(len(wanted) + 1), missing)
    if d.chance(0.3):
        ordered = [f for f in FIELDS if f in present]
        answer: dict[str, str | None] = {f.key: values[f.key] for f in ordered}
        user = frame(d, d.say(_ALL), message)
        return Task("extract_all", user, dump(d, answer), (checks.json_equals(answer),))
    exact = d.chance(0.6)
    words = [f.key if exact else d.pick(f.words) for f in wanted]
    listed = _list(d, words)
    answer = {f.key: values.get(f.key) for f in wanted}
    user = frame(d, d.say(_NAMED, f=listed), message)
    kind = "extract_missing" if None in answer.values() else "extract"
    return Task(kind, user, dump(d, answer), (checks.json_equals(answer),))


def _list(d: Draw, words: list[str]) -> str:
    if len(words) > 1 and d.chance(0.6):
        return ", ".join(words[:-1]) + " and " + words[-1]
    return ", ".join(words)


TICKETS: dict[str, tuple[str, ...]] = {
    "billing": (
        "I was charged twice [for {p}|].", "the [invoice|bill] shows the wrong [amount|sum].",
        "I paid {a} but should have paid less.", "my card was [declined|charged by mistake].",
        "please send [me|] an invoice for {p}.", "there is a charge of {a} I do not know.",
        "why did you take {a} from my [account|card]?", "I need a receipt for my payment.",
        "the discount was not taken off my bill.", "can I pay by bank transfer?",
        "my payment of {a} failed.", "you billed me {a} again."),
    "delivery": (
        "my [parcel|package|order] has not [arrived|come].", "where is my {p}?",
        "the [parcel|courier] went to the wrong address.", "tracking has not moved for days.",
        "the driver left {p} in the rain.", "the delivery is [late|lost|missing].",
        "I am still waiting for my {p}.", "can you ship {p} to another address?",
        "the package was [stolen|left outside].", "the courier never rang.",
        "half of my order is missing in the parcel.", "when is {p} shipped?"),
    "account": (
        "I forgot my password.", "I cannot [log in|sign in].", "please change my e-mail address.",
        "my account is locked.", "the login code never comes.", "I want to delete my account.",
        "how do I change my user name?", "someone else uses my account.",
        "my profile shows the wrong name.", "I cannot reset my password.",
        "please close my account.", "I do not get the login mail."),
    "returns": (
        "I want to [return|send back] {p}.", "how do I send {p} back?",
        "the {p} is the wrong size. I want to exchange it.", "please take {p} back.",
        "I need a return label.", "I changed my mind about {p}.", "I would like my money back for {p}.",
        "can I swap {p} for another colour?", "you sent the wrong {p}, I will send it back.",
        "where do I send the return?", "I do not want {p} any more.", "please start a return for {p}."),
    "technical": (
        "the [app|page|site] crashes.", "the {p} does not [turn on|start].", "I see an error on the page.",
        "the screen stays black.", "the {p} stopped working.", "the app is very slow.",
        "the button does nothing.", "the {p} makes a strange noise.", "the update failed.",
        "the {p} does not connect to wifi.", "the page does not load.", "the battery of my {p} dies fast."),
}  # fmt: skip
_URGENT = ("This is urgent!", "I need help [today|right now|at once].", "Please hurry.",
           "It is very urgent.", "As soon as possible, please.", "This cannot wait.",
           "I need an answer today.", "Urgent!")  # fmt: skip
_CALM = ("No hurry.", "Whenever you have time.", "It is not urgent.", "Take your time.",
         "There is no rush.")  # fmt: skip
_CLASSIFY = ("classify this ticket", "[what|which] category is this", "sort this ticket",
             "[give me|return] category and priority", "classify[ please|]", "tag this message",
             "which team should get this", "category and priority as JSON",
             "[label|triage] this ticket", "what kind of ticket is this",
             "[please|] put this ticket in a category", "classify the message as JSON")  # fmt: skip


def classify(d: Draw, style: Style) -> Task:
    category = d.pick(tuple(TICKETS))
    made = d.content(lambda: d.pick(TICKETS[category]))
    ticket = d.expand(made).format(p=f"{names.product(d)}", a=names.amount(d))
    parts = [ticket[:1].upper() + ticket[1:]]
    if d.chance(0.4):
        parts.insert(0, d.pick(HELLO))
    roll = d.rng.random()
    priority = "high" if roll < 0.35 else "low" if roll < 0.55 else "normal"
    mark = {"high": _URGENT, "low": _CALM}.get(priority)
    if mark:
        parts.insert(d.rng.randrange(len(parts) + 1), d.expand(d.pick(mark)))
    if d.chance(0.3):
        parts.append(f"My order is {names.code(d)}.")
    answer: dict[str, str | None] = {"category": category, "priority": priority}
    user = frame(d, d.say(_CLASSIFY), " ".join(parts))
    return Task("classify", user, dump(d, answer), (checks.json_equals(answer),))


_EMPTY_ERRORS = (
    "No message given.",
    "Send a message to extract from.",
    "There is nothing to extract.",
)
_CANNOT_ERRORS = ("I cannot do that. Send a message to extract from.",
                  "I can't do that. I can extract fields or classify a ticket.")  # fmt: skip
_HARM_ERRORS = ("I cannot help with that.", "I will not help with that.")


def as_error(d: Draw, task: Task) -> Task:
    """Small talk, refusals and limits in the extractor's voice: JSON with an error."""
    errors = {"harm": _HARM_ERRORS, "out_of_world": _CANNOT_ERRORS}.get(task.kind, _EMPTY_ERRORS)
    is_json = checks.regex(r'^\{"error": ".+"\}$')
    need: tuple[checks.Check, ...] = (is_json, checks.no_new_values(""))
    if task.kind == "harm":
        need = (*need, checks.contains_any("not help with"))
    if task.kind == "out_of_world":
        need = (*need, checks.declines())
    return Task(f"json_{task.kind}", task.user, json.dumps({"error": d.pick(errors)}), need)
