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
           "it is {v} [speaking|writing].", "you can ask for {v}.", "please address it to {v}.",
           "the name is {v}.", "you are talking to {v}.", "I go by {v}.", "[signed|yours], {v}.",
           "[people|friends] call me {v}.", "the [customer|buyer] is {v}.", "put {v} on the [label|form].",
           "you have me in your [books|files|system] as {v}.", "{v} is what my passport says.",
           "the person to ask for is {v}.",
           "{v} is my full name.", "[you may|just] call me {v}.", "my papers are under the name {v}.", "the letter is from {v}.", "written by {v}.", "I sign as {v}.", "on the [doorbell|mailbox] you will read {v}.", "you spoke with me before, {v}.", "the one who writes to you is {v}.", "I, {v}, am not happy.", "name of the customer: {v}.", "[Yours truly|Cheers|Sincerely], {v}.", "remember me? {v}.", "the contract is signed by {v}."),
          ("name", "customer name", "customer")),
    Field("order_id", names.code,
          ("my order is {v}.", "[the|my] order number is {v}.", "it is about order {v}.",
           "I ordered under {v}.", "[order|reference] {v}.", "see order {v}, please.",
           "the order ({v}) is not here yet.",
           "[the confirmation|your mail] says {v}.", "my reference is {v}.", "look up {v} in your system.",
           "you will find [it|my purchase] under {v}.", "I got {v} as my order number.",
           "{v} is the order I mean.", "the code on my [receipt|confirmation] is {v}.",
           "something went wrong with order {v}.", "could you check order {v}?", "order id: {v}.",
           "nobody can tell me what happened to {v}.",
           "what happened to order {v}?", "{v} never reached me.", "the [slip|paper] in the box has {v} on it.", "track {v} for me.", "I placed an order and got {v}.", "this is regarding {v}.", "I am asking about purchase {v}.", "cancel {v} if it is not too late.", "your shop gave my purchase the code {v}.", "under {v} you should see what I bought.", "{v} was meant to be here by now.", "my order ({v}) is wrong.", "the screen showed {v} when I paid.", "order no. {v}."), ("order_id", "order id", "order number")),
    Field("email", names.email,
          ("my e-mail is {v}.", "write to {v}.", "you can reach me at {v}.", "mail: {v}.",
           "please answer to {v}.", "use {v} for replies.",
           "my address for mail is {v}.", "e-mail: {v}.",
           "send [the answer|your reply|the papers] to {v}.", "I read my mail at {v}.",
           "contact me at {v}.", "I signed up with {v}.", "you have {v} on file for me.",
           "a mail to {v} is fine.", "drop me a line at {v}.", "I get all my mail at {v}.",
           "the best way to reach me is {v}.", "copy {v} in your reply.",
           "{v} is my mail address.", "forward it to {v}.", "I wait for your mail at {v}.", "my account is tied to {v}.", "the invoice can go to {v}.", "any news? then write {v}.", "your mails go to {v}, do they?", "reply to {v} only.", "mail me: {v}.", "I log in with {v}.", "please change my address to {v}.", "my inbox is {v}.", "electronic mail goes to {v}.", "send me the link at {v}."), ("email", "e-mail", "mail address")),
    Field("phone", names.phone,
          ("call me on {v}.", "my number is {v}.", "phone: {v}.", "my phone is {v}.",
           "you get me under {v}.",
           "my mobile is {v}.", "[ring|phone] me under {v}.", "a call to {v} is best.",
           "{v} is my number.", "tel. {v}.", "you can text me on {v}.",
           "if I do not pick up on {v}, try again.", "give me a ring on {v}.",
           "[best|easiest] by phone, {v}.", "dial {v} to speak to me.", "the number to call is {v}.",
           "somebody will answer if you call {v}.",
           "I left {v} with your [hotline|colleague] for a call back.",
           "{v} is where you get me.", "my cell is {v}.", "just ring {v}.", "leave a message on {v}.", "reach me by phone at {v}.", "here is my telephone: {v}.", "my line is {v}.", "phone me, {v}.", "I pick up at {v}.", "a short call to {v} would do.", "contact by telephone: {v}.", "call back on {v}.", "you may phone {v} in the evening.", "the phone {v} is mine."), ("phone", "phone number", "telephone")),
    Field("date", names.date,
          ("I bought it on {v}.", "it came on {v}.", "the date was {v}.", "it arrived {v}.",
           "I need it by {v}.", "that was on {v}.", "please come on {v}.",
           "I have waited since {v}.", "you promised it for {v}.", "the deadline is {v}.",
           "the [receipt|letter] is dated {v}.", "{v} is when it came.",
           "on {v} I wrote to you [already|about this].", "it has to be here by {v}.",
           "the appointment is on {v}.", "we [fixed|agreed on] {v} for this.", "my visit was on {v}.",
           "as of {v} nothing had changed.",
           "it happened on {v}.", "since {v} nothing works.", "I paid on {v}.", "the order was made on {v}.", "please have it ready by {v}.", "the parcel left on {v}.", "until {v} I can wait.", "we met on {v}.", "I first called you on {v}.", "my holiday starts on {v}.", "it must not be later than {v}.", "{v} was the day I bought it.", "you wrote to me on {v}.", "date: {v}."), ("date", "the date")),
    Field("amount", names.amount,
          ("I paid {v}.", "it cost {v}.", "the total was {v}.", "you charged me {v}.",
           "the bill says {v}.", "please refund {v}.",
           "I was billed {v}.", "{v} left my account.", "the price was {v}.", "the [sum|amount] is {v}.",
           "my bank shows {v}.", "you owe me {v}.", "I got a bill over {v}.", "it was {v} in total.",
           "{v} is what I paid.", "they asked [me for|for] {v}.", "we settled on {v}.",
           "I want my {v} back.", "it set me back {v}.",
           "{v} were taken from my card.", "I transferred {v}.", "my invoice is over {v}.", "I get {v} back, right?", "for {v} I expect more.", "the price tag said {v}.", "it is {v} too much.", "you still have my {v}.", "I spent {v} on it.", "the charge is {v}.", "the fee was {v}.", "amount: {v}.", "we paid you {v} in advance.", "a payment of {v} is missing."), ("amount", "the sum", "price")),
    Field("product", names.product,
          ("I bought a {v}.", "it is about the {v}.", "the {v} is [broken|late|missing].",
           "my {v} does not work.", "I want to return the {v}.", "I ordered a {v}.",
           "I have a question about the {v}.", "the {v} came [damaged|without its box].", "my {v} broke.",
           "I found the {v} in your shop.", "there is a problem with my {v}.", "the {v} looks wrong.",
           "product: {v}.", "nobody told me how to use the {v}.", "what I got is a {v}.",
           "the {v} is not what I expected.", "my new {v} [has a scratch|smells odd].",
           "is the {v} still under warranty?",
           "I would like a new {v}.", "the {v} stopped working.", "please exchange the {v}.", "where is the manual of the {v}?", "my {v} makes a strange noise.", "I am not happy with the {v}.", "I lost a part of the {v}.", "the {v} I got is used.", "can the {v} be repaired?", "one of your goods, the {v}, fell apart.", "what about a refund for the {v}?", "send me another {v}.", "my kids broke the {v}.", "the {v} does not fit.", "I asked for a {v} and got something else."),
          ("product", "the product", "item")),
    Field("city", lambda d: d.pick(names.CITIES) if d.chance(0.4) else names.made_word(d),
          ("I live in {v}.", "please ship to {v}.", "I am in {v}.", "it goes to {v}.",
           "our office is in {v}.", "deliver it to {v}.",
           "my home is in {v}.", "I moved to {v}.", "the address is in {v}.", "we are based in {v}.",
           "I come from {v}.", "our shop is in {v}.", "the parcel must get to {v}.", "town: {v}.",
           "you will find us in {v}.", "{v} is where I live.", "they took it to the depot in {v}.",
           "I stay in {v} for now.",
           "I am writing from {v}.", "the delivery goes to {v}.", "my flat is in {v}.", "bring it to my place in {v}.", "we are a family from {v}.", "{v} is my home town.", "your van never comes to {v}.", "send it to my parents in {v}.", "my new address is in {v}.", "we run a place in {v}.", "I spend the summer in {v}.", "city: {v}.", "do you deliver to {v}?", "you have a shop in {v}, where I live."), ("city", "town", "the city")),
    Field("company", names.company,
          ("I work for {v}.", "I write for {v}.", "our company is {v}.", "the bill goes to {v}.",
           "we are {v}.",
           "my employer is {v}.", "I am with the company {v}.", "I order for a firm called {v}.",
           "{v} is the company I work at.", "we trade as {v}.", "on behalf of the firm {v}.",
           "please make the invoice out to {v}.", "our business goes by {v}.", "I run a small firm, {v}.",
           "company: {v}.", "my boss at {v} wants an answer.", "I buy for the office of {v}.",
           "the account belongs to our firm, {v}.",
           "I am employed at {v}.", "the order is for my company, {v}.", "{v} is our firm.", "I am the buyer at {v}.", "our firm, {v}, is a customer of yours.", "send the bill to our office, {v}.", "the business is called {v}.", "name of the company: {v}.", "we at {v} have a problem.", "I speak for {v}.", "my workplace is {v}.", "{v} pays for it, that is my company.", "the firm I own is {v}.", "please invoice {v}."), ("company", "firm", "the company")),
    Field("quantity", names.count,
          ("I need {v} of them.", "we ordered {v} pieces.", "there were {v} in the box.",
           "please send {v} units.",
           "we want {v} pieces.", "the order is for {v} items.", "it should be {v} in all.",
           "I counted {v} pieces.", "only {v} came.", "quantity: {v}.", "make it {v} pieces.",
           "I would take {v} of those.", "pack {v} in the box, please.", "my plan was to get {v} of them.",
           "{v} pieces are enough.", "how soon can I have {v} of them?",
           "there should be {v} in the parcel.", "we are short of {v} units.",
           "{v} of them, please.", "I got {v} instead.", "we are {v} pieces short.", "my order was for {v} pieces.", "how much for {v} of them?", "I only want {v}.", "a box of {v} would be fine.", "number of items: {v}.", "we use {v} each month.", "put {v} on the order.", "{v} units are missing.", "a set has {v} of them.", "it takes {v} to fill the shelf.", "can you spare {v} pieces?"), ("quantity", "number of pieces", "how many")),
    Field("weekday", names.weekday,
          ("{v} works best.", "come on {v}.", "I am home on {v}.", "let us meet on {v}.",
           "could you come on {v}?",
           "I have time on {v}.", "{v} is good for me.", "only {v} is free this week.",
           "is {v} all right?", "please plan {v} for it.", "we are open on {v}.",
           "I work from home on {v}.", "how about {v}?", "my free day is {v}.", "I could do {v}.",
           "the team meets on {v}.", "if possible, send someone on {v}.",
           "{v} would suit me.", "come by on {v}.", "the shop was closed on {v}.", "my day off is {v}.", "I can wait until {v}.", "on {v} I am in.", "would {v} be fine?", "not any day but {v}.", "can it be {v}?", "deliver it on {v}.", "{v} is the only day I have.", "see you on {v}.", "we get our goods on {v}.", "I have a meeting with you on {v}.", "every {v} somebody is here."), ("weekday", "the day", "day")),
    Field("time", names.clock,
          ("around {v}, please.", "call at {v}.", "I am free at {v}.", "the best time is {v}.",
           "let us say {v}.",
           "I will be there at {v}.", "the slot at {v} suits me.", "we can meet at {v}.",
           "not before {v}, please.", "{v} would be perfect.", "ring the bell at {v}.", "we close at {v}.",
           "I get home at {v}.", "is {v} possible?", "the driver may come at {v}.",
           "my shift ends at {v}.", "time: {v}.", "after {v} nobody is here.",
           "from {v} on I am home.", "could it be {v}?", "I wake up at {v}.", "call before {v}.", "the shop opens at {v}.", "we start at {v}.", "I leave at {v}.", "make it {v}.", "{v} is fine with me.", "I have a break at {v}.", "the meeting begins at {v}.", "be here by {v}.", "until {v} somebody is in.", "{v} is too early, but it will do."), ("time", "the time")),
    Field("room", lambda d: f"room {d.rng.randint(1, 500)}",
          ("it is for {v}.", "I am in {v}.", "please bring it to {v}.", "we sit in {v}.",
           "you will find [me|us] in {v}.", "my desk is in {v}.", "we need it in {v}.",
           "it belongs in {v}.", "the meeting is in {v}.", "leave it in front of {v}.",
           "please come to {v}.", "I work in {v}.", "knock at {v}.", "send the technician to {v}.",
           "the problem is in {v}.", "they put us in {v}.", "take it up to {v}.", "my office is {v}.",
           "{v} is where we sit.", "the device stands in {v}.", "come up to {v}.", "I moved to {v}.", "it was meant for {v}.", "please look into {v}.", "the lamp in {v} is out.", "I wait in {v}.", "our class is in {v}.", "put it in {v}.", "the key to {v} is lost.", "we have rented {v}.", "deliver it straight to {v}.", "there is a leak in {v}."),
          ("room", "the room")),
)  # fmt: skip
HELLO = ("Hello,", "Hi,", "Dear team,", "Good morning,", "Hey,", "Good day,", "Hi there,",
         "Hello there,", "Good evening,", "Good afternoon,", "Greetings,", "Dear all,", "Dear support,",
         "Hi team,", "Hello everyone,", "Hi all,", "To whom it may concern,", "Dear Sir or Madam,",
         "Hello support team,", "Morning,", "Hey there,", "Hi folks,", "Hiya,", "Hello again,",
         "Dear colleagues,")  # fmt: skip
