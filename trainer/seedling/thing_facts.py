"""What may be said of any thing `{e}`: its price, hours, place, contact and so on."""

from trainer.seedling import names
from trainer.seedling.fact_kinds import FactKind
from trainer.seedling.fact_kinds import fact_kind as _f

THINGS: tuple[FactKind, ...] = (
    _f(
        "price",
        "price of {e}",
        names.amount,
        "how much {e} costs",
        """{e} costs {v}.
       The price [of|for] {e} is {v}.
       You pay {v} for {e}.
       We charge {v} for {e}.
       {e} is {v}.
       For {e} we ask {v}.
       The [fee|charge|rate] for {e} is {v}.
       Anyone who wants {e} pays {v}.
       {e} [is available|can be had] for {v}.
       Price of {e}: {v}.
       If you would like {e}, please pay {v}.
       A fee of {v} applies to {e}.
       Please have {v} ready for {e}.
       {v} is what {e} costs.
       Our price for {e} [is now|stays at] {v}.
       {e} will cost you {v}.
       We offer {e} for {v}.
       {e} is priced at {v}.
       Whoever books {e} is charged {v}.""",
        """how much [is|does] {e} [cost|]?
       what does {e} cost?
       what is the price [of|for] {e}?
       what do I pay for {e}?
       what do you charge for {e}?
       how expensive is {e}?
       price of {e}?
       [can|could] you tell me what {e} costs?
       I want {e}. what will it cost me?
       what's the [fee|charge|rate] for {e}?
       how much money [should|must] I bring for {e}?
       [do you know|any idea] [how much|what] {e} costs?
       {e}, how much?
       I'd like to know what I [have to|must] pay for {e}.
       is {e} expensive? what's the price?
       how much would I have to spend on {e}?
       my [wife|boss|friend] asked me what {e} costs.
       what [amount|sum] do you ask for {e}?
       we are thinking about {e}, but first I'd like to hear the price.
       nobody told me the price of {e}.
       what would {e} set me back?
       is {e} free, or what does it cost?
       I saw {e} but there was no price on it. how much?
       cost of {e}, please
       I have to check my budget: {e} is how much money?
       can I afford {e}? tell me the price.
       I'd love to have {e}, if only I knew the price.
       the sign next to {e} shows no price, so what is it?
       my [mum|flatmate] is paying, so I must tell her the price of {e}.
       how much you want for {e}?
       what will you put on my bill for {e}?
       am I right that {e} is cheap? what do you charge?
       I forgot to ask at the desk what {e} costs.
       what does one pay these days for {e}?
       I only have a little money on me. is it enough for {e}, what's the price?""",
        """{e} costs {v}.
       You pay {v} for {e}.
       The price of {e} is {v}.""",
        """Shall I note it for you?""",
    ),
    _f(
        "open",
        "{e} open",
        names.hours_range,
        "when {e} is open",
        """{e} is open {v}.
       The opening hours of {e} are {v}.
       You can use {e} {v}.
       {e} opens {v}.
       Opening hours of {e}: {v}.
       You will find {e} open {v}.
       {e} can be used {v}.
       We keep {e} open {v}.
       {e} is available {v}.
       Come to {e} {v}.
       {e} is [staffed|accessible] {v}.
       Hours for {e} are {v}, except on holidays.
       Access to {e} is possible {v}.
       {e} runs {v} and is closed at other times.
       {e} welcomes visitors {v}.
       Doors of {e} are unlocked {v}.
       Opening times for {e}: {v}.
       You can get into {e} {v}.""",
        """when is {e} open?
       what are the [opening hours|hours] of {e}?
       at what times can I use {e}?
       when can I [use|visit] {e}?
       [tell me|I need] the opening times of {e}?
       hours of {e}?
       [what time|at what time] does {e} open and close?
       from what time until what time can I get into {e}?
       is {e} open all the time? if not, when?
       I stood in front of {e} and it was closed. when does it open?
       do you know when {e} opens?
       I'd like to use {e} after work. what are the hours?
       until when does {e} stay open?
       could you send me the [business|opening] hours of {e}?
       [what|which] times is {e} available?
       I never know when {e} is open.
       my friend says {e} is closed most of the time. when is it open?
       we plan to go to {e}. which opening times does it have?
       {e}, open when?
       when would I find {e} open?
       please check the opening hours of {e} for me.
       I came for {e} yesterday and the door was shut, so what are its hours?
       during which hours can people get into {e}?
       is {e} closed now? what are the opening times?
       I don't want to stand in front of a locked door at {e}. what are the hours?
       can I still go to {e} tonight? when does it shut?
       {e} was dark and locked when I came. what are its opening hours?
       my [son|wife] would like to go to {e} before work, does it open early?
       when do they unlock {e}?
       when {e} is opened pls
       is {e} open at weekends, or only on other days? tell me the hours.
       I made the trip to {e} for nothing. what are the right opening times?
       between what times can people go to {e}?
       are there fixed opening times for {e}?""",
        """{e} is open {v}.
       You can use {e} {v}.""",
    ),
    _f(
        "where",
        "{e} location",
        names.place,
        "where {e} is",
        """{e} is in {v}.
       You find {e} in {v}.
       {e} [has moved to|is located in] {v}.
       Look for {e} in {v}.
       The location of {e} is {v}.
       Location of {e}: {v}.
       Go to {v} [for|if you need] {e}.
       To get to {e}, go to {v}.
       We have put {e} in {v}.
       {e} has its place in {v}.
       Visitors find {e} in {v}.
       In {v} you will find {e}.
       If you are looking for {e}, try {v}.
       You can see {e} in {v}.
       {e} can be found in {v}.
       {e} stands in {v}.
       Follow the signs to {v} for {e}.
       The place for {e} is {v}.""",
        """where is {e}?
       where [can|do] I find {e}?
       [how do I get|which way is it] to {e}?
       what is the location of {e}?
       I am looking for {e}. where is it?
       [location of|where's] {e}?
       whereabouts is {e}?
       I can't find {e}.
       I walked around the whole place and did not see {e}.
       do you know where {e} is?
       can [you|someone] show me the way to {e}?
       where should I go [for|to find] {e}?
       where did you put {e}?
       {e}, where?
       has {e} moved? where did it go?
       I'm new here and I have to get to {e}. which way?
       what place do I go to for {e}?
       where [would|could] someone find {e}?
       my colleague is lost and wants to get to {e}.
       directions to {e}, please
       point me to {e}, please.
       we have a visitor who wants to see {e}. where should she go?
       where have they hidden {e}?
       I'm at the entrance. where do I walk to reach {e}?
       I've been running in circles and still no {e}. where is it?
       in which part of the building is {e}?
       my [son|colleague] is waiting for me at {e} and I don't know where that is.
       excuse me, the way to {e}?
       they told me {e} is somewhere around here. where exactly?
       where they keep {e}?
       I have no map. where would I look for {e}?
       does anybody know the spot where {e} is?
       it's my first day and I can't see {e} anywhere.
       which room or floor do I go to for {e}?""",
        """{e} is in {v}.
       You find {e} in {v}.""",
    ),
    _f(
        "who",
        "contact for {e}",
        names.full_name,
        "who is responsible for {e}",
        """{v} [looks after|is responsible for|runs] {e}.
       The contact for {e} is {v}.
       Ask {v} about {e}.
       {e} is managed by {v}.
       {v} is in charge of {e}.
       {v} takes care of {e}.
       Contact {v} [about|for] {e}.
       Questions about {e} go to {v}.
       [Please speak|Speak] to {v} if you have questions about {e}.
       The person responsible for {e} is {v}.
       {e} is in the hands of {v}.
       For help with {e}, turn to {v}.
       {v} is the [person|one] to ask about {e}.
       If {e} [makes trouble|has a problem], tell {v}.
       {e} is the job of {v}.
       Any question on {e}? {v} knows the answer.
       {v} handles everything about {e}.
       Your contact for {e}: {v}.""",
        """who [looks after|is responsible for|runs|manages] {e}?
       who [can I ask|do I ask] about {e}?
       who is the contact for {e}?
       [whom|who] should I contact about {e}?
       who is in charge of {e}?
       contact person for {e}?
       there is a problem with {e}. who should I [talk|speak|write] to?
       who takes care of {e}?
       which person is responsible for {e}?
       I have a question about {e}. who knows about it?
       what's the name of the person [in charge of|responsible for] {e}?
       whose job is {e}?
       do you know who runs {e}?
       I'd like to talk to whoever manages {e}.
       {e} is broken. whom do I tell?
       who do I turn to with questions about {e}?
       which of your colleagues handles {e}?
       I was told to speak to someone about {e} but I forgot the name.
       to whom should I send my complaint about {e}?
       {e}: who is responsible?
       who's the right person for {e}?
       I'm looking for a name. who deals with {e}?
       is anybody in charge of {e}? who?
       everyone says "not my job" about {e}. so whose is it?
       I want to praise whoever takes care of {e}. what's the name?
       something is wrong with {e} and I need a name to write to.
       who has the say over {e}?
       I got passed around all day because of {e}. which person is in charge?
       who is boss of {e}?
       my question about {e} was never answered, so who deals with it?
       can you give me the name of somebody who knows about {e}?
       who should get my mail about {e}?
       if {e} fails, whose desk does that land on?
       is there a colleague I can ask about {e}, and what is the name?""",
        """{v} looks after {e}.
       The contact for {e} is {v}.
       You can ask {v} about {e}.""",
    ),
    _f(
        "deadline",
        "deadline for {e}",
        names.date,
        "when the deadline for {e} is",
        """The deadline for {e} is {v}.
       [Book|Order] {e} by {v}.
       You can sign up for {e} until {v}.
       {e} must be booked by {v}.
       {v} is the last day [to sign up for|to book] {e}.
       Sign up for {e} no later than {v}.
       Bookings for {e} close on {v}.
       Registration for {e} ends on {v}.
       We accept [bookings|orders] for {e} until {v}.
       If you want {e}, [tell us|let us know] by {v}.
       Deadline for {e}: {v}.
       After {v}, {e} can no longer be booked.
       Reserve {e} on {v} at the latest.
       The last chance to book {e} is {v}.
       Bookings of {e} must be in by {v}.
       On {v} the list for {e} closes.
       Apply for {e} by {v}.
       The cut-off date for {e} is {v}.""",
        """when is the deadline for {e}?
       until when can I [book|sign up for|order] {e}?
       by when must I book {e}?
       how long can I still [book|sign up for] {e}?
       what is the last day for {e}?
       deadline for {e}?
       what is the [final|last] date to [sign up for|book] {e}?
       when does [registration|booking] for {e} close?
       am I too late for {e}? when is the [cut-off|last day]?
       I still want to [book|sign up for] {e}. until what date is that possible?
       by which date do I have to [decide|register|apply] for {e}?
       I have not booked {e} yet. when is it too late?
       latest date to order {e}?
       when do [bookings|sign-ups] for {e} end?
       my [friend|sister] wants to sign up for {e}. what's the last possible day?
       do you know the deadline for {e}?
       from which date on can {e} no longer be booked?
       I don't want to miss the deadline for {e}. which date is that?
       when must my [order|booking] for {e} be in?
       up to which date do you take bookings for {e}?
       when is the last chance to book {e}?
       I put off signing up for {e}. which date must I not miss?
       {e}, sign-up until when?
       I must ask my boss for leave first, so how long can I wait with signing up for {e}?
       is the list for {e} still open? until which date?
       I always miss these dates. when is the cut-off for {e}?
       can I still get in on {e}, and what's the latest date?
       {e} booking, last date pls?
       I'd hate to be too late for {e}. by what date should my name be down?
       the flyer for {e} does not show the deadline. do you know it?
       my [cousin|flatmate] is still thinking about {e}. by which date must she decide?
       when do you stop taking names for {e}?
       which date closes the sign-up for {e}?""",
        """The deadline for {e} is {v}.
       You can sign up for {e} until {v}.
       Please book {e} by {v}.""",
    ),
    _f(
        "max",
        "limit for {e}",
        lambda d: f"{names.count(d)} people",
        "how many people {e} is for",
        """{e} is for up to {v}.
       [At most|No more than] {v} [may|can] use {e}.
       {e} has room for {v}.
       The limit for {e} is {v}.
       {e} [holds|takes|fits] {v}.
       {e} is limited to {v}.
       Groups of up to {v} can use {e}.
       We allow at most {v} for {e}.
       The maximum for {e} is {v}.
       {v} is the [limit|maximum] for {e}.
       Please bring no more than {v} to {e}.
       {e} may not be used by more than {v}.
       {e} is meant for groups of up to {v}.
       Places for {e} are limited to {v}.
       {e} is full with {v}.
       There is space for {v} in {e}, not more.
       {e} is made for at most {v}.
       Never more than {v} at {e}, please.""",
        """how many [people|of us] can use {e}?
       how many people [is|fits] {e} [for|]?
       what is the limit for {e}?
       how many [may|can] join {e}?
       is there a limit for {e}?
       how big a group can use {e}?
       how many persons fit into {e}?
       what's the maximum number of people for {e}?
       we are a [big|large] group. how many may use {e}?
       what is the capacity of {e}?
       is {e} big enough for [all of us|my whole team]? how many can it take?
       for how many people is {e}?
       I'd like to know the largest group size for {e}.
       can my whole family use {e} together, or is it limited to fewer people?
       how many places are there [for|in] {e}?
       how many can [share|take part in] {e}?
       we want to share {e}. what's the limit on people?
       I have to tell my group how many of us can use {e}.
       at how many people is {e} full?
       up to how many visitors may use {e}?
       does {e} have a maximum of people?
       my class wants to come. how many pupils can {e} take?
       {e}, for how many?
       I don't want to invite too many guests to {e}, so what's the limit?
       my whole football team would come along to {e}. do we all fit?
       I'm counting heads for {e}. how many are allowed?
       how many of my guests could I bring to {e}?
       will we be too many for {e}? what's the limit?
       {e} is for how many persons pls
       how many people are permitted at {e} at a time?
       before I invite everybody: how many fit in {e}?
       when do you say {e} is full, at how many people?
       my [aunt|boss] wants to bring the entire family to {e}. is there a maximum?
       what group size is okay for {e}?""",
        """{e} is for up to {v}.
       Up to {v} can use {e}.
       The limit for {e} is {v}.""",
    ),
    _f(
        "length",
        "duration of {e}",
        names.minutes_span,
        "how long {e} takes",
        """{e} takes {v}.
       {e} lasts {v}.
       You can use {e} for {v}.
       Plan {v} for {e}.
       The duration of {e} is {v}.
       {e} goes on for {v}.
       Allow {v} for {e}.
       {e} is over after {v}.
       With {e} you will be busy for {v}.
       Duration of {e}: {v}.
       You [get|have] {e} for {v}.
       A slot for {e} lasts {v}.
       From start to end, {e} takes {v}.
       Keep {v} free for {e}.
       {e} keeps you busy for {v}.
       {e} is done in {v}.
       Reckon with {v} for {e}.
       The time for {e} is {v}.""",
        """how long does {e} [take|last]?
       how long can I use {e}?
       how much time [does {e} take|do I need for {e}]?
       what is the duration of {e}?
       for how long is {e}?
       how many minutes should I plan for {e}?
       how long will {e} keep me busy?
       how many [minutes|hours] does {e} take?
       I have a train to catch after {e}. how long does it take?
       how long is one slot for {e}?
       how much time [should|must] I [plan|reserve|keep free] for {e}?
       for how long may I keep {e}?
       when {e} starts, how long until the end?
       does {e} take long?
       I don't have much time today. how long does {e} take?
       time needed for {e}?
       {e}, how long does it take?
       I'd like to know the duration of {e}.
       my [meeting|bus] is right after {e}, so I have to know how long it lasts.
       do you know how long {e} goes on?
       how long before {e} is [over|done|finished]?
       how many minutes do we get for {e}?
       my parking runs out soon. will {e} take long, or how much time is it?
       what's the usual time people spend with {e}?
       my babysitter has to leave soon. how long will {e} take?
       can I squeeze {e} into my lunch break, or does it take longer than that?
       how long am I gone if I do {e}?
       what do I tell my [wife|driver] about how long {e} lasts?
       {e} is how long pls?
       is {e} a quick thing? how many minutes?
       I am an impatient person. how long is {e}?
       when I begin with {e}, how much later am I done?
       how much of my day goes into {e}?
       I'd fit {e} in before dinner if I knew how long it takes.""",
        """{e} takes {v}.
       You can plan {v} for {e}.
       It takes {v}.""",
    ),
    _f(
        "day",
        "day of {e}",
        lambda d: names.weekday(d),
        "on which day {e} is",
        """{e} is [always|] on {v}.
       {e} takes place on {v}.
       On {v} there is {e}.
       The day for {e} is {v}.
       {e} happens on {v}.
       Come on {v} for {e}.
       We [offer|have] {e} on {v}.
       {v} is the day for {e}.
       {e} is held on {v}.
       If you want {e}, come on {v}.
       Day of {e}: {v}.
       Every week, {e} is on {v}.
       {e} [falls on|is scheduled for] {v}.
       Mark {v} for {e} in your calendar.
       The weekday for {e} is {v}.
       Each week we have {e} on {v}.
       {e} comes round every {v}.
       Keep {v} free for {e}.""",
        """on [what|which] day is {e}?
       what day is {e}?
       which weekday is {e} on?
       when in the week is {e}?
       on what day does {e} take place?
       which day of the week is {e}?
       what day should I come for {e}?
       I'd like to put {e} in my calendar. which weekday?
       is {e} on the weekend or during the week? which day?
       on which day do you [offer|hold|do] {e}?
       what weekday does {e} fall on?
       I forgot which day {e} is.
       can you remind me of the day of {e}?
       day of {e}?
       {e}, which day?
       I can't come every day, so what day is {e}?
       my daughter keeps asking what day {e} takes place.
       for which weekday is {e} planned?
       what day of the week do you have {e}?
       which day do I have to keep free for {e}?
       on what weekday do people meet for {e}?
       please tell me the weekday of {e}.
       I mixed up my week. {e} was on what day?
       I want to swap shifts so that I can be at {e}. which weekday is it?
       I showed up for {e} and nobody was there, wrong day I guess. which one is right?
       my calendar is a mess. which day was {e} again?
       {e} is what day pls?
       does {e} fall on my day off? on which day do you have it?
       I only have time on some days. what day is {e}?
       which day do you all meet for {e}?
       tell my [daughter|friend] the weekday of {e}, please.
       is {e} early in the week or late? which day exactly?
       on what day of the week can I come to {e}?""",
        """{e} is on {v}.
       It is on {v}.
       {e} takes place on {v}.""",
    ),
    _f(
        "code",
        "code for {e}",
        names.code,
        "what the code for {e} is",
        """The code for {e} is {v}.
       Use [code|the code] {v} for {e}.
       {e} opens with {v}.
       Enter {v} for {e}.
       Code for {e}: {v}.
       To open {e}, enter {v}.
       {e} [has|uses] the code {v}.
       Type {v} to [open|use] {e}.
       You need the code {v} for {e}.
       With {v} you can open {e}.
       {v} is the code [for|of] {e}.
       When {e} asks for a code, enter {v}.
       {e} is locked, and the code is {v}.
       {e} can only be used with the code {v}.
       {e} unlocks with {v}.
       The keypad at {e} wants {v}.
       If you want to use {e}, the code is {v}.
       {v} is what you type at {e}.""",
        """what is the code for {e}?
       which code do I need for {e}?
       what code opens {e}?
       [how do I open|what do I enter for] {e}?
       I forgot the code for {e}?
       code for {e}?
       {e} is locked. what code do I type?
       {e} wants a code from me.
       I'm standing at {e} and it asks for a code. which one?
       do you have the code for {e}?
       can I have the code for {e}?
       what do I type to open {e}?
       what's the access code [to|for|of] {e}?
       I lost the note with the code for {e}.
       which code unlocks {e}?
       does {e} need a code? which?
       someone changed the code for {e}. what's the new one?
       remind me of the code for {e}.
       what should I enter when {e} asks for the code?
       my code for {e} does not work. what's the correct one?
       I'd like to open {e}, but I have no code.
       with which code can one open {e}?
       I tried everything and {e} stays shut. which code is right?
       {e} code, please
       it's raining, I'm outside and {e} won't let me in without a code.
       the keypad at {e} blinks at me. what should I press?
       my colleague has the code for {e}, but she's ill today. can you give it to me?
       {e} code again? I had it on a note and the note is gone.
       pls code of {e}
       what do I key in at {e}?
       is there a secret code for {e}, and what is it?
       I typed the wrong code at {e} again and again. which is the right one?
       how is {e} unlocked, by what code?
       the new guy has to open {e}. which code shall I tell him?""",
        """The code for {e} is {v}.
       Use the code {v} for {e}.
       You need the code {v}.""",
    ),
    _f(
        "age",
        "minimum age for {e}",
        lambda d: f"{d.rng.randint(5, 25)} years",
        "from what age {e} is allowed",
        """{e} is for people from {v}.
       The minimum age for {e} is {v}.
       You must be at least {v} old for {e}.
       From {v} on, you may use {e}.
       {e} is allowed from {v}.
       Nobody under {v} may use {e}.
       You can use {e} once you are {v} old.
       Children under {v} are not allowed to use {e}.
       The age limit for {e} is {v}.
       For {e} you have to be {v} or older.
       Minimum age for {e}: {v}.
       {e} is only for people of at least {v}.
       {v} is the minimum age for {e}.
       To use {e}, a person must be {v} old or more.
       {e} is open to everyone from {v} on.
       You may try {e} at the age of {v}.
       Kids must be {v} old for {e}.
       Below {v}, {e} is not allowed.""",
        """from what age [is {e} allowed|can I use {e}]?
       what is the minimum age for {e}?
       how old must I be for {e}?
       is there an age limit for {e}?
       can children use {e}? from what age?
       is my [son|daughter|child] old enough for {e}? what's the age limit?
       at what age can [kids|children|people] use {e}?
       how old does one have to be [for|to use] {e}?
       am I too young for {e}? from what age is it allowed?
       what age do I have to be for {e}?
       my little brother wants to use {e}. how old must he be?
       is {e} for adults only? or from what age?
       what's the youngest age for {e}?
       {e}: minimum age?
       does {e} have an age limit? which one?
       I don't know if my kids may use {e} at their age.
       what's the required age for {e}?
       how many years old should a person be for {e}?
       do I have to be a certain age for {e}?
       below what age is {e} forbidden?
       can teenagers use {e}? what's the minimum age?
       I'd like to know from which age on {e} is allowed.
       we are bringing our children. when are they old enough for {e}?
       my twins are dying to try {e}. are they old enough?
       I am quite young, would you let me use {e}? what's the age?
       do you ask for an ID at {e}? how old must one be?
       {e} from which age pls
       how old did you have to be for {e} again?
       my [nephew|granddaughter] begs me for {e}. at what age may she?
       is there a rule about how old people must be for {e}?
       can a small child go to {e}, or is there a minimum age?
       I don't want tears at the entrance of {e}: what's the youngest age you accept?
       when does a kid reach the age for {e}?""",
        """The minimum age for {e} is {v}.
       You must be at least {v} old.
       {e} is allowed from {v}.""",
    ),
    _f(
        "notice",
        "notice for {e}",
        names.days_span,
        "how far ahead {e} must be booked",
        """{e} must be booked {v} ahead.
       Book {e} at least {v} before.
       Please reserve {e} {v} in advance.
       {e} needs {v} of notice.
       Tell us {v} ahead if you need {e}.
       Bookings for {e} must reach us {v} ahead.
       The notice period for {e} is {v}.
       Notice for {e}: {v}.
       Give us {v} of notice for {e}.
       At least {v} before you need {e}, please book it.
       For {e}, [write|call] us {v} in advance.
       {e} requires a booking {v} in advance.
       Without {v} of notice, {e} cannot be booked.
       Reservations of {e} are needed {v} beforehand.
       Anyone who wants {e} must say so {v} ahead.
       Booking {e} takes {v} of lead time.
       Ask for {e} at least {v} in advance.
       We need to hear from you {v} ahead of {e}.""",
        """how far ahead must I book {e}?
       how early [do I|should I|must I] book {e}?
       how much notice does {e} need?
       when do I have to reserve {e}?
       how many days before should I reserve {e}?
       how long in advance do I have to book {e}?
       can I book {e} at the last minute? how far ahead do you have to know?
       how much time ahead should I reserve {e}?
       what is the notice period for {e}?
       I want {e} soon. how early must I tell you?
       is it enough to book {e} shortly before, or how much notice do you want?
       how long before my visit must {e} be booked?
       how long ahead do you have to know that I want {e}?
       notice needed for {e}?
       do I have to book {e} [early|in advance]? how early?
       how many days ahead do you want my booking for {e}?
       I plan things late. how much notice is needed for {e}?
       what's the shortest notice for {e}?
       can I just turn up for {e}, or how far ahead must I book?
       {e}: how far in advance?
       what lead time does {e} need?
       we'd like to have {e} for a party. how far ahead do we have to ask?
       how early is early enough to book {e}?
       I never know my shifts early. how far in advance do you want to know about {e}?
       is {e} something I can book on the spot, or do you need time? how much?
       if I decide late, can I still get {e}? how far ahead must I be?
       how long beforehand should I ring you about {e}?
       {e} book before how many days pls
       we organise a surprise and want {e}. how long ahead should we reserve?
       what's the least warning you need for {e}?
       how soon before the day can one still reserve {e}?
       last time I asked for {e} too late. how far ahead should it be?
       how much advance warning do you want for {e}?""",
        """Please book {e} {v} ahead.
       {e} must be booked {v} ahead.
       You need to reserve {e} {v} in advance.""",
    ),
)
