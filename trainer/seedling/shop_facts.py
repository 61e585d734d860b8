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
       We take [goods|items] back for {v}.
       [Not happy with it|Not the right thing]? You have {v} to send it back.
       [After delivery|Once it is delivered], you can keep [it|an item] for {v} before you decide to give it back.
       Customers may bring [goods|purchases|products] back up to {v} after [buying|they bought] them.
       Returns: {v}.
       [Every|Each] purchase comes with a {v} right of return.
       A return must [reach us|be started] no later than {v} after [delivery|purchase].
       [Unwanted|Unused] [items|products] are taken back for {v}.
       We allow {v} for returns.
       You get {v} to try [it|your purchase] at home and return it.
       After {v}, we no longer accept a return.
       You can hand back [what you bought|any purchase] for {v}.
       Goods may travel back to us for up to {v}.
       Our promise: {v} to send it back, no questions asked.
       [Wrong choice|Regrets]? Returns stay open for {v}.
       Customers have {v} to decide whether they keep an item, otherwise they send it back.""",
        """[how long|how many days] do I have to [return|send back|bring back] [something|an item|my order|this|it]?
       what is [the|your] return [window|period|deadline|time]?
       until when can I [return|send back] [something|an item|my order|it]?
       I [want|would like] to [return|send back] [something|my order|an item]. How [long|much time] do I have?
       how late can I [return|bring back] [an item|a purchase]?
       [what is|tell me] the time limit for returns?
       [can I still|am I able to] return [this|my order]? what's the [limit|window]?
       returns: how long?
       when do I have to [send|bring] [it|my order] back?
       return period?
       I changed my mind about the [jacket|lamp|chair|kettle] I bought. By when does it have to go back?
       [my wife|my son|my mother] does not like the [present|gift]. how long will you take it back?
       after I get the parcel, how many days are there to give it back?
       [do|will] you take [things|goods|stuff] back, and for how long?
       not happy with what I bought, how long is the return [period|option] open?
       I bought [shoes|a bag|a coat] last week and never wore [it|them]. is it too late for a return?
       return [policy|deadline|limit|time]
       is there a [cut-off|last day|deadline] for sending [goods|purchases] back?
       [I'd like to know|could you say|I was wondering] how much time customers get for returns
       how long before [you refuse a return|a return is too late]?
       I don't need the [blender|printer|tent] any more, am I still in time to return it?
       what if I don't like it? how long can it go back?
       how many days return do you give?
       for how long do you accept returned [items|goods]?
       [please explain|explain me] the time frame for returning a purchase
       my order is here but it's not for me. what's my time to ship it back to you?
       thinking of ordering, but if it is not what I expected, until when would you take it back?
       does the right to return run out at some point?
       I will be travelling and can only post the return later. how many days are allowed?
       days allowed for a return
       how long can an unwanted [item|thing] sit here before I have to send it back?
       [The coat|The lamp|The desk] looks nothing like the photo and I want it gone. how long will you accept a return?
       I got the same [book|toaster|game] as a present twice, so one goes back. how many days have I got?
       it has been sitting unopened in my hallway since it came. did I miss the time for returns?
       my parcel to you leaves at the end of the week, is that soon enough for a return?
       regret buying it. return possible how long?
       can you tell me till when stuff can be brought back to the shop?
       if my girlfriend hates [the ring|the dress|the bag], how many days till I can't return it any more?
       the thing is useless to me, I would like to give it back. is there a time limit on that?
       how much time do people have with you to send back what they don't like?
       I keep forgetting to post my return. what is the very last day?""",
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
       After we get the item, the refund takes {v}.
       [Once|As soon as] [the return|your return|the item] is with us, you have your money [again|back] in {v}.
       Refunds: {v}.
       [Allow|Please allow] {v} for the refund.
       It takes {v} [until|before] the money is back in your account.
       We [process|handle|complete] [every|each] refund in {v}.
       Refunded amounts show up in your account after {v}.
       Expect your refund in {v}.
       Paying you back takes us {v}.
       The amount is credited to you within {v}.
       You will wait no longer than {v} for your refund.
       Money for returned goods is sent back within {v}.
       Reimbursement takes {v}.
       [We need|Our bank needs] {v} to give you your money back.
       Plan {v} until the refund reaches you.
       {v} after the return arrives, you are paid back.""",
        """how long does [a|the|my] refund take?
       when [will|do] I get my money back?
       how [fast|quickly|soon] [are refunds paid|is a refund paid|do you refund]?
       when [does|will] [my|the] refund [arrive|come]?
       how long [must|do] I wait for [my|the] [refund|money]?
       what is the refund time?
       I sent it back. when is the money [there|in my account]?
       refund time?
       still waiting for my money. how long does that normally take?
       I returned the [shoes|lamp|dress] [last week|some days ago] and see nothing on my [card|account] yet. when will I be paid back?
       you got my return, so when do you pay?
       how many days [for|until] the refund?
       [refund|money back]: when?
       when should I see the [money|refund|amount] on my [credit card|bank account|statement]?
       my return arrived at your place. how long till I am refunded?
       what's your processing time for refunds?
       does it take long to get refunded?
       [could you say|I'd like to know|I am wondering] how long you need to pay me back
       by when will I [have my money|be refunded|be paid back]?
       no refund so far. is that normal? how long should it be?
       how much time do you need for a refund?
       I need that money soon. how long before it is back with me?
       [the|my] bank shows no refund. how long is usual?
       what is the [usual|normal] wait for a refund?
       once you have the parcel, how long until you give me back what I paid?
       how long do you take to [return|send back] my money?
       refund duration
       when will the [amount|price I paid] be credited back?
       rent is due and I count on the refund. by when is it in?
       my [husband|flatmate] says the refund should be here already, how long does it really take?
       you promised me my money back. how much longer?
       I look at my account every morning and nothing from you, what's the time for a refund?
       when is a refund paid out?
       the tracking says my return was delivered to you. and the money, when does that come?
       how many days till the cash is back on my card?
       is a refund instant or do I need patience, and how much?
       I'd like to plan my month, so when can I count on the refund?
       pls when refund comes""",
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
       The delivery time is {v}.
       [Allow|Please allow] {v} for your [parcel|package|order] to arrive.
       Your [goods|items] are with you in {v}.
       It takes {v} from [order|checkout] to your door.
       Delivery time: {v}.
       Expect your [parcel|delivery|package] in {v}.
       What you order [comes|gets to you] within {v}.
       The courier [brings|delivers] your [order|parcel] within {v}.
       [All|Most] parcels are on the way for {v} before they reach you.
       [From us to you|From our warehouse to your home], a parcel needs {v}.
       You will have your order in your hands after {v}.
       A parcel is with the customer within {v}.
       [Count on|Reckon with] {v} for delivery.
       Our drivers need {v} to bring you your order.
       Ordered goods turn up at your home in {v}.
       Time from order to arrival: {v}.""",
        """how long does [delivery|shipping|the delivery] take?
       when [will|does] my [order|parcel|package] arrive?
       how [fast|quickly] do you [deliver|ship]?
       what is the delivery time?
       how many days until my [order|parcel] [comes|is here]?
       when can I expect my [order|parcel|package]?
       how soon [will|can] I get my [order|package]?
       delivery time?
       I ordered a [lamp|jacket|kettle] [yesterday|just now]. how long before it is at my door?
       how long do I wait for [my|a] [parcel|package|delivery]?
       if I order today, when do I have it?
       [shipping|delivery] duration
       [parcel|package|order]: how long on the way?
       is your delivery fast? how many days is it?
       need it for a birthday. how soon will it be here?
       how much time [does|will] the parcel need to reach me?
       [could you say|I'd like to know|I am wondering] how long an order takes to get here
       my order has not come yet. how long does it normally take?
       what's the usual shipping time?
       how many days should I [plan|allow] for delivery?
       when will the [postman|courier|driver] bring my things?
       by when is my order [at my place|with me|at home]?
       how long from [checkout|order|payment] to my door?
       will it take long to arrive?
       I paid this morning. when is the stuff coming?
       how long is a parcel on the road?
       will [the gift|it] get here soon? how long do you need to deliver?
       how long does it take you to get [an order|a parcel|the goods] to a customer?
       days until delivery
       we move house soon and I don't want it sent to the old place. how long does delivery take?
       is it worth waiting at home for my parcel? when would it come?
       my fridge is broken and I need the new one quick. how fast are you?
       ordered it a while ago, mailbox still empty. how many days is normal?
       I go on holiday soon, will the parcel make it before that? how long is it under way?
       when can my kid unpack the [bike|toy|game] I ordered?
       pls when comes my packet
       how many days between my click and the doorbell?
       what do you promise for the arrival of an order?
       the party is coming up and the decorations have to be here. what's your delivery speed?""",
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
       Each delivery is {v}.
       Shipping: {v}.
       [Sending|Posting] [a parcel|your order] to you costs {v}.
       We add {v} for [shipping|delivery] to [each|every] order.
       [Postage|Postage and packing] is {v}.
       The price of [shipping|delivery] is {v} per order.
       At checkout, {v} is added for [delivery|shipping].
       You pay {v} to have your order [delivered|shipped|sent].
       To ship [an order|a parcel], we ask {v}.
       Having it brought to your door costs {v}.
       Our [delivery|shipping] rate is {v}.
       Customers pay {v} towards [postage|delivery].
       The courier costs you {v}.
       The cost to send it is {v}.
       [A parcel|Every parcel] goes out for {v}.
       Delivery charge: {v}.""",
        """how much [is|does] [shipping|delivery] [cost|]?
       what does [shipping|delivery] cost?
       what do I pay for [shipping|delivery]?
       how much do you charge for [shipping|delivery]?
       what is the [shipping|delivery] [fee|cost]?
       is there a [shipping|delivery] fee? how much?
       price of [shipping|delivery]?
       how expensive is [shipping|delivery]?
       what do you take for [sending|posting] a parcel?
       [postage|shipping|delivery|shipping price|delivery charge]?
       how much comes on top for [delivery|postage|shipping]?
       I want to order a [lamp|mug|book]. what will the [postage|shipping] be?
       what would I pay to have it [sent to my home|brought to my house|delivered]?
       are there any [shipping|delivery|postage] charges, and how high are they?
       how much money is the [delivery|shipping]?
       [could you say|I'd like to know|I am wondering] what you charge to ship an order
       before I buy: what does it cost to get it delivered?
       the price at checkout is higher than I thought. how much of it is shipping?
       how high are [the|your] [postage|shipping|delivery] costs?
       does delivery cost extra? if so, how much?
       what's the [rate|price] for sending it to me?
       [is shipping|will shipping be] expensive? what is it?
       how much do you add to the bill for delivery?
       I live far out. what's the charge to deliver?
       shipping, what does that come to?
       if you mail it to me, how much is that?
       cost of [sending|posting|mailing] a parcel to me?
       do I pay for the delivery, and what?
       I only need one small cable and don't want to pay more for the postman than for the cable. what's the shipping?
       is the courier on me? what does he cost?
       the other shop wants a lot for shipping, what do you want?
       so the mug has its price, and then the post on top, how much is that?
       what do I owe the courier for bringing my order?
       how much for bring it to my home
       I am counting my pennies, what does it cost to have an order sent?
       could you tell me the postage before I fill the cart?
       my [mum|neighbour] wants to order and asks what sending it will cost.
       what do people normally pay you for the parcel service?""",
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
       Free delivery starts at {v}.
       Free [shipping|delivery]: [from|over] {v}.
       Spend {v} and [shipping|delivery] is on us.
       [We pay the postage|The postage is on us] when your [basket|order] reaches {v}.
       For [purchases|baskets|orders] above {v} we ship at no cost.
       [Big order|Buying more]? Above {v} there is no [delivery|shipping] fee.
       Once your basket is worth {v}, delivery costs nothing.
       The minimum for free [shipping|delivery] is {v}.
       If your order comes to more than {v}, you pay nothing for delivery.
       We waive the [shipping|delivery] fee from {v} on.
       Orders of {v} or more are delivered free of charge.
       [Reach|Get to] {v} in your basket and shipping is free.
       Shipping costs you nothing once you order for {v} or more.
       For baskets worth {v}, the parcel travels for free.
       We deliver without charge from {v}.
       The delivery charge disappears at {v}.""",
        """when is [shipping|delivery] free?
       from what amount is [shipping|delivery] free?
       how much must I [spend|order] for free [shipping|delivery]?
       do you offer free [shipping|delivery]?
       what is the minimum for free [shipping|delivery]?
       is there free [shipping|delivery]?
       free shipping from when?
       how do I get free [shipping|delivery]?
       how much more must be in my [basket|cart] so that shipping is free?
       I don't want to pay for delivery. how big does my order have to be?
       what order [value|total|size] gets free [shipping|delivery]?
       [free shipping|free delivery] [limit|minimum|threshold|amount]
       at what [total|sum|price] do you drop the shipping fee?
       from what sum on do you pay the [postage|shipping]?
       I heard delivery is free on big orders. how big?
       how much do I have to buy to get it delivered for free?
       when do I not have to pay for [shipping|delivery]?
       my cart is almost full. where does free delivery start?
       is [shipping|delivery] ever free? from how much?
       what is the smallest order with free delivery?
       [could you say|I'd like to know|I am wondering] above what amount you ship for free
       do I get [free postage|shipping for free] if I order more? what's the amount?
       no shipping fee from which amount?
       does a large order ship free? what counts as large?
       what must my order be worth for you to cover the delivery?
       trying to save the delivery fee, how much should I spend?
       at which order value is the delivery on you?
       how much to spend for free postage?
       I have a few things in my cart but it still shows a shipping fee. when does that go away?
       my friend got her parcel sent for free. what do I have to order for that?
       should I add one more [book|candle|shirt] to get rid of the delivery fee? what's the sum I need?
       at what basket value do I save the postage?
       hate paying for shipping. what's the magic amount?
       you advertise free delivery. what's the catch, I mean how much must I buy?
       from how much money is sending free?
       is there an order value that makes shipping free?
       we want to order together with the neighbours so that nobody pays delivery. how much has to come together?
       how far is it to free shipping, what is the amount?""",
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
       You have {v} of warranty.
       Warranty: {v}.
       The [guarantee|warranty] [runs|is good] for {v}.
       [Everything|Whatever] you buy [from us|here] is under warranty for {v}.
       [If it fails|If it stops working], the warranty covers you for {v}.
       We [repair|fix|replace] faulty [products|devices] for {v} after purchase under our warranty.
       Our guarantee on [all products|every product] covers {v}.
       [Each|Every] product carries a {v} warranty.
       The warranty [period|time] is {v}.
       The warranty ends {v} after purchase.
       [Defects|Faults] are covered by warranty for {v}.
       We stand behind our products for {v}.
       A product that fails within {v} is repaired under warranty.
       Guarantee: {v}.
       [Faulty|Broken down]? The guarantee helps you for {v}.
       For {v}, faults are our problem, not yours.""",
        """how long is the warranty?
       [what|how long a] warranty do [I|we] [get|have]?
       how long [does|will] the warranty last?
       for how long [is|are] [my product|products|it] covered?
       do you give a warranty? how long?
       is there [a|any] [warranty|guarantee]?
       what is the warranty [period|time]?
       warranty length?
       my [blender|radio|printer] [died|stopped working|broke] after a while. is it still under warranty?
       how many [months|years] of [warranty|guarantee] do you give?
       [guarantee|warranty] [period|duration|time]
       when does the warranty [end|run out|expire]?
       if it breaks [next year|later on], how long are you responsible for repairs?
       until when is [my|the] [device|machine|product] [covered|under guarantee]?
       do your products come with a guarantee, and for how long?
       how long do you [guarantee|stand behind] [your products|what you sell]?
       warranty?
       I bought the [toaster|drill|watch] a while ago and now it has a fault. does the guarantee still count?
       [could you say|I'd like to know|I am wondering] how long the guarantee is good for
       what guarantee comes with a new [machine|device|product]?
       how many years am I covered if [something|a part] fails?
       for what time do you repair [faulty|defective] things for free?
       is the warranty long?
       say the [motor|screen|battery] fails some day, how long does your warranty protect me?
       how long am I safe if the product turns out faulty?
       what's the length of your product guarantee?
       will a repair be free? I mean, how long does the warranty run?
       how old can a product be and still have warranty?
       till when do you fix it under guarantee?
       my [heater|mixer|clock] makes strange noises since last week. am I still covered by the warranty?
       I am picking between your [radio|saw] and another brand. how long is yours guaranteed?
       the shop assistant said something about a guarantee, how many years was it?
       it just died on me for no reason. does the warranty help me, or is it over?
       the handle came off after months of use. how long are you liable for that?
       for how long can I come to you with a defect?
       is there a guarantee on it and when is it over?
       how long you repair for free when it fail?
       I kept the receipt for ages. till when is it good for a warranty claim?
       what's covered time-wise if the thing gives up?""",
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
       We answer calls {v}.
       Support hours: {v}.
       [Someone|A person] is here to [help|talk|answer you] {v}.
       Our [phones|lines|phone lines] are open {v}.
       [The team|Our staff|Customer service] works {v}.
       Need [help|a hand]? We are here for you {v}.
       [The office|The service desk] is staffed {v}.
       The [working|business|service] hours of our team are {v}.
       Customer service is [available|there for you] {v}.
       [Calls|Questions] are answered {v}.
       You will find us at work {v}.
       Our people are at their desks {v}.
       You can talk to someone {v}.
       The help line is staffed {v}.
       Opening times: {v}.
       [Ring|Visit|Write to] us {v} and someone will be here.""",
        """when are you open?
       what are your [opening hours|hours]?
       when can I [call|reach] [you|support|someone]?
       at what times is support open?
       [which|what] hours [do you work|are you there]?
       when is [support|the help desk] [open|available]?
       opening hours?
       from when to when can I call?
       is [somebody|anyone|someone] there now? when do you work?
       [working|business|service|office|support] hours?
       when is [someone|a human|a person] there to help me?
       I tried to call but nobody answered. when are you there?
       until what time do you work?
       on which days and times is [customer service|your team] there?
       when do you [open|start] and when do you close?
       at what time can I talk to [a person|the team|someone]?
       [could you say|I'd like to know|I am wondering] when your team is at work
       I am only free in the evening. when is your help desk open?
       when [does|do] your [help desk|support|customer service] take calls?
       no one picked up the phone. what are the times I should call?
       what's a good time to get hold of support?
       [customer service|support] times
       how long are you open?
       what time does support [open|start|close]?
       are you open right now? what are the hours?
       best time to call?
       when would I catch somebody in your office?
       I work all day, so when is support [around|on duty]?
       I don't want to ring for nothing. when is somebody there?
       hello? is anyone working at this hour? what are your times?
       my shift ends late, can I still reach a person then? when do you close?
       what are the hours when a human answers?
       when you open pls
       I listened to your answering machine all morning, so when do you people work?
       I want to plan my call, when do you start and when do you finish?
       are you guys there at the weekend too, or when?
       do you take a day off, or on what days are you there?
       what are the times your lines are staffed?""",
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
       For help, mail {v}.
       E-mail: {v}.
       [Our inbox is|The inbox for questions is] {v}.
       [Just drop|Drop] us a line at {v}.
       [Questions|Complaints|Requests] go to {v}.
       The address for [mail|e-mails|written questions] is {v}.
       We read [everything|all mail] sent to {v}.
       [You prefer to write|Rather write]? Use {v}.
       [Got a problem|Any trouble]? Send a message to {v}.
       The team [answers|replies to] e-mails at {v}.
       Reach the [team|help desk|office] in writing at {v}.
       Put it in writing and send it to {v}.
       Messages for the team go to {v}.
       [Papers|Photos|Documents] can be mailed to {v}.
       Our mailbox is {v}.
       Want to send us something? The address is {v}.""",
        """what is your [email|e-mail] [address|]?
       [where|how] can I [write to|email|e-mail|contact] you?
       which [email|address] [do I|should I|can I] [use|write to]?
       who do I [email|write to]?
       how do I [contact|reach] [you|support]?
       where do I send [my question|a question|a complaint]?
       email address please
       contact address?
       I want to [write|send] you [an email|a mail|a letter by email]. where to?
       I have [a photo|a file|a receipt] to mail to you. which address?
       [email|e-mail|mail address|your email]?
       what address do my [mails|e-mails] go to?
       [can|may] I write an email to somebody? to what address?
       I'd rather write than call. what's the address?
       can I have [your|the] [support|service|help desk] [email|e-mail] address?
       where should my written complaint go?
       do you have an email[ address|]?
       I need your mail address to send the [papers|documents|pictures]
       [could you say|I'd like to know|I am wondering] where to send an email
       under which email do I find your team?
       my mail to you bounced. what's the right address?
       to whom should I address my email?
       in what mailbox do you read questions?
       phone is not for me. is there an email I can use?
       how do I get in touch by [email|mail|e-mail]?
       give me the email of your [team|support|help desk]
       what's the e-mail of customer service?
       I must send you something in writing. what is the address for that?
       which inbox do complaints go to?
       I can't talk on the phone at work, so what is your email?
       I have a long story to tell you and want to type it in peace. to which mail address?
       where shall I forward [the invoice|this letter|my receipt] by email?
       my [lawyer|mother] would like to write to you, what's the e-mail?
       I am deaf, so a mail is best for me. where do I write?
       is it info at something? what's your mail?
       pls your mail adress
       I made screenshots of the error. which address takes them?
       your contact form is broken, is there a mail address instead?
       how is your electronic mail address spelled?""",
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
       By phone we are at {v}.
       Phone: {v}.
       [Dial|Ring] {v} to [talk to us|speak with us|reach the team].
       The number of our [help desk|hotline|office] is {v}.
       [Urgent|In a hurry|Need to talk]? The number is {v}.
       [For calls, use|To talk to someone, dial] {v}.
       Pick up the phone and call {v}.
       Our team takes calls on {v}.
       The telephone number for [customers|questions|help] is {v}.
       You get [us|the team|a person] on the phone at {v}.
       [Give us a ring|Give us a call] on {v}.
       Call {v} and you will speak to one of us.
       The line for customers is {v}.
       Under {v} you get someone who can help.
       Telephone: {v}.
       [Ring us up|Talk to us]: {v}.""",
        """what is your [phone|telephone] number?
       which number [can|should|do] I call?
       how can I [call|phone] you?
       do you have a [phone number|hotline]?
       under what number can I [reach|call] you?
       phone number please
       what number is the hotline?
       I want to talk to [a human|someone|a real person] on the phone. what do I dial?
       can I [call|ring] [you|somebody|someone]? what's the number?
       [hotline|phone|telephone|phone no.|your number|tel. number]?
       give me [your|the|a] number to call
       it is urgent and I cannot wait for a mail. which number do I dial?
       what's your telephone?
       can I have the [number|phone number] of [support|the help desk|the hotline]?
       where can I call?
       is there a number I can ring?
       I would prefer to speak to someone. what number is that?
       [could you say|I'd like to know|I am wondering] which number to dial
       I lost your phone number. what was it?
       by phone, how do I reach you?
       typing is hard for me. can I phone somebody, and on what number?
       what do I dial for [customer service|help|support]?
       how do I get [someone|you] on the line?
       number for [calls|calling you|the hotline]?
       my grandmother has no internet. what number should she call?
       is it possible to phone you? number please
       I need to make a call to your team, what's the number for that?
       telephone number of customer service?
       chatting is not for me, I need a voice. what do I dial?
       my [grandpa|neighbour] does not write, he calls. which number can I give him?
       somebody from your team rang me and I missed it. on what number do I call back?
       I want to hear a human. number?
       pls tel number
       is there somebody I can talk to by phone, and how do I reach them?
       I'm on the road with no mail, what number gets me to you?
       my screen is cracked and I can't type much. can I ring you, and where?
       what do I put in my contacts as your number?
       let's sort this out on the phone. your number please""",
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
       Changed plans? Cancel within {v}.
       Cancellation: [possible within|within] {v}.
       [You can still call off|We let you call off] an order for {v}.
       [An order|A booking] can be stopped up to {v} after it was placed.
       You have {v} to cancel [an order|your order|a booking].
       [Free cancellation|Cancellation] is [offered|allowed] for {v}.
       We accept cancellations for {v}.
       After {v}, [an order|a booking] can no longer be cancelled.
       To cancel, let us know within {v}.
       The time limit to cancel [an order|a booking] is {v}.
       For {v} after you order, you are free to cancel.
       We stop [an order|a booking] on request for {v}.
       Pulling out of [an order|a booking] is possible within {v}.
       [Second thoughts|Ordered by accident]? You can cancel for {v}.
       Cancel no later than {v} after you order.
       Customers can withdraw an order for {v}.""",
        """how long can I cancel?
       until when can I cancel [my order|an order|my booking]?
       can I [still|] cancel [my order|]? how long?
       what is the cancellation [period|deadline]?
       how late can I cancel?
       I want to cancel. What is the limit?
       by when must I cancel?
       I ordered the wrong [thing|lamp|colour|size] by mistake. how long can I still call the order off?
       [is it|am I] too late to cancel? what's the time limit?
       I don't want my order any more and it isn't shipped yet. how long may I cancel?
       cancel [order|booking]: until when?
       how much time is there to cancel [an order|a booking|what I ordered]?
       [cancellation|cancel] [time|limit|deadline|window]
       when is it too late to call off [my|the|this] [order|booking]?
       my plans changed, so the booking must go. till when can I cancel it?
       how long after ordering [can|may] [I|one] cancel?
       after I click buy, for how long can I stop the order?
       [could you say|I'd like to know|I am wondering] how long I may cancel an order
       does the option to cancel end at some point?
       I clicked buy twice! how long do I have to cancel the extra order?
       for how many days is cancelling possible?
       please stop my order. am I still within the cancelling time?
       what's the last moment to cancel?
       how long do I get to think it over and cancel?
       we can't come after all. by when do we have to call the booking off?
       in what time must a cancellation [reach you|be made]?
       if I book now and cancel later, how long would that be okay?
       how long is my order cancellable?
       my cat walked over the keyboard and ordered something. how long can I undo that order?
       found it cheaper elsewhere, I'd like to drop my order. until when is that ok?
       I am ill and can't come. how late may I cancel the booking?
       pls cancel, or is too late? what is limit
       my [son|brother] placed an order with my card, can I still stop it? what's the time limit?
       if I pull out, by when do I have to say so?
       how soon after ordering is it set in stone?
       I'm not sure about this purchase. how long can I back out before you ship it?
       for how long is the cancel button there?
       can a booking be scrapped, and how long is there for that?""",
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
       For opened boxes we charge {v}.
       Restocking fee: {v}.
       [We deduct|We take off] {v} when [an opened item|an opened box] comes back.
       If [the box|the packaging|the seal] [was|has been] opened, a restocking fee of {v} [applies|is due].
       [Opened|Unsealed] goods are taken back less a restocking fee of {v}.
       Sending back an opened [item|product] costs {v} for restocking.
       A charge of {v} is made for restocking opened goods.
       [Returned|Brought back] with the box open, an item carries a restocking fee of {v}.
       For restocking, {v} is [kept back|deducted].
       Putting an opened item back on the shelf costs you {v}.
       Restocking is charged at {v}.
       Bringing back something unwrapped means a restocking fee of {v}.
       Opened goods come with a restocking charge of {v}.
       When the seal is gone, we keep {v} of the price.
       [Opened it already|Seal torn]? Restocking is {v}.""",
        """[is there|do you have] a restocking fee?
       how much is the restocking fee?
       what do you charge for opened [items|boxes]?
       what does it cost to return an opened item?
       do I pay a fee for opened items?
       restocking fee?
       I already opened the box. do you [deduct|take off|keep] [something|anything] if I send it back?
       the seal is broken, so what does a return cost me?
       what fee do you take for restocking?
       I unpacked it and tried it. how much do you keep when I return it?
       opened [box|item|package]: what fee?
       [fee|charge|cost] for restocking?
       do you charge to put [things|items|an item] back in stock?
       how much is deducted for an [opened|unsealed] item?
       will I lose money if I return [something|a thing] I unwrapped? how much?
       what is kept back when [an item|a product] was opened?
       [could you say|I'd like to know|I am wondering] how high your restocking charge is
       is it a problem for a return that the packaging is open? what's the charge?
       my son tore the package open. what do I pay to give it back?
       is there a penalty for returning opened goods?
       do you hold back part of the price for opened packages? how much?
       how much do you subtract for restocking?
       no original seal any more, what will you charge me on the return?
       return of an opened item, what does it cost?
       restocking charge, how much
       what does it cost me that the box is not sealed any more?
       is restocking free or do you charge for it?
       the box has been unsealed by me, sorry. what part of the money stays with you?
       I had a look inside the box and packed it up again. do I lose money when it goes back?
       what do you knock off if the packaging has been torn?
       the plastic wrap is gone, the item is like new. how much do you take off for that?
       I heard shops keep some money when you return opened things. how much is it with you?
       fee for open box return?
       how much you take when box open
       my kids ripped the wrapping. what will you keep for putting it back in stock?
       I used it once, so it's not sealed. what's the fee to restock it?
       do I get all my money for an unpacked item, or is something deducted? how much?""",
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
       Bonus points stay for {v}.
       Points validity: {v}.
       [Collected|Earned] points can be [used|spent|redeemed] for {v}.
       You have {v} to [spend|use|redeem] your points.
       [Loyalty points|Bonus points|Points] [are deleted|run out|lapse] after {v}.
       [Use|Spend] your points within {v}.
       We keep your points on the account for {v}.
       [Each|Every] point is good for {v}[ after you earn it|].
       Points that are older than {v} are removed.
       Points stay on your [card|account] for {v}.
       Your bonus points do not expire before {v}.
       Points can sit on your account for {v}.
       Points that are not spent disappear after {v}.
       We delete unused points after {v}.
       A point lives for {v}.""",
        """when do [my|loyalty|the] points expire?
       how long are [my|] points valid?
       how long do points last?
       do [my|] points expire?
       when do I lose my points?
       until when can I use my points?
       I have [a lot of|many|some] points saved. how long can I keep them?
       are my points gone at some time? when?
       [points|loyalty points|bonus points] [expiry|validity|valid how long]?
       how long do I have to [spend|use|redeem] my [points|loyalty points|bonus points]?
       I saved points for a long time. are they still good?
       when are old points [deleted|removed|lost]?
       do the points on my card run out?
       for how long do points stay on my account?
       by when must I [redeem|spend] the points I collected?
       after what time do points lapse?
       [could you say|I'd like to know|I am wondering] how long my points stay good
       some of my points are gone. how long are they kept?
       I collect points with every order, how much time do I have to use them up?
       can points get too old to use? how old?
       is there an end date for [loyalty|bonus|collected] points?
       how old may my bonus points be?
       do I have to hurry with my points? when do they run out?
       I don't shop often. how long will you keep my points for me?
       what's the lifetime of a loyalty point?
       until when are my collected points good?
       will my points be worth nothing some day? when?
       how long until my bonus points are void?
       my app says I have points. must I use them soon, or how long do they live?
       I am saving points for something big, will they vanish before I have enough? when?
       do bonus points have a best-before date?
       how long till my points are gone?
       points good how long pls
       I was away for ages. are my points still there, and how long do you keep them?
       is it safe to collect points for a long time, or do you take them away?
       does it matter if I don't touch my points? when are they wiped?
       my [wife|dad] never uses her points, how long can that go on?""",
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
       Use gift cards within {v}.
       Gift card validity: {v}.
       [Your gift card|A gift card|A voucher card] stays good for {v}[ after purchase|].
       You have {v} to [spend|use|redeem] a gift card.
       [The balance of|The money on] a gift card can be [spent|used] for {v}.
       Gift cards [run out|lapse|become void] after {v}.
       [A gift card|Each gift card] must be [used|redeemed|spent] within {v}.
       We accept gift cards for {v} after they were bought.
       Gift cards older than {v} are no longer accepted.
       [Got a gift card|Received a gift card]? It is good for {v}.
       Redeem a gift card no later than {v} after its purchase.
       The gift card must be spent within {v}.
       From the day it is sold, a gift card works for {v}.
       Gift cards keep their value for {v}.
       After {v}, a gift card can no longer be used.""",
        """how long is [a|my] gift card valid?
       when does [a|my] gift card expire?
       do gift cards expire?
       how long can I use a gift card?
       until when must I use the gift card?
       gift card validity?
       I got a gift card for my birthday. by when do I have to spend it?
       I found an old gift card in a drawer. does it still work?
       [gift card|gift cards] [expiry|expire when|good for how long]?
       how much time do I have to [redeem|spend|use up] a gift card?
       for how long are your gift cards good?
       will the [money|balance|credit] on my gift card run out at some point?
       is there an end date on gift cards?
       if I give someone a gift card, how long can they use it?
       when is a gift card too old?
       [could you say|I'd like to know|I am wondering] how long a gift card stays good
       do I have to use [my|the] gift card soon? when does it run out?
       my aunt bought me a gift card and I have not used it yet. how long is it accepted?
       how old can a gift card be?
       what's the lifetime of a gift card?
       till what time do you accept a gift card?
       after how long does a gift card become void?
       does the credit on a gift card lapse? after how long?
       I want to buy a gift card for a friend who shops rarely. how long does it stay valid?
       can I keep the gift card for later? how much later?
       how long do gift cards last?
       in what time should the gift card be redeemed?
       when will my gift card stop working?
       while tidying up I came across one of your gift cards. too old or still fine? how long do they live?
       I don't need anything now, can my gift card wait? how long?
       my colleagues gave me a gift card when I left, how long can I take my time with it?
       is there a rush to use up a gift card?
       gift card good how long pls
       there is no date on my gift card. until when can I shop with it?
       what if the gift card lies around for ages, does it become worthless?
       I'd give my nephew a gift card, but he is slow. how much time would he have?
       how long do you honour gift cards?""",
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
       With a student card you save {v}.
       Student discount: {v}.
       [Studying|Still studying|At university]? [Take|You get] {v} off.
       [Pupils and students|Students] pay {v} less.
       For students, [every price|the price] is {v} lower.
       We take {v} off [the price|the bill] for students.
       [Anyone with a student card gets|Show a student card to get] a discount of {v}.
       Students save {v} on [every|each] order.
       There is a discount of {v} for students.
       [University students|All students] have {v} taken off at checkout.
       Our [price cut|reduction] for students is {v}.
       A valid student ID brings you {v} off.
       Being a student saves you {v}.
       {v} is taken off for anyone with a student card.
       Students get a price cut of {v}.
       [Learners|Students] shop with {v} off.""",
        """[is there|do you have] a student discount?
       how much do students save?
       what discount do students get?
       what is the student discount?
       I am a student. do I get a discount?
       student discount?
       I go to [university|college]. is anything cheaper for me?
       how much [off|less|cheaper] is it for students?
       [student|students] [rebate|price|reduction|rate|deal]?
       do students [pay less|get a better price]? by how much?
       I have a student card. what does it bring me?
       what percentage do students get?
       my daughter [studies|is at college]. how much would she save?
       do you give a [reduction|rebate|lower price] to people who study?
       how big is the [rebate|reduction|price cut] for [students|university students]?
       [could you say|I'd like to know|I am wondering] what students save here
       I'm still studying and money is tight. any discount for us?
       with a student [ID|card|pass], how much do I save?
       is there a special price for students?
       what do you take off for students?
       do you have deals for college kids?
       I start university this autumn. will I get something off the price then, and how much?
       does being a student make it cheaper?
       percent off for students?
       how many percent do you give to a student?
       what reduction applies with a valid student pass?
       any student offer?
       if I show my university card, what is taken off?
       I live on noodles and study medicine. do you make it cheaper for people like me?
       my [niece|boyfriend] is at university, does that help with the price?
       do you do something for students? how much is it?
       I have my student card right here, what do I get for it?
       how much less must a student pay
       other shops have a student price, what about you?
       back at school at my age! do I get the student rate, and what is it?
       as a student, what do I save?
       I'm enrolled at college, is there a reduction and how large?""",
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
       If something is broken, write within {v}.
       Damage reports: within {v}.
       [Arrived|Did it arrive] [broken|damaged]? [Let us know|Tell us] within {v}.
       You have {v} to [report|tell us about] [damage|a broken item].
       A [broken|damaged] [delivery|parcel|item] has to be reported no later than {v} after it arrives.
       [Scratches, dents or breaks|Transport damage] must be [claimed|reported] within {v}.
       We accept damage reports for {v} after delivery.
       If [your parcel|the box|the item] is damaged, contact us within {v}.
       [Claims|Complaints] about damage are possible for {v}.
       Please check the parcel and [report|notify us of] any damage within {v}.
       The deadline to report damage is {v}.
       Something cracked or bent? Say so within {v}.
       Broken on arrival? You have {v} to complain.
       Tell our team about a damaged item no later than {v} after delivery.
       Damage claims reach us in time within {v}.""",
        """[how soon|when] must I report damage?
       my [item|parcel|order] is [damaged|broken]. how long do I have to [report it|tell you]?
       until when can I report a [broken|damaged] item?
       what is the deadline for damage reports?
       how long can I wait before I report damage?
       it came broken. what's the deadline?
       the [glass|mirror|vase|plate] was in pieces when I opened the box. by when do I have to tell you?
       [damage|broken item|damaged parcel]: report until when?
       there is a [scratch|dent|crack] in my new [table|phone|lamp]. how quickly must I let you know?
       how many days do I have to tell you [something|an item] arrived damaged?
       is there a time limit for [damage claims|claims about damage|reporting damage]?
       the box looked crushed but I have not opened it yet. how long do I have to report damage?
       until when do you accept a damage [report|claim]?
       [could you say|I'd like to know|I am wondering] by when damage has to be reported
       the courier dropped my parcel and it is damaged. how much time to file a report?
       how soon do you have to hear about a broken delivery?
       damage report time limit
       I was away when it came, and now I see it is damaged. am I too late to report it?
       how much time do I have to complain about a damaged [parcel|item|delivery]?
       if the goods are damaged on arrival, how fast should I contact you?
       by what time should I send you photos of the damage?
       how long after delivery can I still report that it's damaged?
       when is it too late to report a damaged parcel?
       it arrived with a crack. must I tell you right away or how long is okay?
       deadline to claim transport damage?
       till when must you know about the damage?
       my order got here all smashed up. what's my time to let you know?
       within what time do I notify you of damage?
       I unpacked the [lamp|bowl|monitor] and heard it rattle, it is broken inside. until when can I tell you?
       the parcel was wet and everything in it is ruined, how soon must I complain?
       I was in hospital when the parcel came and only now see it is broken. how many days do I have to report it?
       the corner is smashed, I take photos tonight. is that in time to report it?
       parcel came broken, till when I must say
       [one leg|the lid|the door] is bent, straight out of the box. by when do you want my report?
       how quick do I have to be with a complaint about transport damage?
       the delivery man handed me a torn box with a broken thing in it. what's the deadline to claim?
       is there a hurry to report a broken parcel?""",
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
       Wrong size? Swap it within {v}.
       Exchanges: within {v}.
       [Too small|Too big|Not your colour]? You have {v} to [swap|exchange] it.
       [Another|A different] [size|colour] is yours in exchange for up to {v} [after purchase|after delivery].
       We [swap|exchange] [sizes and colours|any item] up to {v} after delivery.
       An exchange for [another|a different] [size|colour|model] is possible for {v}.
       The exchange period is {v}.
       You may trade an item for another [size|colour] within {v}.
       Ask for an exchange within {v}.
       After {v}, items can no longer be exchanged.
       [It does not fit|It is the wrong size]? We change it for another one for {v}.
       You get {v} to exchange [an item|what you bought] for [another|a different] one.
       You can change it for another [size|colour] for {v}.
       We replace the wrong size with the right one for {v}.
       Trading one item for another is possible within {v}.
       A swap can be asked for up to {v} after delivery.""",
        """how long can I [exchange|swap] [an item|something|a size]?
       can I [exchange|swap] it? until when?
       what is the exchange period?
       it does not fit. how long do I have to swap it?
       by when must I exchange?
       exchange deadline?
       the shoes are too [small|big|tight]. how long can I get another size instead?
       I would like the same [shirt|jacket|dress] in [blue|red|green]. until when can I trade it?
       [swap|exchange] [period|limit|window|time]
       how many days do I have for an exchange?
       [exchange|swap]: how long?
       wrong [colour|size]. am I still in time to change it for another one?
       is there a [time limit|deadline|last day] for exchanges?
       can I change it for a [bigger|smaller] one? how long is that possible?
       [could you say|I'd like to know|I am wondering] how long exchanges are possible
       I want to keep shopping with you, I only need a larger size. by when must I swap?
       my sister got a [coat|sweater|skirt] from me and needs a different size. how long do you swap it?
       how much time is there to swap one [size|colour] for another?
       until when do you change [sizes|one item for another]?
       I'd rather have the other model. how long do I get to exchange mine?
       after buying, for how long can things be exchanged?
       too tight! until when do you exchange?
       how late is too late to swap a size?
       do you exchange clothes that don't fit, and how long?
       can I trade the [trousers|boots|gloves] for a different size, and until what time?
       what's the time frame for an exchange?
       I ordered the wrong size, my fault. within what time can it be swapped?
       for how many days do you allow a swap?
       the trousers pinch when I sit down. how long can I get them in a bigger size?
       they look great but my feet say no, I need one size up. until when do you swap?
       the black one would go better with my sofa. how long can I switch colours?
       can I trade it for something else, and how long?
       change for other size, how many days?
       mum bought me a sweater in the wrong size. how long does she have to get it exchanged?
       I want to keep the model, just in another colour. what's the time for a swap?
       how long is a size swap on the cards?
       we guessed the size and guessed wrong. till when can it be changed for the right one?""",
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
       The deposit comes to {v}.
       Deposit: {v}.
       [Please leave|You need to leave] a deposit of {v}.
       [We hold|We keep] {v} as a deposit until you bring it back.
       A [security|refundable] deposit of {v} is [required|taken|needed].
       [Before you start|When you pick it up], you pay a deposit of {v}.
       To [borrow|rent|book] [it|anything], put down a deposit of {v}.
       The deposit you pay is {v}.
       A deposit is [taken|collected] at the start: {v}.
       The amount [held|taken] as a deposit is {v}.
       [As security|For security], we take a deposit of {v}.
       Without a deposit of {v}, nothing leaves the house.
       We take {v} and hand it back at the end, as a deposit.
       Leave {v} with us as security.
       The security you pay at the start is {v}.""",
        """how [much|high] is the deposit?
       what deposit do you [take|ask for]?
       do I need to [pay|leave] a deposit?
       is there a deposit?
       how much must I leave as a deposit?
       deposit amount?
       how much money do I [leave|put down] as a [security|deposit]?
       [deposit|security deposit]?
       do you [take|want|ask for] a deposit, and how much?
       I want to rent a [bike|tent|drill]. what do you take as a deposit?
       how much cash should I bring for the deposit?
       what amount do you hold as security?
       is a security deposit [needed|required|due]? what sum?
       how big is the deposit you [take|ask|want]?
       do I have to put money down first? how much?
       what sum is [blocked|held] on my card as a deposit?
       [could you say|I'd like to know|I am wondering] how high the deposit will be
       before I can take it home, what deposit is due?
       what must I leave with you until I bring it back, in money?
       what will the deposit be?
       must I pay a deposit when I [book|borrow|rent] something? tell me the amount
       deposit, how much
       how much do I get back at the end, I mean the deposit?
       my friend had to leave a deposit with you. what is the amount?
       what is the refundable deposit?
       I only carry a little cash. how high is your deposit?
       to borrow it, what security do I pay?
       how much is due as a deposit?
       I'd like to borrow a [trailer|projector|ladder] and wonder what I must leave with you as a deposit.
       what do you hold on to until I return the thing, how much money?
       is there money I get back later? how much is that deposit?
       deposit how much pls
       I come with my card only. what deposit will you block on it?
       my [sister|flatmate] and I share the cost, so what's the deposit in total?
       what do I have to lay down as security when I rent?
       how big a deposit are we talking about?
       do you trust people, or do you ask for a deposit? what's the sum?""",
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
       We charge {v} for being late.
       Late fee: {v}.
       [Bring it back late|Pay late] and a fee of {v} is [added|due].
       [Being late|Lateness] costs {v}.
       [Overdue|Late] [bills|items|returns] are charged {v}.
       A fee of {v} is [added|charged] when you [miss the date|are overdue].
       We add {v} to [overdue|late] [bills|accounts].
       Missed the due date? The fee is {v}.
       The charge for [being overdue|late payment|a late return] is {v}.
       You will be billed {v} if [the due date|your date] has passed.
       [A delay|Any delay] on your side costs {v}.
       Anyone who is late is charged {v}.
       Paying after the due date adds {v} to the bill.
       The price of being late is {v}.
       If the date has passed, {v} comes on top.""",
        """how [much|high] is the late fee?
       what happens if I [pay|return it] late?
       is there a late fee?
       what do I pay if I am late?
       what does it cost to be late?
       late fee?
       I forgot to [pay|bring it back] on time. what fee do I get?
       what's the [penalty|charge|fine] for being late?
       [late|overdue] [charge|penalty|fine|payment fee]?
       how much do you charge when [something is overdue|the due date has passed]?
       I can't make it on time. how much extra will that cost me?
       do you [charge|fine] people who are late? how much?
       the due date was yesterday. how much more do I owe now?
       is there a [fine|penalty] for [paying late|late payment|late returns]?
       what do you add to the bill when I am overdue?
       [could you say|I'd like to know|I am wondering] what a delay on my side costs
       my bill is overdue, sorry! what fee comes on top?
       if I miss the due date, what will I be charged?
       I'm stuck in traffic and will bring it back too late. what's the extra charge?
       how bad is it to be late? what's the cost?
       what if my payment reaches you after the date, how much is the fee then?
       will I be punished for a late payment, and with how much?
       fee for late [return|payment]?
       what does an overdue [item|bill|payment] cost?
       how much is the fine when I return it after the due date?
       money is only coming next week, so I'll pay late. how much do you add?
       do I owe you a fee for being overdue?
       what happens to my bill if I pay after the due date? is there a fee?
       my salary comes late this month so my payment will too. what does that cost me?
       I was ill and brought it back after the due date. what do you charge for that?
       I got a reminder letter. how much is the fee on top?
       a bit overdue, my fault. what do I owe you extra?
       late payment, how much more money?
       is it bad if I return the thing late? what would you charge?
       what's your fine for people who miss the date?
       the bus broke down and I can't bring it back in time, what will it cost?
       I always forget due dates. what am I in for, money-wise?""",
        """The late fee is {v}.
       If you are late, you pay {v}.
       Late returns cost {v}.""",
        """[Tell|Please tell] us early if you will be late.""",
    ),
)