FILLER = ("I hope you can help.", "Please help.", "Thank you.", "I wait for your answer.",
          "Best wishes.", "Please check this.", "Can you look into it?", "I am a bit worried.",
          "Nobody answered so far.", "Many thanks in advance.", "This is my first message.",
          "Sorry for the trouble.", "I could not find this on your page.", "You were kind the last time.",
          "Let me know what comes next.", "I would be glad about a short reply.",
          "I do not know what else to do.", "Sorry for my English.", "I have been a customer for years.",
          "I tried the chat but it was closed.", "Any news on this?", "Tell me if you need more.",
          "Excuse me for asking again.", "That would be great.", "I am sure we can sort this out.")  # fmt: skip
_NAMED = ("[extract|get|pull out] {f} as JSON", "extract {f}", "{f} as JSON[ please|]",
          "give me {f} in JSON", "JSON with {f}", "find {f} [in|and return] JSON",
          "[please|] return {f} as a JSON object", "read {f} from this message",
          "I need {f} as JSON", "which {f} are in here? JSON",
          "[make|build] JSON with the keys {f}", "fill in {f}", "fields: {f}",
          "only {f}, nothing else, as JSON",
          "I am after {f} here, [and JSON would be best|in JSON please]",
          "what does it say [for|about] {f}? answer in JSON",
          "look for {f} [here|in this] and put what you find in JSON",
          "from this one I just want {f}, [as|in] JSON",
          "my form needs {f}: [take|copy] that from here and write JSON",
          "a JSON object, its keys are {f}", "keys {f}, values from this [text|message], as JSON",
          "can you get {f} out of this for me[, in JSON|]",
          "I have to fill a form with {f}, so send me these as JSON",
          "the script reads {f}, so give it those as JSON", "parse out {f} and skip the rest",
          "I do not care about the rest, [just|only] {f} as JSON", "take {f} from it and answer in JSON",
          "pick {f} out of [this message|it] and make a JSON object", "write {f} down as JSON",
          "we store {f} for each message. Do this one as JSON", "leave out everything but {f}. JSON only",
          "for my records: {f}, in JSON form", "could you read this and note {f} as JSON",
          "scan it for {f}. Return JSON", "collect {f} into one JSON object",
          "need {f} from this one, JSON", "this one should give us {f}. Put it in JSON",
          "the columns are {f}. One JSON object for this",
          "return JSON holding {f}, null where it is not said",
          "put {f} in JSON, and null for what is not mentioned",
          "someone wrote us this and I have to know {f}. As JSON", "your job: find {f}, output JSON",
          "answer with a JSON object that has {f}", "do you see {f} in this? JSON, please",
          "no time to read it all myself, I only have to have {f} in JSON",
          "get {f}", "what is {f}? JSON", "[please|] find {f}", "tell me {f} as JSON", "I want {f}", "{f}, JSON", "extract only {f}", "JSON object: {f}", "show {f} as JSON", "read out {f}, JSON please", "can I have {f} as JSON", "the only things we need are {f}, as JSON", "fetch {f} from this, JSON", "copy {f} into a JSON object", "is there {f} in it? JSON", "I look for {f}, give me JSON", "send back {f} as JSON", "from the message: {f}. JSON", "let me have {f}, as a JSON object", "{f} and no more, as JSON", "for the form: {f}. JSON please", "note {f} in JSON", "our tool asks for {f}, answer in JSON", "check this for {f} and return JSON", "JSON: {f}", "just {f} please", "the fields are {f}, give JSON", "need JSON with {f}, null if missing", "{f} if it says so, else null, JSON", "what did they write for {f}? as JSON")  # fmt: skip
