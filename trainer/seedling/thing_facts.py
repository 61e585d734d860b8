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
       {e} is {v}.""",
        """how much [is|does] {e} [cost|]?
       what does {e} cost?
       what is the price [of|for] {e}?
       what do I pay for {e}?
       what do you charge for {e}?
       how expensive is {e}?
       price of {e}?
       [can|could] you tell me what {e} costs?""",
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
       {e} opens {v}.""",
        """when is {e} open?
       what are the [opening hours|hours] of {e}?
       at what times can I use {e}?
       when can I [use|visit] {e}?
       [tell me|I need] the opening times of {e}?
       hours of {e}?""",
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
       Look for {e} in {v}.""",
        """where is {e}?
       where [can|do] I find {e}?
       [how do I get|which way is it] to {e}?
       what is the location of {e}?
       I am looking for {e}. where is it?
       [location of|where's] {e}?""",
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
       {e} is managed by {v}.""",
        """who [looks after|is responsible for|runs|manages] {e}?
       who [can I ask|do I ask] about {e}?
       who is the contact for {e}?
       [whom|who] should I contact about {e}?
       who is in charge of {e}?
       contact person for {e}?""",
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
       {e} must be booked by {v}.""",
        """when is the deadline for {e}?
       until when can I [book|sign up for|order] {e}?
       by when must I book {e}?
       how long can I still [book|sign up for] {e}?
       what is the last day for {e}?
       deadline for {e}?""",
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
       The limit for {e} is {v}.""",
        """how many [people|of us] can use {e}?
       how many people [is|fits] {e} [for|]?
       what is the limit for {e}?
       how many [may|can] join {e}?
       is there a limit for {e}?
       how big a group can use {e}?""",
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
       Plan {v} for {e}.""",
        """how long does {e} [take|last]?
       how long can I use {e}?
       how much time [does {e} take|do I need for {e}]?
       what is the duration of {e}?
       for how long is {e}?
       how many minutes should I plan for {e}?""",
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
       The day for {e} is {v}.""",
        """on [what|which] day is {e}?
       what day is {e}?
       which weekday is {e} on?
       when in the week is {e}?
       on what day does {e} take place?""",
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
       Enter {v} for {e}.""",
        """what is the code for {e}?
       which code do I need for {e}?
       what code opens {e}?
       [how do I open|what do I enter for] {e}?
       I forgot the code for {e}?
       code for {e}?""",
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
       From {v} on, you may use {e}.""",
        """from what age [is {e} allowed|can I use {e}]?
       what is the minimum age for {e}?
       how old must I be for {e}?
       is there an age limit for {e}?
       can children use {e}? from what age?""",
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
       {e} needs {v} of notice.""",
        """how far ahead must I book {e}?
       how early [do I|should I|must I] book {e}?
       how much notice does {e} need?
       when do I have to reserve {e}?
       how many days before should I reserve {e}?""",
        """Please book {e} {v} ahead.
       {e} must be booked {v} ahead.
       You need to reserve {e} {v} in advance.""",
    ),
)
