"""What a shop's policy says: statements, questions and answers; `{v}` is the value."""

# ruff: noqa: E501 - the phrase tables read better unwrapped

from trainer.seedling import names
from trainer.seedling.fact_kinds import FactKind
from trainer.seedling.fact_kinds import fact_kind as _f

SHOP: tuple[FactKind, ...] = (
    _f(
        "returns",
        "return window",
        names.days_span,
        "how long you have to return something",
        """[Items|Goods|Purchases] can be [returned|sent back] within {v}.
       You [may|can] return [an item|anything|your order] [within|for up to] {v}.
       The return window is {v}.
       Returns are [accepted|possible] for {v} after delivery.
       If you change your mind, send it back within {v}.
       We take [goods|items] back for {v}.""",
        """[how long|how many days] do I have to [return|send back|bring back] [something|an item|my order|this|it]?
       what is [the|your] return [window|period|deadline|time]?
       until when can I [return|send back] [something|an item|my order|it]?
       I [want|would like] to [return|send back] [something|my order|an item]. How [long|much time] do I have?
       how late can I [return|bring back] [an item|a purchase]?
       [what is|tell me] the time limit for returns?
       [can I still|am I able to] return [this|my order]? what's the [limit|window]?
       returns: how long?
       when do I have to [send|bring] [it|my order] back?
       return period?""",
        """You can return [an item|it] within {v}.
       You have {v} to return [an item|your order|it].
       [Items|Returns] are accepted for {v}.
       The return window is {v}.""",
        """[Keep|Please keep] the receipt [and the box|at hand].
       I can help you start the return [now|if you like].
       [Just|Please] send us your order number to start the return.""",
    ),
    _f(
        "refund",
        "refund time",
        names.days_span,
        "how long a refund takes",
        """Refunds [arrive|are paid] within {v}.
       A refund takes {v}.
       We [pay|send] refunds within {v}.
       Your money is [back|returned] within {v}.
       After we get the item, the refund takes {v}.""",
        """how long does [a|the|my] refund take?
       when [will|do] I get my money back?
       how [fast|quickly|soon] [are refunds paid|is a refund paid|do you refund]?
       when [does|will] [my|the] refund [arrive|come]?
       how long [must|do] I wait for [my|the] [refund|money]?
       what is the refund time?
       I sent it back. when is the money [there|in my account]?
       refund time?""",
        """[A refund|Your refund] takes {v}.
       You get your money back within {v}.
       Refunds [arrive|are paid] within {v}.""",
        """[Please check|Check] your bank account after that.
       If it has not arrived by then, [write to us|tell us] and we will look into it.""",
    ),
    _f(
        "delivery_time",
        "delivery time",
        names.days_span,
        "how long delivery takes",
        """[Standard delivery|Delivery|Shipping] takes {v}.
       [Orders|Parcels] arrive within {v}.
       We deliver within {v}.
       Your [order|parcel] reaches you in {v}.
       The delivery time is {v}.""",
        """how long does [delivery|shipping|the delivery] take?
       when [will|does] my [order|parcel|package] arrive?
       how [fast|quickly] do you [deliver|ship]?
       what is the delivery time?
       how many days until my [order|parcel] [comes|is here]?
       when can I expect my [order|parcel|package]?
       how soon [will|can] I get my [order|package]?
       delivery time?""",
        """Delivery takes {v}.
       Your order arrives within {v}.
       We deliver within {v}.""",
        """You can follow the parcel with its tracking number.
       [Please tell|Tell] me your order number if it is late.""",
    ),
    _f(
        "shipping_cost",
        "shipping cost",
        names.amount,
        "what shipping costs",
        """[Shipping|Delivery] costs {v}.
       The [shipping|delivery] [fee|cost] is {v}.
       We charge {v} for [shipping|delivery].
       For delivery you pay {v}.
       Each delivery is {v}.""",
        """how much [is|does] [shipping|delivery] [cost|]?
       what does [shipping|delivery] cost?
       what do I pay for [shipping|delivery]?
       how much do you charge for [shipping|delivery]?
       what is the [shipping|delivery] [fee|cost]?
       is there a [shipping|delivery] fee? how much?
       price of [shipping|delivery]?
       how expensive is [shipping|delivery]?""",
        """[Shipping|Delivery] costs {v}.
       You pay {v} for [shipping|delivery].
       The shipping fee is {v}.""",
        """You will see the cost again before you pay.""",
    ),
    _f(
        "free_shipping",
        "free shipping limit",
        names.amount,
        "from what amount shipping is free",
        """Orders over {v} ship free.
       Shipping is free [from|above] {v}.
       From {v} on, delivery is free.
       You pay no shipping for orders over {v}.
       Free delivery starts at {v}.""",
        """when is [shipping|delivery] free?
       from what amount is [shipping|delivery] free?
       how much must I [spend|order] for free [shipping|delivery]?
       do you offer free [shipping|delivery]?
       what is the minimum for free [shipping|delivery]?
       is there free [shipping|delivery]?
       free shipping from when?""",
        """Shipping is free for orders over {v}.
       Orders over {v} ship free.
       From {v} on, you pay no shipping.""",
        """[Add|You can add] something to your basket to reach it.""",
    ),
    _f(
        "warranty",
        "warranty",
        names.long_span,
        "how long the warranty lasts",
        """The warranty [is|lasts] {v}.
       [All|Our] products [have|come with] a warranty of {v}.
       We give a warranty of {v}.
       Products are covered for {v}.
       You have {v} of warranty.""",
        """how long is the warranty?
       [what|how long a] warranty do [I|we] [get|have]?
       how long [does|will] the warranty last?
       for how long [is|are] [my product|products|it] covered?
       do you give a warranty? how long?
       is there [a|any] [warranty|guarantee]?
       what is the warranty [period|time]?
       warranty length?""",
        """The warranty [is|lasts] {v}.
       You have {v} of warranty.
       Your product is covered for {v}.""",
        """[Keep|Please keep] the receipt for it.
       Send us a photo of the fault and we will check it.""",
    ),
    _f(
        "hours",
        "support hours",
        names.hours_range,
        "when support is open",
        """[Support|The help desk|Our team] is open {v}.
       You can [reach|call] us {v}.
       Our [opening hours|hours] are {v}.
       We are open {v}.
       We answer calls {v}.""",
        """when are you open?
       what are your [opening hours|hours]?
       when can I [call|reach] [you|support|someone]?
       at what times is support open?
       [which|what] hours [do you work|are you there]?
       when is [support|the help desk] [open|available]?
       opening hours?
       from when to when can I call?""",
        """We are open {v}.
       Support is open {v}.
       You can reach us {v}.""",
        """[Please have|Have] your order number ready when you call.""",
    ),
    _f(
        "email",
        "contact e-mail",
        names.email,
        "which e-mail address to write to",
        """[Write to|E-mail us at|Contact us at] {v}.
       Our e-mail [address|] is {v}.
       You can [write to|reach] us at {v}.
       Send questions to {v}.
       For help, mail {v}.""",
        """what is your [email|e-mail] [address|]?
       [where|how] can I [write to|email|e-mail|contact] you?
       which [email|address] [do I|should I|can I] [use|write to]?
       who do I [email|write to]?
       how do I [contact|reach] [you|support]?
       where do I send [my question|a question|a complaint]?
       email address please
       contact address?""",
        """You can write to {v}.
       Our e-mail address is {v}.
       Please write to {v}.""",
        """[Add|Please add] your order number to the message.""",
    ),
    _f(
        "phone",
        "phone number",
        names.phone,
        "which number to call",
        """[Call|Phone] us [at|on] {v}.
       Our phone number is {v}.
       You can call {v}.
       The hotline is {v}.
       By phone we are at {v}.""",
        """what is your [phone|telephone] number?
       which number [can|should|do] I call?
       how can I [call|phone] you?
       do you have a [phone number|hotline]?
       under what number can I [reach|call] you?
       phone number please
       what number is the hotline?""",
        """You can call {v}.
       Our phone number is {v}.
       Please call us on {v}.""",
        """Have your order number ready, please.""",
    ),
    _f(
        "cancel",
        "cancellation period",
        names.days_span,
        "how long you can cancel",
        """You can cancel [an order|a booking|] within {v}.
       Cancelling is [free|possible] for {v}.
       [Orders|Bookings] can be cancelled within {v}.
       The cancellation period is {v}.
       Changed plans? Cancel within {v}.""",
        """how long can I cancel?
       until when can I cancel [my order|an order|my booking]?
       can I [still|] cancel [my order|]? how long?
       what is the cancellation [period|deadline]?
       how late can I cancel?
       I want to cancel. What is the limit?
       by when must I cancel?""",
        """You can cancel within {v}.
       Cancelling is possible for {v}.
       The cancellation period is {v}.""",
        """[Tell|Please tell] me your order number if you want to cancel.""",
    ),
    _f(
        "restock",
        "restocking fee",
        names.amount,
        "whether there is a restocking fee",
        """[A|The] restocking fee [of {v} applies|is {v}].
       We keep {v} as a restocking fee.
       Opened items cost {v} to restock.
       For opened boxes we charge {v}.""",
        """[is there|do you have] a restocking fee?
       how much is the restocking fee?
       what do you charge for opened [items|boxes]?
       what does it cost to return an opened item?
       do I pay a fee for opened items?
       restocking fee?""",
        """The restocking fee is {v}.
       Opened items cost {v} to restock.
       Yes, there is a restocking fee of {v}.""",
        """Unopened items are the easiest to return.""",
    ),
    _f(
        "points",
        "points validity",
        names.long_span,
        "when points expire",
        """[Loyalty points|Points] expire after {v}.
       Points are valid for {v}.
       Your points last {v}.
       After {v}, points are lost.
       Bonus points stay for {v}.""",
        """when do [my|loyalty|the] points expire?
       how long are [my|] points valid?
       how long do points last?
       do [my|] points expire?
       when do I lose my points?
       until when can I use my points?""",
        """[Points|Your points] expire after {v}.
       Your points are valid for {v}.
       Points last {v}.""",
        """You can use them on your next order.""",
    ),
    _f(
        "giftcard",
        "gift card validity",
        names.long_span,
        "how long gift cards are valid",
        """Gift cards are valid for {v}.
       A gift card [lasts|can be used for] {v}.
       Gift cards expire after {v}.
       Use gift cards within {v}.""",
        """how long is [a|my] gift card valid?
       when does [a|my] gift card expire?
       do gift cards expire?
       how long can I use a gift card?
       until when must I use the gift card?
       gift card validity?""",
        """Gift cards are valid for {v}.
       Your gift card expires after {v}.
       You can use a gift card for {v}.""",
        """Enter its code when you pay.""",
    ),
    _f(
        "student",
        "student discount",
        names.percent,
        "what the student discount is",
        """Students get {v} off.
       The student discount is {v}.
       We give students {v}.
       With a student card you save {v}.""",
        """[is there|do you have] a student discount?
       how much do students save?
       what discount do students get?
       what is the student discount?
       I am a student. do I get a discount?
       student discount?""",
        """Students get {v} off.
       The student discount is {v}.
       Yes, students save {v}.""",
        """[Show|Please show] your student card when you order.""",
    ),
    _f(
        "damage",
        "damage report deadline",
        names.days_span,
        "how soon damage must be reported",
        """Report damage within {v}.
       Damaged [items|goods] must be reported within {v}.
       Tell us about damage within {v}.
       If something is broken, write within {v}.""",
        """[how soon|when] must I report damage?
       my [item|parcel|order] is [damaged|broken]. how long do I have to [report it|tell you]?
       until when can I report a [broken|damaged] item?
       what is the deadline for damage reports?
       how long can I wait before I report damage?
       it came broken. what's the deadline?""",
        """Please report damage within {v}.
       You have {v} to report damage.
       Damage must be reported within {v}.""",
        """[Send|Please send] us a photo of the damage.""",
    ),
    _f(
        "exchange",
        "exchange period",
        names.days_span,
        "how long you can exchange an item",
        """[Exchanges|Swaps] are [free|possible] within {v}.
       You can exchange [an item|a size] within {v}.
       We exchange items for {v}.
       Wrong size? Swap it within {v}.""",
        """how long can I [exchange|swap] [an item|something|a size]?
       can I [exchange|swap] it? until when?
       what is the exchange period?
       it does not fit. how long do I have to swap it?
       by when must I exchange?
       exchange deadline?""",
        """You can exchange an item within {v}.
       Exchanges are possible within {v}.
       You have {v} to exchange it.""",
        """Tell me the size you need and I will [help|note it].""",
    ),
    _f(
        "deposit",
        "deposit",
        names.amount,
        "how high the deposit is",
        """[A|The] deposit [is {v}|of {v} is due].
       We ask for a deposit of {v}.
       You leave {v} as a deposit.
       The deposit comes to {v}.""",
        """how [much|high] is the deposit?
       what deposit do you [take|ask for]?
       do I need to [pay|leave] a deposit?
       is there a deposit?
       how much must I leave as a deposit?
       deposit amount?""",
        """The deposit is {v}.
       We ask for a deposit of {v}.
       You leave a deposit of {v}.""",
        """You get it back at the end.""",
    ),
    _f(
        "latefee",
        "late fee",
        names.amount,
        "how high the late fee is",
        """[The|A] late fee [is {v}|of {v} applies].
       Late [returns|payments] cost {v}.
       If you are late, you pay {v}.
       We charge {v} for being late.""",
        """how [much|high] is the late fee?
       what happens if I [pay|return it] late?
       is there a late fee?
       what do I pay if I am late?
       what does it cost to be late?
       late fee?""",
        """The late fee is {v}.
       If you are late, you pay {v}.
       Late returns cost {v}.""",
        """[Tell|Please tell] us early if you will be late.""",
    ),
)