_ALL = ("extract the [fields|data|details]", "[extract|pull out] everything as JSON",
        "turn this [message|] into JSON", "make JSON [of|from] this", "all fields as JSON",
        "[parse|read] this [message|mail]", "as JSON please", "structure this as JSON",
        "get the details", "convert [this|it] to JSON",
        "I want the whole [message|thing] as JSON", "everything you can find in here, as JSON",
        "[give me|show] all the data in this as a JSON object",
        "whatever facts this holds, put them all in JSON",
        "take all the information out of this and hand it over as JSON",
        "make [a JSON object|JSON] with every detail you see",
        "our system only eats JSON, so turn this one into it", "can you JSON this[ for me|]",
        "I have to put this in a database, make a JSON record of it",
        "no field left out: give me the lot as JSON", "transform this text to a JSON record",
        "pull every piece of data from this, JSON",
        "which details are in this? all of them as JSON, please",
        "I don't want to type this off by hand, so get it all into JSON", "to JSON[, please|]",
        "do the usual: every field, as JSON", "go through this and note every field as JSON",
        "I need all the fields from this one", "a JSON object of all it says, [please|thanks]",
        "gather all details into one JSON object", "break this down into keys and values",
        "key and value for every fact in it, as JSON", "could you get all the facts out of this as JSON",
        "parse it completely[, please|]", "full extraction, JSON",
        "grab everything from [this message|it] and put that in JSON", "dump this as JSON",
        "represent [this message|this] as a JSON object",
        "somebody wrote us this and we keep all of its data as JSON", "make this machine readable",
        "my script needs this as JSON, all of it", "all you can extract, in JSON form",
        "map this message to JSON fields", "I would like this in JSON, complete",
        "store this as JSON for me, nothing skipped",
        "extract [all|everything]", "all of it as JSON", "list every field, JSON", "what is in this message? JSON", "read it and give me JSON", "[please|] put this into JSON", "I need JSON of this", "give me the data", "get all fields", "data as JSON", "take it apart into JSON", "I want every field", "extract this", "[message|mail] to JSON", "make it JSON", "put all of that in a JSON record", "file this as JSON, with all fields", "fill a JSON object with what they wrote", "write the facts as JSON", "no prose, only JSON with all fields", "JSON of the whole [message|mail]", "please extract", "for the database: JSON with everything", "turn what they wrote into data", "the complete record, JSON", "find all the fields in this", "a full JSON of this message", "everything that can be stored, as JSON", "all values in JSON, one key each", "whatever it says, as fields in JSON", "save what they tell us as JSON", "this needs to go in our [system|tool], as JSON with all it has", "all the information in JSON [please|]", "JSON, all fields, nothing else", "strip this down to its data", "I only need the data in it, all", "get me each detail as a JSON field", "collect everything they mention in JSON", "the facts only, every one, JSON", "log this message as JSON")  # fmt: skip
