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
       no way i can do {t} {d}
       sorry guys, {d} is bad for me so no {t} [for me|this time]
       [something came up|got a clash] on {d}, i have to skip {t}
       you'll have to do {t} without me on {d}
       about {t} on {d}: not gonna happen, im busy
       dont wait for me at {t} on {d}
       wanted to join {t} but {d} is [full|packed|no good] for me
       i cannot to be at {t}, on {d} i have no time
       {d} im [away|out|off], so {t} is a no from me
       ill miss {t} on {d}, [my bad|sorry]
       tell the others i wont show up at {t} on {d}
       have to bail on {t} on {d}
       youll have an empty chair at {t} on {d}, i cant come
       my kid is ill so {d} is off, go to {t} without me
       cross my name off {t} for {d}
       not gonna be there for {t} on {d}, [family stuff|doctor|long story]
       i said yes to {t} but {d} turns out to be impossible
       {t} on {d}? i wont be there""",
       """I am unable to attend {t} on {d}.
       Unfortunately, I cannot attend {t} on {d}.""",
       """I am so sorry, but I cannot come to {t} on {d}.
       Sadly I cannot join {t} on {d}, I am really sorry.""",
       """I cannot attend {t} on {d}.""", "Not attending", "{t} on {d}"),
    _i("late",
       """gonna be late for {t}, there around {k}
       running late, {t} at {k} for me
       ill only make {t} by {k}
       stuck in traffic, at {t} around {k}
       [bus|train] is delayed so its {k} for me at {t}
       start {t} without me, ill walk in around {k}
       wont be on time for {t}, more like {k}
       overslept.. being at {t} by {k} is the best i can do
       save me a seat at {t}, im late, coming at {k}
       {k} is when ill get to {t}, no sooner
       missed my [bus|train], i can only be at {t} by {k}
       tell them im late, ill join {t} at {k}
       still on my way to {t}, [think|guess] {k}
       sorry sorry, i come late to {t}, i think {k}
       begin {t} when you like, i get there late, {k}
       cant leave yet, will show up at {t} around {k}
       car wont start, expect me at {t} [around|by] {k}
       not there yet, give me till {k} for {t}
       {k} at the earliest for {t}, the other thing takes longer
       held up here, so {t} for me only from {k}
       i wanted to be at {t} in time but it will be {k}""",
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
       get {t} over to me by {d}
       could i have {t} sent over by {d}
       still no {t} in my inbox, has to be here by {d}
       i cant do anything without {t}, so get it to me by {d}
       [mail|ship|drop] me {t}, {d} latest
       {d} is my deadline so i need you to send {t} before that
       just a nudge, you were gonna send me {t} by {d}
       boss keeps asking for {t}, send it by {d}
       {t} should be on my desk by {d}
       u said i would get {t}, i want it by {d}
       pls you send {t} to me, not later than {d}
       waiting for {t} here, you have till {d} to send it
       any chance you send me {t} by {d}
       havent seen {t} yet, can it be with me by {d}
       {t} pls, by {d}, my client is waiting
       email {t} to me before {d} is over
       whats taking so long with {t}, send it over by {d}
       without {t} by {d} im in trouble, so send it""",
       """Please send {t} by {d}.
       I would appreciate it if you could send {t} by {d}.""",
       """Could you please send {t} by {d}? Thank you so much.
       It would help me a lot to have {t} by {d}, thank you.""",
       """Please send {t} by {d}.""", "Needed", "{t} by {d}"),
    _i("move_meeting",
       """can we move {t} to {d} {k}
       lets push {t} to {d} at {k}
       {t} has to move, {d} {k} ok?
       {d} {k} is better for {t}
       something came up, could {t} be on {d} at {k} instead
       change of plan: {t} goes to {d}, {k}
       that slot is no good, can {t} be {d} at {k}
       i have a clash, so {t} on {d} at {k} instead pls
       how about we shift {t} to {d}, say {k}
       put {t} on {d} at {k}, the old time is bad
       can you live with {t} on {d} at {k} instead
       we need a new time for {t}, i say {d} {k}
       i cant do {t} at the old time, {d} at {k} is free
       would rather do {t} on {d}, {k} suits me [better|more]
       {t} at the old time is not possible, better {d} at {k}
       reschedule {t}, make it {d} {k}
       {t} clashes with my [dentist|train|shift], take {d} {k} instead
       any objections to {t} on {d} at {k} rather than the old slot
       half the team is away, so lets have {t} on {d} at {k} instead
       swap the time of {t}, {d} {k} fits [everyone|us] better
       the planned time for {t} got blocked, whats with {d} at {k}""",
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
       you owe me {a}
       so about that {a}, when do you finally pay
       my account is still {a} short because of you
       no {a} on our side yet, [come on|seriously]
       how long till you pay me the {a}
       i checked the bank again and the {a} isnt there
       you forgot the {a}, transfer it
       the {a} is [long|way] overdue
       cough up the {a}
       last time im asking for the {a}
       you not pay the {a} still, why
       we did the work, now wheres the {a}
       that bill of {a} is still open, settle it
       when will i see my {a}
       [weeks|months] go by and no {a} from you
       you promised to transfer {a} and nothing came
       im tired of chasing you for {a}
       dont make me call a lawyer over {a}, just pay""",
       """The payment of {a} is still outstanding.
       We have not yet received your payment of {a}.""",
       """May I kindly remind you of the payment of {a}? Thank you.
       Perhaps the payment of {a} was forgotten, could you please check?""",
       """The payment of {a} is open.""", "Open payment", "{a}"),
    _i("broken",
       """{t} is broken again, fix it
       {t} doesnt work, do something
       {t} is dead, need it fixed
       {t} keeps breaking
       [ugh|great], {t} gave up on me [again|]
       someone has to repair {t}, its kaput
       i pressed everything and {t} just wont start
       nothing happens when i use {t}, sort it out
       {t} is not work since morning, pls repair
       {t} is acting up, get someone to look at it
       how is {t} still not repaired
       guess what, {t} died
       no luck with {t}, it wont do a thing
       can somebody finally repair {t}
       i cant use {t}, its bust
       {t} crashed and wont come back
       {t} is on the blink, send someone to fix it
       {t} stopped working [overnight|all of a sudden]
       we cant work, {t} is down
       tried turning {t} off and on, still not working
       {t} makes a funny noise and then quits, repair it""",
       """I would like to report that {t} is not working.
       Please arrange the repair of {t}, which is not working.""",
       """I am sorry to bother you, but {t} is not working. Could you please help?
       Could you please look at {t}? It is not working, thank you.""",
       """{t} is not working.""", "Not working", "{t}"),
    _i("order_missing",
       """where the hell is order {c}
       order {c} still not here
       {c} never came, whats up
       still no sign of order {c}
       been waiting forever for {c}, where is it
       did you guys lose order {c}
       everybody got theirs but {c} is nowhere
       what happened to {c}, i have nothing here
       my parcel {c} is not in my mailbox
       hello?? {c} should be here by now
       order {c} was supposed to come ages ago
       i ordered, i paid, and {c} still isnt here
       nothing at the door, so wheres {c}
       can you track {c}, it didnt show up
       i not get my order {c} until now
       the tracking for {c} says nothing and i have no package
       its been ages since i ordered, {c} hasnt turned up
       any news on {c}? no parcel so far
       neighbours dont have it either, so where did {c} go
       {c} seems to be lost in the post
       you say {c} was delivered but i got nothing""",
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
       scrap {c} please
       changed my mind about {c}, call it off
       stop {c}, i found something else
       {c} was a mistake, cancel that
       dont ship {c}, i wont take it
       delete {c} from the system, i dont need it
       i ordered {c} by accident, get rid of it
       is it too late to cancel {c}, i want out
       no need for {c} anymore, drop it
       pull the plug on {c}
       {c}? no longer interested, take it off
       you can bin order {c}
       not buying {c} after all, cancel it
       order {c} i dont need now, you can stop it
       i take back my order {c}
       please undo {c}, i clicked too fast
       wife already bought one so {c} can be cancelled
       {c} has to go, i dont need it any longer
       lets not go ahead with {c}""",
       """Please cancel {c}.
       I would like to cancel {c}.""",
       """Could you please cancel {c} for me? Thank you very much.
       I am sorry for the trouble, but please cancel {c}.""",
       """Please cancel {c}.""", "To cancel", "{c}"),
    _i("thanks_help",
       """thx for helping with {t}
       cheers for {t}
       thanks a bunch for {t}
       u saved me with {t}
       couldnt have done {t} without you
       you rock, {t} would be a mess without u
       owe you one for {t}
       big thanks for the help with {t}
       so glad you helped me with {t}
       {t} only worked cause of you, ta
       nice one for jumping in on {t}
       ur a star, thx for {t}
       many thank for your help in {t}
       i was lost with {t} till you helped, thanks
       thanks to you and the team for {t}
       wow, you sorted {t} so fast, thank you
       really nice of you to do {t} with me, thx
       what a relief, {t} is done thanks to you
       really appreciate what you did for {t}
       a big hug for your help with {t}
       i wont forget how you helped out with {t}
       beers on me, you were great with {t}""",
       """Thank you for your help with {t}.
       I would like to thank you for your support with {t}.""",
       """Thank you so much for your kind help with {t}.
       Your help with {t} was wonderful, thank you.""",
       """Thank you for {t}.""", "Thanks for", "{t}"),
    _i("meet_place",
       """lets meet at {l} at {k}
       meet me at {l}, {k}
       see u {k} in {l}
       be at {l} by {k}
       {k}, {l}, dont be late
       i will be waiting in {l} at {k}
       how about {l} at {k}, you and me
       can you get to {l} for {k}, we need to talk
       find me in {l} at {k}
       come to {l} at {k}
       we [all|] meet up in {l} at {k}
       catch you at {l}, say {k}
       {l} works for me, i am there at {k}, come too
       lets do {k} at {l}
       pls come to {l}, i am there {k}
       meeting point is {l}, {k} sharp
       be there at {k}, {l}, we can chat then
       you know {l}? see you there at {k}
       {k} ok for you? then {l}
       grab a coffee and come to {l} at {k}
       lets get together, {l} at {k}""",
       """I suggest that we meet in {l} at {k}.
       Let us meet in {l} at {k}.""",
       """I would be happy to meet you in {l} at {k}.
       Shall we meet in {l} at {k}? I look forward to it.""",
       """Let us meet in {l} at {k}.""", "Meeting", "{l} at {k}"),
    _i("ask_person",
       """ask {p} about {t}
       {p} knows about {t}, go ask
       talk to {p} re {t}
       just ping {p} for {t}
       no idea about {t}, {p} would know
       {t} is not my job, try {p}
       {p} is the one to ask when its about {t}
       bug {p} with your questions on {t}
       dont ask me about {t}, ask {p}
       if its about {t} go see {p}
       {p} handles {t}, not me
       why me, {p} is in charge of {t}
       u should speak with {p} because of {t}
       get in touch with {p} if you have trouble with {t}
       all the stuff about {t} is with {p} now
       i have no clue on {t}, drop {p} a line
       with {t} you must go to {p}
       {p} did all of {t}, so better ask there
       wrong guy, {t} belongs to {p}
       for {t} the right person is {p}
       send your question on {t} to {p}, i cant answer it
       maybe {p} can tell you more on {t}, check there""",
       """Please contact {p} about {t}.
       For questions about {t}, please contact {p}.""",
       """Could you please ask {p} about {t}? Thank you.
       I am sure {p} is happy to help you with {t}.""",
       """Please ask {p} about {t}.""", "Contact", "{p} for {t}"),
    _i("price_up",
       """{t} costs {a} now
       price for {t} went up to {a}
       heads up, {t} is {a} now
       {t} is now {a}, sry
       sorry folks, {t} got pricier, {a} from now on
       we had to raise {t} to {a}
       you now pay {a} for {t}
       just so you know, {t} is up to {a}
       bad news, its {a} for {t} these days
       everything gets expensive, {t} too: {a} now
       cant keep the old price for {t}, its {a} now
       new price tag on {t}, {a}
       the old price of {t} is gone, now its {a}
       {t} not cheap like before, now {a}
       from now on its {a} if you want {t}
       we put {t} at {a}, prices are up
       sadly {t} wont stay cheap, we charge {a} now
       suppliers want more so {t} is now {a}
       {a}, thats what {t} costs since the increase
       inflation hit {t} as well, {a} now
       dont be surprised, {t} went up and costs {a}""",
       """Please note that {t} now costs {a}.
       The price of {t} is now {a}.""",
       """We are sorry to tell you that {t} now costs {a}.
       Thank you for understanding that {t} now costs {a}.""",
       """{t} now costs {a}.""", "New price", "{t}: {a}"),
    _i("closed",
       """were closed {d}
       no one here on {d}
       nobody in on {d}
       shop is shut {d}
       dont come {d}, its closed
       we all have the day off on {d}, no one to open
       nobody will open the door on {d}
       doors stay locked {d}
       if you wanna come, not on {d}, were shut
       {d} is a no go, office is closed
       taking {d} off, shop stays closed
       everything is closed here {d}
       you wont find anyone here on {d}
       on {d} we not open
       no opening on {d}, sry
       its a holiday for us {d}, all closed
       save yourself the trip on {d}, were not open
       {d} nobody works here
       the place is closed for {d}
       not open on {d}, come another day
       staff party on {d} so the office is shut""",
       """Please note that we are closed on {d}.
       Our office will be closed on {d}.""",
       """We are sorry, but we are closed on {d}. Thank you for understanding.
       Unfortunately we are closed on {d}, we are sorry.""",
       """We are closed on {d}.""", "Closed", "{d}"),
    _i("ready",
       """{t} is ready, come get it
       u can grab {t} from {k}
       {t} is done, pick it up
       {t} is here, come by
       we finished {t}, swing by
       {t} is waiting for you at the desk
       just finished {t}, all yours
       come over, {t} is good to go
       you can come for {t} now
       {t} is all set
       good news, {t} is finished
       took a while but {t} is ready
       pick up {t} whenever u like
       {t} sits here ready, come and take it
       {t} is finish, you can take it
       no more waiting, {t} is done
       whenever you have time, {t} can be collected
       done with {t}, come and fetch it
       {t} is wrapped up and waiting for you
       finally, {t} is ready
       you asked about {t}, its ready now""",
       """{t} is ready for collection.
       We are pleased to inform you that {t} is ready.""",
       """Good news: {t} is ready for you. We look forward to seeing you.
       We are happy to tell you that {t} is ready, thank you for waiting.""",
       """{t} is ready.""", "Ready", "{t}"),
    _i("wrong",
       """u got {t} wrong
       {t} is totally wrong
       {t} is a mess, redo it
       who messed up {t}
       did anyone even check {t}, its full of mistakes
       {t} has errors all over, fix them
       whoever did {t} wasnt paying attention
       have another look at {t}, it doesnt add up
       i looked at {t} and thats not right
       something is off with {t}, correct it
       {t} makes no sense like this, change it
       nope, {t} is not correct
       sorry but {t} is not right, you must do again
       you made a mess of {t}
       there are mistakes in {t}, go over it again
       {t} is not what we agreed, do it over
       {t} has the wrong [names|figures|facts] in it
       cant use {t} like that, too many errors
       spotted a mistake in {t}, pls fix
       i think you mixed something up in {t}
       check {t} again, theres an error""",
       """There is a mistake in {t}. Please correct it.
       I noticed an error in {t} and ask you to correct it.""",
       """I think there is a small mistake in {t}. Could you please have a look?
       Thank you for your work. Could you please check {t} once more?""",
       """{t} contains a mistake.""", "Mistake", "{t}"),
    _i("quit",
       """im done with {t} from {d}
       leaving {t} {d}
       {t} without me from {d}
       im out of {t} on {d}
       {d} is my last day with {t}
       i quit {t}, last day is {d}
       had enough of {t}, im off for good on {d}
       find someone else for {t}, i stop for good on {d}
       after {d} i wont be part of {t} anymore
       decided to drop out of {t} as of {d}
       no more {t} for me ever, im gone {d}
       ive had it with {t}, i quit on {d}
       handing in my notice for {t}, {d} its over
       its goodbye to {t} for me on {d}
       i want stop with {t}, on {d} i go
       just so you hear it from me, im leaving {t} on {d}
       my time with {t} ends on {d}
       got a new job, so {d} is it for me and {t}
       on {d} im giving up {t} for good
       you need a replacement for me in {t}, im leaving on {d}
       stepping down from {t} for good on {d}""",
       """I will leave {t} on {d}.
       I would like to inform you that I will leave {t} on {d}.""",
       """I am sad to leave {t} on {d}. Thank you for everything.
       It was a pleasure, but I will leave {t} on {d}. Thank you.""",
       """I leave {t} on {d}.""", "Leaving", "{t} on {d}"),
    _i("lost",
       """lost {t} somewhere in {l}
       cant find {t}, was in {l}
       left {t} in {l} i guess
       anyone seen {t} in {l}
       {t} must be somewhere in {l}, cant find it
       has anybody found {t}, i had it in {l}
       last time i saw {t} was in {l}, now its gone
       i think i forgot {t} in {l}
       if {t} turns up in {l} its mine
       dumb me, {t} is still lying in {l} somewhere
       help, {t} is missing, i was in {l}
       was in {l} and now i dont have {t}
       keep an eye out for {t} in {l}, i lost it there
       {t} fell out of my bag in {l}
       i have lose {t}, maybe in {l}
       looked everywhere in {l} and no {t}
       did i leave {t} in {l}? its missing
       pls look for {t} in {l}, i lost it
       my pockets are empty, {t} must have stayed in {l}
       gone: {t}, last seen in {l}
       {t} got lost in {l}, tell me if you find it""",
       """I have lost {t} in {l}.
       I believe that I left {t} in {l}.""",
       """I am afraid I lost {t} in {l}. Could you please look for it?
       Would you kindly look for {t} in {l}? Thank you.""",
       """I lost {t} in {l}.""", "Lost", "{t} in {l}"),
    _i("quiet",
       """keep it down in {l}
       too loud in {l}, stop it
       stop the noise in {l}
       shut up in {l}
       cant hear myself think in {l}
       could everyone in {l} pipe down
       theres way too much noise in {l}
       people are trying to work in {l}, be quiet
       whoever is yelling in {l}, stop
       hush in {l}, will you
       turn it down in {l}
       {l} sounds like a zoo, quiet down
       the racket in {l} has to end
       is it so hard to be quiet in {l}
       less talk in {l}, some of us work
       in {l} is always so loud, please quiet
       no more shouting in {l}
       guys, {l} is not a party, be quiet
       im on the phone and {l} is way too noisy
       lower your voices in {l}
       my head hurts from the noise in {l}
       can we have some silence in {l}""",
       """Please keep the noise down in {l}.
       I would ask you to be quiet in {l}.""",
       """Could you please be a little quieter in {l}? Thank you.
       We would be happy if it were a bit quieter in {l}, thank you.""",
       """Please be quiet in {l}.""", "Quiet", "{l}"),
    _i("who_took",
       """who took {t}? bring it back
       give {t} back
       {t} is gone, return it
       bring back {t} now
       somebody walked off with {t}, i want it back
       {t} isnt where i left it, hand it back
       put {t} back where it was
       whoever borrowed {t}, i need it returned
       funny, {t} has legs now.. give it back
       did you take {t}, bring it back
       i lent you {t}, when do i get it back
       {t} belongs to me, return it pls
       you have {t} long enough, give back now
       dont keep {t}, bring it back
       not cool taking {t}, return it
       i want {t} back on my desk
       ok who has {t}, i need it back
       {t} was here a minute ago, whoever has it return it
       next time ask before you take {t}, now bring it back
       someone nicked {t}, give it back
       i know one of you has {t}, put it back""",
       """Please return {t}.
       I would ask that {t} be returned.""",
       """Could whoever has {t} please bring it back? Thank you.
       I would be grateful to have {t} back, thank you.""",
       """Please return {t}.""", "To return", "{t}"),
    _i("call",
       """call me {d} {k}
       ring me at {k} on {d}
       gimme a call {d}, {k}
       phone me {d} at {k}
       we should talk, call me {d} at {k}
       im free for a call on {d}, {k}
       try my phone {d} around {k}
       give me a ring on {d} at {k}
       easier by phone, {d} {k}
       can you phone me on {d}, {k} works
       pick up the phone and call me {d} at {k}
       id like to hear from you by phone {d} at {k}
       you call me {d} at {k}, yes
       too much to type, ring me on {d} at {k}
       got a minute on {d}? call at {k}
       waiting for your call on {d} at {k}
       my phone is on {d} at {k}, call me
       talk on the phone {d}? {k}, you call
       hit me up by phone on {d} at {k}
       when you get the chance on {d}, {k} or so, phone me
       dont write, just call {d} at {k}""",
       """Please call me on {d} at {k}.
       I would be available for a call on {d} at {k}.""",
       """Could you please call me on {d} at {k}? I look forward to it.
       I would be glad to talk to you on {d} at {k}.""",
       """Please call me on {d} at {k}.""", "Call", "{d} at {k}"),
    _i("book",
       """book {t} for {d}
       i want {t} {d}
       get me {t} on {d}
       reserve {t}, {d}
       hold {t} for me on {d}
       put me down for {t} on {d}
       id take {t} {d}, can you reserve it
       is {t} free on {d}? if so book it for me
       we want {t} booked for {d}
       could you block {t} for me on {d}
       pls make a booking: {t}, {d}
       is it possible {t} for {d}, i want reserve
       keep {t} free for me {d}
       {t} on {d}, put my name on it
       dont give {t} to anyone else on {d}, i want to book it
       need a reservation for {t} on {d}
       sign me up for {t}, {d} please, i want to reserve
       make sure {t} is reserved for us on {d}
       we come on {d}, pls reserve {t}
       {d} i need {t}, can you book that
       if nobody has {t} on {d} yet, reserve it for me""",
       """I would like to reserve {t} for {d}.
       Please reserve {t} for {d}.""",
       """Could you please reserve {t} for {d}? Thank you.
       I would be very happy if you could reserve {t} for {d}.""",
       """Please reserve {t} for {d}.""", "To reserve", "{t} for {d}"),
    _i("refuse_price",
       """{a} is way too much
       no way im paying {a}
       {a}? thats a rip off
       {a} is crazy
       who pays {a} for that
       im not made of money, {a} is too much
       you cant be serious with {a}
       {a} is over our limit
       wow, {a}? forget it
       found it cheaper, {a} is too high
       no deal at {a}
       cant afford {a}
       {a} is a joke
       we dont have {a} for this
       for {a} i go somewhere else
       very expensive, {a} i cannot pay
       thats too pricey, {a} is out of the question
       {a} is more than i can spend
       come down a bit, {a} is too expensive
       my jaw dropped, {a} is far too much
       with {a} you lose me, too steep
       {a} for that? are you kidding, too much""",
       """I consider the price of {a} to be too high.
       The price of {a} exceeds our budget.""",
       """Thank you for your offer. Sadly, {a} is a little more than we can pay.
       I am sorry, but {a} is too much for us.""",
       """{a} is too high.""", "Too high", "{a}"),
    _i("run_out",
       """were out of {t}
       somebody finished {t}, order more
       {t} is all used up
       theres nothing left of {t}
       last bit of {t} is gone, buy some
       who used up {t}, we need more
       {t} is empty, get a new one
       weve run out of {t} again
       shelf is bare, {t} has run out
       we dont have any of {t} anymore, order
       time to restock {t}
       put {t} on the shopping list, its all gone
       is nothing more from {t}, buy new
       gimme a refill of {t}, its used up
       i went to get {t} and there was none left
       we need to order {t} again, stock is gone
       {t}: none left, somebody order
       not a single bit of {t} in the house
       the cupboard has no more {t}
       we used the last of {t}, get more
       {t} is finish, someone must buy again""",
       """Please note that we have run out of {t}.
       We have run out of {t} and ask you to order more.""",
       """I am sorry to say that we have run out of {t}. Could you please order more?
       Could you kindly order more? We have run out of {t}, thank you.""",
       """We have run out of {t}.""", "Used up", "{t}"),
    _i("access",
       """cant get into {t}, need the password
       whats the login for {t}
       {t} wont let me in
       locked out of {t} again
       gimme access to {t}
       who has the password for {t}
       i need rights for {t}
       how am i supposed to open {t} without a password
       it says no permission when i open {t}
       {t} asks for a password i dont have
       unlock {t} for me
       add me to {t}, i cant see it
       i cant log in to {t}
       my login for {t} is not good, need one
       everyone can open {t} but me
       forgot my password for {t}
       {t} says access denied
       what do i type to get into {t}, i have no password
       it wont take my password for {t}
       new here and still no login for {t}
       can somebody let me into {t}, i have no rights""",
       """I would like to request access to {t}.
       I am unable to open {t} and ask you for access.""",
       """Could you please give me access to {t}? Thank you.
       I would be grateful for access to {t}.""",
       """I need access to {t}.""", "Access needed", "{t}"),
    _i("decline_offer",
       """thx but no thx for {t}
       nice of you, but i dont need {t}
       ill pass on {t}
       not interested in {t}, but cheers
       thanks for offering {t}, were good
       keep {t}, im fine without it
       no need for {t} but thx anyway
       {t} sounds nice but no
       appreciate it, but {t} is not for me
       we talked about {t} and its a no from us
       you can offer {t} to someone else, i dont want it
       kind of you, still i say no to {t}
       about your offer of {t}: no thanks
       i not want {t}, but thank you
       had a look at {t}, dont want it
       you offered me {t}, i dont need it
       {t}? thanks but not for me
       i thought it over, i wont take {t}, thanks
       sweet of you to offer {t} but no
       we already have one so no {t} for us, thanks
       gonna say no to your {t} offer""",
       """Thank you for offering {t}, which I would like to decline.
       I would like to decline your offer of {t}.""",
       """Thank you so much for offering {t}, but I do not need it.
       It was very kind of you to offer {t}. Sadly, I have to decline.""",
       """I do not need {t}.""", "Declined", "{t}"),
    _i("delivery",
       """{t} comes {d}, someone be there
       {t} is being delivered on {d}
       expect {t} on {d}
       delivery guy brings {t} {d}
       we drop off {t} on {d}
       {t} should get here {d}
       youll have {t} on {d}, its on the way
       {d} is when {t} arrives
       be home {d}, {t} is coming
       the truck with {t} comes {d}
       {t} got shipped, arrives {d}
       no stress, {t} will be at your door {d}
       they told me {t} arrives on {d}
       {t} will come to you on {d}, open the door
       somebody has to take in {t} on {d}
       courier has {t}, delivery is {d}
       you get {t} delivered on {d}
       keep {d} free, {t} is being delivered
       the van brings {t} on {d}
       {t} left the warehouse, with you on {d}
       look out for {t} on {d}, its coming to your door""",
       """Please note that {t} will be delivered on {d}.
       We are pleased to inform you that {t} will arrive on {d}.""",
       """Good news: {t} will arrive on {d}. Thank you for waiting.
       We are happy to tell you that {t} will be delivered on {d}.""",
       """{t} arrives on {d}.""", "Delivery", "{t} on {d}"),
    _i("room_change",
       """{t} is in {l} now, not the old room
       new room for {t}: {l}
       were doing {t} in {l} instead
       room change, {t} moved to {l}
       for {t} go to {l}, its not where it was
       {l} it is for {t}, old room is taken
       old room is full so {t} happens in {l}
       they kicked us out, {t} is now in {l}
       dont go to the usual place, {t} is in {l}
       heads up, {t} has a new place, {l}
       {t} got moved, come to {l} instead
       if youre looking for {t}, its in {l} now
       somebody took our room, {t} in {l} then
       place of {t} is change, now {l}
       we had to switch rooms, {l} for {t}
       wrong room on the invite, {t} is in {l}
       change of room, {t} is in {l}
       the heating is off in the old room, so {t} is in {l}
       see you at {t}, but in {l} this time, not the old place
       {t} wont be where it always is, go to {l}
       were moving {t} over to {l}""",
       """Please note that {t} will now take place in {l}.
       I would like to inform you that {t} has been moved to {l}.""",
       """I am sorry for the change: {t} is now in {l}.
       Please come to {l} for {t}, which has been moved. Thank you for understanding.""",
       """{t} is now in {l}.""", "New place", "{t} in {l}"),
    _i("approve",
       """pls ok {t}
       just say yes to {t} already
       {t} needs your ok
       cant start until you approve {t}
       are you fine with {t}? then approve it
       give {t} the green light
       waiting on your yes for {t}
       is {t} approved or what
       thumbs up for {t}? need yours
       nobody approved {t} yet, can u
       {t} is stuck till you approve it
       we need a go for {t}
       nothing moves on {t} without your ok
       click approve on {t} pls
       i wait for your yes about {t}
       boss, {t} still wants your blessing
       whats holding up {t}? we need your approval
       your approval on {t} is all we need
       please nod through {t}
       say yes or no to {t}, preferably yes, so we can go on
       i finished my part, you only need to approve {t}""",
       """Please approve {t}.
       I would like to ask for your approval of {t}.""",
       """Could you please approve {t}? Thank you.
       I would be grateful if you could approve {t}.""",
       """Please approve {t}.""", "To approve", "{t}"),
    _i("sign",
       """sign {t} by {d}
       {t} needs ur signature, {d} latest
       your name is missing on {t}, sign before {d}
       i need {t} signed by {d}
       dont forget to sign {t}, its due {d}
       put your signature on {t}, you have till {d}
       {t} is no good unsigned, so sign it by {d}
       you still have to sign {t}, {d} is the deadline
       just a quick signature on {t} by {d}
       cant go on without your signature on {t}, {d} at the latest
       when do you sign {t}, it has to be by {d}
       grab a pen and sign {t} before {d}
       pls make your sign on {t}, before {d}
       everyone signed {t} except you, do it by {d}
       we have until {d} to get your signature on {t}
       {t} is lying here without your signature, sign by {d}
       legal wants {t} signed, {d} latest
       can you put your name under {t} by {d}
       not signed yet: {t}, you have until {d}
       come by and sign {t}, it must be done by {d}""",
       """Please sign {t} by {d}.
       I would appreciate it if you could sign {t} by {d}.""",
       """Could you please sign {t} by {d}? Thank you so much.
       I would be very grateful if you could sign {t} by {d}.""",
       """Please sign {t} by {d}.""", "To sign", "{t} by {d}"),
    _i("forward",
       """pass {t} on to {p}
       fwd {t} to {p}
       {p} hasnt seen {t} yet, forward it
       can u get {t} to {p}
       make sure {p} gets {t}
       {p} needs {t}, pass it along
       hand {t} over to {p}
       let {p} have {t} when youre done
       {t} landed with you but its for {p}, pass it on
       {t} should go to {p} not me
       send {t} on to {p} pls
       {p} keeps asking for {t}, just forward it
       give {t} to {p} when you see them
       you give {t} to {p}, yes
       dont sit on {t}, pass it to {p}
       i think {p} should get {t} from you
       {t} isnt mine, [relay|pass] it to {p} pls
       did {p} get {t} yet? if not send it on
       share {t} with {p} when you get a sec
       please cc {p} on {t}, wants to see it too
       when youre through with {t} the next one is {p}, pass it along""",
       """Please forward {t} to {p}.
       I would ask you to forward {t} to {p}.""",
       """Could you please pass {t} on to {p}? Thank you.
       I would be grateful if you could forward {t} to {p}.""",
       """Please forward {t} to {p}.""", "To forward", "{t} to {p}"),
    _i("help_day",
       """need a hand with {t} on {d}
       who can help with {t} {d}
       cant do {t} alone on {d}, help
       im drowning, someone help with {t} on {d}
       any free hands {d} for {t}
       we are short of people for {t} on {d}
       can you help me out with {t} on {d}
       {t} on {d} is too much for me alone
       looking for helpers, {t}, {d}
       got time on {d}? i could use help with {t}
       lend me a hand {d}, its about {t}
       i could use some backup for {t} on {d}
       anyone around {d} to help with {t}
       please somebody help in {t}, on {d}
       {d} will be crazy, i need people to help with {t}
       stuck with {t}, can u come help on {d}
       my back is bad, {t} on {d} needs another pair of hands
       half of us are off so who helps with {t} on {d}
       can somebody pitch in with {t} on {d}
       ill never get through {t} on {d} by myself, help me
       if youre bored on {d}, come help with {t}""",
       """I would appreciate your help with {t} on {d}.
       We are looking for support with {t} on {d}.""",
       """Could you please help me with {t} on {d}? Thank you.
       I would be so happy about some help with {t} on {d}.""",
       """I need help with {t} on {d}.""", "Help needed", "{t} on {d}"),
    _i("wrong_amount",
       """{a} on {c} is wrong
       you charged me {a} for {c}, thats not right
       why does {c} say {a}, fix it
       check {c} again, {a} cant be right
       {c} is off, it says {a}
       we never agreed on {a} for {c}
       sum on {c} is wrong, it shows {a}
       {a}?? look at {c} again, wrong sum
       someone typed {a} on {c}, thats a mistake
       i was billed {a} for {c}, wrong number
       the {a} on {c} doesnt add up
       pls correct {c}, it should not be {a}
       {c} with {a} is not correct i think
       how did you get {a} for {c}, its wrong
       theres a mistake on {c}, i see {a} there
       cant accept {c} like this, {a} is the wrong amount
       {a}? thats not what {c} should say
       on {c} you put {a}, thats a mistake
       i looked over {c} and the {a} is an error
       somethings fishy, {c} shows {a}, wrong sum
       you got the sum wrong on {c}, it reads {a}""",
       """The amount of {a} on {c} is not correct. Please check it.
       I would like to point out that the amount of {a} on {c} is wrong.""",
       """I think the amount of {a} on {c} is not quite right. Could you please check it?
       Could you kindly look at {c} again? The amount of {a} seems wrong, thank you.""",
       """The amount of {a} on {c} is wrong.""", "Wrong amount", "{a} on {c}"),
    _i("invite",
       """come to {t} on {d} at {k}
       {t} is {d} at {k}, youre invited
       wanna join {t} {d} at {k}
       we have {t} on {d} at {k}, be there
       got plans for {d}? {t} starts {k}, come along
       bring yourself to {t}, {d} {k}
       you should come to {t} on {d}, we start {k}
       theres {t} on {d} at {k} and i want you there
       id love to see u at {t} {d}, {k}
       everyone is coming to {t} on {d} at {k}, you too i hope
       join us for {t}, {d} at {k}
       keep {d} {k} free, youre coming to {t}
       come also to {t}, is on {d} at {k}
       {d} at {k} we do {t}, feel free to come
       it wont be fun without you, {t}, {d} {k}
       this is your invite for {t} on {d} at {k}
       were throwing {t} on {d}, {k}, come too
       {d} {k}, {t}, and youre on the guest list
       what are you doing {d} at {k}? come to {t}
       hope youll come to {t}, its {d} at {k}
       you and your family are invited to {t}, {d} {k}""",
       """I would like to invite you to {t} on {d} at {k}.
       We are pleased to invite you to {t} on {d} at {k}.""",
       """We would be happy to see you at {t} on {d} at {k}.
       I hope you can come to {t} on {d} at {k}. I look forward to it.""",
       """Please come to {t} on {d} at {k}.""", "Invitation", "{t}, {d} at {k}"),
    _i("remind",
       """dont forget {t} on {d}
       {t} is {d}, just reminding you
       remember {t}? its on {d}
       friendly poke: {t} on {d}
       mark {d} in your calendar, its {t}
       in case you forgot, {t} is on {d}
       hope you still know that {t} is {d}
       last time you forgot, so again: {t} on {d}
       set an alarm, {t} is on {d}
       keep {t} in mind for {d}
       {d}! {t}! dont miss it
       not to forget please: {t} is {d}
       u remember {d} is {t} right
       its coming up soon, {t} on {d}
       saying it again, {t} happens on {d}
       tie a knot in your hanky for {t} on {d}
       {t} is on {d}, write it down
       wake up, {d} is {t}
       quick reminder, {d}, {t}
       make sure you dont miss {t} on {d}
       you always forget, so: {d} is {t}""",
       """Please remember {t} on {d}.
       I would like to remind you of {t} on {d}.""",
       """May I kindly remind you of {t} on {d}? Thank you.
       Just a kind reminder that {t} is on {d}. Thank you.""",
       """Please remember {t} on {d}.""", "Reminder", "{t} on {d}"),
    _i("sick",
       """im sick, not in on {d}
       caught something, cant work {d}
       no work for me {d}, im ill
       feeling awful, staying in bed {d}
       got the flu so im off {d}
       calling in sick for {d}
       my head is killing me, wont be in {d}
       count me as sick on {d}
       i am ill, i not come to work {d}
       been throwing up all night, no way i work {d}
       doctor says stay home on {d}
       fever, so dont expect me at work {d}
       {d} im out sick
       too ill to work on {d}
       not feeling good at all, ill stay home {d}
       this cold got me, im home {d}
       woke up with a [fever|sore throat], so not at work {d}
       my stomach is upset, cant come in {d}
       i feel rotten, {d} i stay in bed
       got a bug, so no me at the office {d}
       im down with something, need {d} off sick""",
       """I am ill and unable to work on {d}.
       Unfortunately, I am ill and will not be at work on {d}.""",
       """I am sorry, but I am ill and cannot work on {d}.
       Sadly I am not well and have to stay at home on {d}. Thank you for understanding.""",
       """I am ill on {d}.""", "Ill", "{d}"),
    _i("extension",
       """need more time for {t}, till {d}
       wont finish {t} in time, {d} ok
       can i hand in {t} on {d} instead
       give me until {d} for {t}
       {t} takes longer than i thought, {d} is realistic
       not done with {t} yet, can it wait till {d}
       any chance to get {t} extended to {d}
       im behind with {t}, need until {d}
       the deadline for {t} is too tight, make it {d}
       could we push the deadline of {t} to {d}
       {t} is more work than planned, i want till {d}
       no way im done with {t} before {d}
       i not ready with {t}, please wait to {d}
       let me have till {d}, {t} isnt finished
       id need a few more days for {t}, so {d}
       sry, {t} will be late, youll get it {d}
       {t} isnt gonna be done, give me till {d}
       was swamped, so {t} needs till {d}, ok
       can the due date of {t} be {d} instead
       would you wait for {t} until {d}, its not finished
       let me turn in {t} on {d}, i need the extra time""",
       """I would like to request more time for {t}, until {d}.
       I would need until {d} to finish {t}.""",
       """Could I please have until {d} to finish {t}? Thank you.
       I am sorry, but I need a little more time for {t}, until {d} if possible.""",
       """I need until {d} for {t}.""", "More time", "{t} until {d}"),
    _i("refund",
       """want my {a} back for {c}
       give me back the {a} i paid for {c}
       {c} was rubbish, i want the {a} back
       refund {c}, it was {a}
       i sent {c} back, wheres my {a}
       you owe me a refund for {c}, {a}
       i paid {a} for {c} and want it back
       returning {c}, so gimme my {a} back
       when do i get the {a} for {c} back
       money back for {c}, all {a} of it
       no use for {c}, please give the {a} back
       put the {a} for {c} back on my card
       i am waiting on a refund of {a}, order {c}
       {c} went back to you, now the {a} has to come back to me
       you said id get {a} back for {c}
       please my money back, {a} for {c}
       the thing from {c} broke at once, refund my {a}
       havent seen my {a} for {c}, you promised a refund
       {a} for {c}, i want every cent returned
       {c} never worked so i want my {a} back
       it was {a} for {c}, please return the money""",
       """I would like to request a refund of {a} for {c}.
       Please refund {a} for {c}.""",
       """Could you please refund {a} for {c}? Thank you very much.
       I would be grateful for a refund of {a} for {c}.""",
       """Please refund {a} for {c}.""", "Refund", "{a} for {c}"),
    _i("shift",
       """can {p} take my shift on {d}
       {p} does my shift {d}, ok with u
       i want {p} to cover for me on {d}
       let {p} work my shift {d}
       need someone for my shift {d}, ask {p}
       swap me out on {d}, {p} can do it
       put {p} on my shift for {d}
       instead of me {p} should work {d}
       is it fine if {p} takes over my shift on {d}
       my shift on {d} goes to {p}
       i gave my shift on {d} to {p}, need your ok
       {p} has time on {d} and could do my shift
       change the plan, {p} works for me {d}
       {d} is bad for me, {p} could take the shift
       on {d} i not work, {p} do my shift
       cover for my shift {d} could be {p}
       {p} said yes to doing my shift on {d}, is that ok
       i have a thing on {d}, can {p} do my shift
       would you mind if {p} did my shift {d}
       [pls|] write down {p} for my shift on {d}
       {p} will step in for my shift on {d} if you agree""",
       """I would like {p} to take over my shift on {d}.
       I would ask you to let {p} take my shift on {d}.""",
       """Could {p} please take my shift on {d}? Thank you.
       I would be grateful if {p} could take my shift on {d}.""",
       """Please let {p} take my shift on {d}.""", "Shift", "{p} on {d}"),
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