_FRAMES = ("{r}: {m}", "{r}:\n{m}", "{r}\n\n{m}", "{m}\n\n{r}", "{r}. Message: {m}", '{r}: "{m}"',
           "Message: {m}\n{r}", "{m}\n{r}",
           "{r}\n---\n{m}\n---", "{m}\n---\n{r}", '"{m}"\n\n{r}', '"{m}" {r}', "{r}.\n\n{m}", "{r} >> {m}",
           "{r}\n> {m}", "> {m}\n\n{r}", "{r}. Here it is: {m}",
           "[This came in|Just came in|This is what I got]: {m}\n\n{r}", "Text: {m}\n\n{r}",
           "{r}.\nText:\n{m}", "Input: {m}\nTask: {r}", "Task: {r}\nInput: {m}", "{r}\n\nMessage:\n{m}",
           "{r}\n<message>\n{m}\n</message>", "<text>{m}</text>\n{r}", "```\n{m}\n```\n{r}",
           "{r}\n```\n{m}\n```", "{r} - {m}", "[See this|Look at this one|Have a look]:\n\n{m}\n\n{r}",
           "[Next one|Another one|And this one]: {m}\n{r}", "I have a message here. {r}.\n\n{m}",
           "{r}. It [reads|says|goes like this]: {m}")  # fmt: skip


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
    return text, values


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
        "my payment of {a} failed.", "you billed me {a} again.",
        "the same sum left my bank account two times.", "I see a fee of {a} that nobody told me about.",
        "the total does not match the prices I saw.",
        "my card statement lists {a} from you and I wonder what for.",
        "can I pay for {p} in smaller parts?", "the voucher I typed in did not lower the price.",
        "please put our company name on the invoice.", "I paid {a} but your books say unpaid.",
        "which ways to pay do you offer?", "I got a reminder for a bill I paid long ago.",
        "the tax on my invoice is wrong.", "my bank says the payment to you did not go through.",
        "how much money do I still owe you?", "why is my bill [higher|bigger] this month?",
        "you raised the [monthly|yearly] price without a word.",
        "I would rather pay by invoice than by card.",
        "the sale price of {p} was not used when you charged me.", "please correct the sum on my bill.",
        "my subscription fee of {a} was taken too early.", "do you take [cash|cheques|gift cards]?",
        "the receipt for {p} says {a}, which is not what I paid.",
        "a charge from you showed up although I bought nothing.",
        "can you send the invoices to our bookkeeper from now on?",
        "VAT was added to my bill although we do not pay it."),
    "delivery": (
        "my [parcel|package|order] has not [arrived|come].", "where is my {p}?",
        "the [parcel|courier] went to the wrong address.", "tracking has not moved for days.",
        "the driver left {p} in the rain.", "the delivery is [late|lost|missing].",
        "I am still waiting for my {p}.", "can you ship {p} to another address?",
        "the package was [stolen|left outside].", "the courier never rang.",
        "half of my order is missing in the parcel.", "when is {p} shipped?",
        "nothing has come so far, and I bought {p} weeks ago.",
        "your tracking says delivered, but there is no box here.", "has {p} left your warehouse yet?",
        "the driver noted that nobody was home, but I was.", "my neighbour got my parcel by mistake.",
        "how long does it take until {p} gets here?", "the box was dropped at the wrong door.",
        "I moved, so please send {p} to my new home.", "can the courier come in the evening?",
        "the carrier lost my {p}.", "we got only part of the boxes, the others never came.",
        "the postman left a card, but the depot has no parcel for me.", "do you ship {p} abroad?",
        "please leave {p} with the people next door.", "my {p} is stuck at customs.",
        "they tried to deliver while I was at work.", "the shipping date keeps moving.",
        "I would like to pick {p} up at a parcel shop instead.",
        "the tracking number you gave me is not known.", "is there a way to see where the van is now?",
        "the parcel was handed to somebody I do not know.", "my order has been on the road for ages.",
        "shipping takes much longer than you promised.", "the mail room says no box came for us."),
    "account": (
        "I forgot my password.", "I cannot [log in|sign in].", "please change my e-mail address.",
        "my account is locked.", "the login code never comes.", "I want to delete my account.",
        "how do I change my user name?", "someone else uses my account.",
        "my profile shows the wrong name.", "I cannot reset my password.",
        "please close my account.", "I do not get the login mail.",
        "it says my password is wrong, but it is right.", "how can I open an account with you?",
        "please merge my two accounts.", "I want another mail address for signing in.",
        "I think my account was hacked.", "the link for a new password has expired.",
        "I lost the phone that gets my login codes.", "how do I turn on two-step login?",
        "the user name I want is taken, it says.", "please delete all my personal data.",
        "my account was blocked for no reason.", "I never asked for this password change.",
        "can my wife and I share one login?", "where can I edit my profile?",
        "I registered twice by mistake.", "my birthday in the profile is wrong.",
        "you still have my old phone number on file.",
        "I cannot sign up, my address is said to be in use.", "after too many tries I am locked out.",
        "I do not remember which mail address I registered with.",
        "please let my colleague into our company account.", "a stranger got into my account.",
        "the mail to confirm my new account never came.", "can you unlock my user?"),
    "returns": (
        "I want to [return|send back] {p}.", "how do I send {p} back?",
        "the {p} is the wrong size. I want to exchange it.", "please take {p} back.",
        "I need a return label.", "I changed my mind about {p}.", "I would like my money back for {p}.",
        "can I swap {p} for another colour?", "you sent the wrong {p}, I will send it back.",
        "where do I send the return?", "I do not want {p} any more.", "please start a return for {p}.",
        "{p} does not suit me, can it go back?", "until when may I give {p} back?",
        "I ordered {p} by mistake and want to send it back.",
        "does sending something back cost me anything?",
        "I got {p} as a gift and would like to exchange it.",
        "the {p} is too small, please swap it for a bigger one.",
        "can someone collect {p}? I am giving it back.", "I lost the return slip.",
        "may I bring {p} back to one of your shops?", "must {p} be in its box when I return it?",
        "you should have my return by now, where is my refund?",
        "I sent {p} back and never heard from you.",
        "the colour of {p} is not what I saw, so back it goes.",
        "I have no use for {p} and want a refund.", "why was my return refused?",
        "do I get store credit if I give {p} back?",
        "I would like another model than {p}, please exchange it.",
        "there was no return label in the box.", "which address do returns go to?",
        "I opened {p}, may I still return it?", "has the {p} that I returned reached you?",
        "my wife does not like {p}, we want to give it back.", "please cancel my return, I will keep {p}.",
        "is {p} something I can send back after use?"),
    "technical": (
        "the [app|page|site] crashes.", "the {p} does not [turn on|start].", "I see an error on the page.",
        "the screen stays black.", "the {p} stopped working.", "the app is very slow.",
        "the button does nothing.", "the {p} makes a strange noise.", "the update failed.",
        "the {p} does not connect to wifi.", "the page does not load.", "the battery of my {p} dies fast.",
        "the {p} will not charge.", "the app closes by itself.", "a red light blinks on my {p}.",
        "the {p} switches itself off after a while.", "bluetooth does not find my {p}.",
        "your site shows a blank page.", "the search on your page finds nothing.",
        "pictures do not show up in the app.", "the remote for my {p} does nothing.",
        "since the update the app freezes.", "the {p} gets very hot when I use it.",
        "I hear a loud hum from the {p}.", "how do I reset the {p} to factory settings?",
        "the manual does not say how to set up the {p}.", "my {p} shows an error code.",
        "the app does not run on my new phone.", "the video keeps stopping.",
        "the sound of my {p} is gone.", "the sensor of the {p} gives wrong values.",
        "the {p} forgets its settings every night.", "I press start and my {p} just beeps.",
        "the {p} cannot see our network.", "installing the app stops halfway.",
        "the touch screen does not react."),
}  # fmt: skip
_URGENT = ("This is urgent!", "I need help [today|right now|at once].", "Please hurry.",
           "It is very urgent.", "As soon as possible, please.", "This cannot wait.",
           "I need an answer today.", "Urgent!",
           "I cannot wait any longer.", "Treat this as an emergency.",
           "It must be solved [today|this morning|within the hour].", "Every minute counts.", "ASAP!",
           "This is an emergency.", "Can somebody [look|act] right away?", "I am in a great hurry.",
           "I have to have an answer [now|before tonight].", "Answer me [at once|immediately].",
           "Time is running out.", "Drop everything else, please.", "Tonight is too late.",
           "Put this at the top of your list.", "We have no time to lose.", "This is really pressing.",
           "It is a matter of hours.", "Do not let this sit.", "I have a deadline today.",
           "Today, not tomorrow!", "Please be [quick|fast].", "Make this your first job, please.")  # fmt: skip
_CALM = ("No hurry.", "Whenever you have time.", "It is not urgent.", "Take your time.",
         "There is no rush.",
         "There is plenty of time.", "Just when you get to it.", "[Next week|Next month] is early enough.",
         "It can wait.", "I can be last in line.", "I am not in a hurry.", "It is not a big deal.",
         "No stress.", "Answer when it suits you.", "This is not pressing.", "Do the other people first.",
         "Any time [will do|is fine].", "I can live with it for [now|a while].",
         "Nothing bad happens if it takes a while.", "A reply some time next week is enough.",
         "Only a small thing, really.", "Put it at the bottom of your pile.", "You need not rush.",
         "I am patient.", "If it takes some days, that is fine.")  # fmt: skip
_CLASSIFY = ("classify this ticket", "[what|which] category is this", "sort this ticket",
             "[give me|return] category and priority", "classify[ please|]", "tag this message",
             "which team should get this", "category and priority as JSON",
             "[label|triage] this ticket", "what kind of ticket is this",
             "[please|] put this ticket in a category", "classify the message as JSON",
             "where does this [ticket|message] belong", "which queue does this go to",
             "who should handle this[ one|]", "route this to the right team",
             "billing, delivery, account, returns or technical: which one is this",
             "how high is the priority here, and which category", "give this a category and a priority",
             "I need the category and priority of this", "sort it into the right box",
             "triage[ please|], category plus priority", "what type of problem does this person have",
             "which department takes this",
             "our inbox is full, so tell me what kind of ticket this one is", "assign a category to this",
             "[set|decide] the category and the priority", "put a label on this [ticket|message]",
             "new ticket, classify it as JSON", "is this high, normal or low priority, and which category",
             "help me sort my inbox: what category is this one", "I do not know which team this is for",
             "to whom should I forward this", "what should I file this under",
             "[find|choose] the right category for this",
             "this came in over night, which team does it go to",
             "[rate|grade] and sort this ticket as JSON", "what sort of request is this",
             "I have to hand this on to a team, which one", "mark this ticket by topic and priority",
             "support ticket, decide its category", "do the triage for this one",
             "[into|on] which pile does this go", "what bucket would you put this in",
             "please classify what this customer wrote", "a colleague asks which category fits here",
             "how would you label this ticket", "the help desk needs a category for this one")  # fmt: skip


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
