"""Made-up people, things, ids, dates and amounts.

Names are random letters as often as real words: copying is then the only way to be right.
"""

from trainer.seedling.draw import Draw


def _words(text: str) -> list[str]:
    return text.split()


def _phrases(text: str) -> list[str]:
    return text.split("|")


ONSETS = _words("b br c ch d dr f fl g gr h j k kl l m n p pr qu r s sh sk st t tr v w x y z th")
VOWELS = ["a", "e", "i", "o", "u", "a", "e", "i", "o", "ai", "ea", "ou", "ie", "oa"]
CODAS = ["", "", "", "n", "r", "l", "s", "m", "t", "k", "x", "nd", "rt", "sh", "lk", "v", "z", "ff"]
PIECES = _words(
    "al an ar ate ation ble cast chil con cre cur den der dge dis el ell ence ent er ess est ever "
    "fen fer fin flo for ful gan gen gle gra ham hand har head hol ible ic ice ick ide ight ild "
    "im ing ink ion ish ism ist it ive jour kin land lan lar le lea lec len less lim lin ling lit "
    "lock lon lor low lum ly mag man mar ment mer mid min mis mon mor mul mus nal nce nel ner ness "
    "net ning nor num oak ock old ome ong oon op ord ore ork orn ough ound our ous own pan par pas "
    "pel pen per pic pla ple pol por port pre pro pul quar quin ran rea red ren res ress ric rin "
    "ring roc row ry sal san sea sel sen ser set sha shi sho side sil sin ship spa spe spi sta ste "
    "sti sto str sub sum sun sup swi tal tan tar tch ted tem ten ter tex thr tic tim tin tion tle "
    "ton tor tow tra tri tro tum ture turn ty und unt ure val van vel ven ver vin vis wal war way "
    "wed wel wick win wood work yard"
)
"""How English words begin, go on and end: real words are then copied as well as made-up ones."""
FIRST = _words(
    "Anna Ben Clara David Elena Felix Grace Hugo Ines Jonas Karim Lena Maria Noah Olga Paul "
    "Rosa Sam Tara Uma Victor Wendy Yusuf Zoe Amir Bella Carl Dina Emma Frank Gina Hans Irene "
    "Jack Kate Liam Mona Nina Oscar Petra Ravi Sofia Tom Vera Will Xenia Yara Zack Mei Ali "
    "Priya Ivan Lucy "
    "Aisha Akira Alba Amara Anders Andrei Anil Arjun Astrid Aylin Bao Beatriz Bjorn Carlos Carmen "
    "Chidi Chloe Cyrus Dalia Daniel Darius Deepa Diego Dmitri Edith Eino Elif Emil Emre Esther "
    "Fatima Fiona Freya Gabor Giulia Goran Greta Hana Haruto Hassan Helga Hiro Ida Igor Imani "
    "Ingrid Isla Ismail Jamal Javier Jin Jorge Juan Julia Kaito Katya Kenji Khalid Kofi Kwame "
    "Laila Lars Leila Linh Luca Luis Magda Malik Marco Marta Mateo Mehmet Mila Miriam Naomi Nadia "
    "Niko Nils Nora Omar Pablo Pavel Pedro Qiang Rafael Rania Rashid Reza Rohan Samira Sanjay "
    "Sara Sven Tariq Thabo Ulla Viktor Wanjiru Yuki Zainab"
)
CITIES = _words(
    "Berlin Paris Oslo Madrid Rome Vienna Lisbon Prague Dublin Athens Geneva Hamburg Leeds "
    "Porto Boston Denver Austin Tokyo Osaka Lima Quito Cairo Delhi Lagos Accra Turin Bergen "
    "Malmo Ghent "
    "Munich Cologne Lyon Nice Milan Naples Venice Seville Bilbao Valencia Krakow Warsaw Budapest "
    "Zagreb Sofia Bucharest Helsinki Tampere Stockholm Aarhus Antwerp Utrecht Zurich Basel Graz "
    "Cork Glasgow Bristol Chicago Seattle Toronto Montreal Bogota Santiago Nairobi Tunis Mumbai "
    "Seoul Hanoi Manila"
)
PRODUCTS = _words(
    "lamp kettle backpack chair desk mug jacket phone laptop camera blender tent bike helmet "
    "clock speaker printer monitor keyboard mouse charger table sofa carpet mirror pillow "
    "blanket jar toaster fan heater drill saw ladder hose rake shovel boots shoes scarf hat "
    "gloves watch ring notebook pen bottle bag umbrella puzzle drone router tablet guitar "
    "piano canvas brush vase"
)
ADJECTIVES = _words(
    "blue green red small large old new silver wooden round light heavy folding wireless soft "
    "quiet upper lower north south outdoor indoor main spare digital weekly basic premium "
    "family student "
    "yellow orange purple pink grey brown white black golden striped plastic metal leather cotton "
    "woollen ceramic thick thin narrow wide tall square oval flat compact portable waterproof "
    "electric manual modern antique vintage classic fancy sturdy sporty"
)
THINGS = _phrases(
    "locker|parking space|meeting room|guest room|swimming pool|gym|library card|workshop|"
    "printer|projector|kitchen|garden|boat|canoe|tent|museum tour|boat trip|ski pass|concert|"
    "course|cooking class|language course|photo lab|studio|storage box|garage|charging point|"
    "bike stand|bus pass|train ticket|season ticket|gift card|membership|newsletter|"
    "repair service|cleaning service|laundry|shuttle bus|ferry|cable car|playground|"
    "tennis court|football field|climbing wall|sauna|cafe|canteen|reading room|help desk|"
    "front desk|lost property office|mail room|warehouse|showroom|laboratory|theatre|cinema|"
    "gallery|archive|plan|licence|account|app|membership card|visitor badge|loan|rental car|"
    "scooter|camera|microscope|telescope"
)
NOUNS = _words(
    "apple bread cheese coffee tea soup cake rice fish egg milk salt sugar honey pizza lunch "
    "dinner breakfast meal menu recipe garden tree flower river lake beach island mountain "
    "forest field bridge tower church castle market station airport harbour platform road "
    "path gate fence wall roof door window stairs lift hall corridor cellar attic basement "
    "balcony bedroom bathroom sink shower oven fridge freezer dishwasher stove microwave "
    "vacuum broom bucket candle curtain rug shelf drawer cupboard wardrobe bench stool bed "
    "mattress towel soap brick stone sand metal glass paper cardboard plastic leather wool "
    "cotton silk engine wheel brake tyre pedal saddle truck van bus tram train plane boat "
    "ship trailer caravan horse dog cat bird rabbit sheep cow letter envelope stamp parcel "
    "folder binder stapler calendar diary map poster banner flag sign ticket badge voucher "
    "coupon receipt contract lease permit passport visa certificate diploma lesson lecture "
    "seminar exam quiz essay report memo survey form chart graph table slide video film song "
    "album concert play show match race tournament league team club party wedding festival "
    "picnic holiday trip cruise hike walk swim dance yoga class choir band orchestra museum "
    "zoo park clinic pharmacy dentist doctor nurse bandage medicine battery cable plug socket "
    "bulb switch antenna modem server screen scanner copier tablet sensor alarm camera lens "
    "tripod microphone headset drum violin flute trumpet chess puzzle ball racket net goal "
    "skate ski sledge kayak paddle anchor rope hook chain lock key safe vault hammer nail "
    "screw wrench pliers glue tape paint varnish tile plank beam pipe valve pump tank filter "
    "hose boiler radiator chimney "
    "acorn aerial almond amplifier anvil apron aquarium arcade arch armchair arrow artichoke "
    "ashtray asparagus atlas avocado axe bacon badger bagel bakery bamboo banana banjo barley "
    "barn barrel barrier basin basket bat bathtub bead beaker bean bear beaver beehive beetle "
    "belt berry bib bicycle billboard bin biscuit blackboard blade blazer blind blouse bonnet "
    "bookcase bookmark bookshelf boulder bouquet bowl bracelet bracket branch brewery brochure "
    "bronze brooch broth bubble buckle buffet bugle bungalow bunk buoy bureau burger bush butter "
    "butterfly button cabbage cabin cabinet cactus cafeteria cage calculator calf canal canary "
    "candy canyon cape capsule cardigan cargo carnival carriage carrot cart cartridge carton "
    "cartoon cascade cashew casserole catalogue cathedral cauliflower cave celery cello cement "
    "cereal chalk chandelier chapel chariot cherry chestnut chicken chili chisel chocolate cigar "
    "cinnamon circuit circus clarinet clasp claw clay cliff cloak closet cloth cloud clove clover "
    "coach coal coast coat cobweb cockpit cocoa coconut coin collar colony comb comet compass "
    "computer cone container cookie copper coral cord cork corn cottage couch courtyard cowboy "
    "crab cradle crane crate crayon cream creek crib cricket crocodile crow crown cruiser crumb "
    "crust crystal cube cucumber cuff curry cushion custard cutlery cyclone cylinder dairy daisy "
    "dam dandelion dashboard deck deer dessert detergent dial diamond dice dictionary dinghy dish "
    "disk ditch dock dolphin dome donkey doorbell doormat dough dove dragon dress dresser "
    "driveway duck dumpling dungeon dust duvet dynamo eagle earring easel eel elephant elevator "
    "elm emerald eraser escalator evergreen eyelash fabric factory falcon farm faucet feather "
    "ferret fiddle fig finch fir fireplace firework flame flannel flask fleece flipper flour "
    "flowerpot fluid foam fog foil font footbridge footpath fork fort fossil fountain fox freight "
    "frog fruit fuel funnel fur furnace furniture fuse galaxy gallon gander garland garlic "
    "garment gazebo gear gem generator geyser ginger giraffe glacier glider globe goat goblet "
    "goggles gold goose gorilla gown grain granite grape grapefruit grass gravel gravy greenhouse "
    "grill grinder grocery guesthouse gum gutter gymnasium hail hairbrush hallway ham hamburger "
    "hammock hamper hamster handbag handbook handkerchief handle hanger hangar harp harness "
    "harvest hatch hawk hay hazelnut hearth heath hedge hedgehog helicopter hen herb heron hill "
    "hinge hive hoe holly honeycomb hood hoof horn hostel hotel hound hourglass hub hut hyena "
    "iceberg icicle igloo ink inn insect iris iron ivory ivy jackal jaguar jam jasmine jelly "
    "jewel jigsaw juice jungle juniper kangaroo kennel kernel kerosene kimono kiosk kite kitten "
    "kiwi knapsack knife knob knot lace lagoon lamb lantern lasagne lasso lattice lava lavender "
    "lawn lawnmower leaf ledge lemon lemonade lentil leopard lettuce lever lid lighthouse lily "
    "lime limousine linen lion lipstick lizard llama lobby lobster lodge log lounge luggage "
    "lumber lynx macaroni magazine magnet mailbox mallet mango mansion maple marble margarine "
    "marina marmalade marsh mask mast matchbox meadow melon mill mine mint mitten moat mole "
    "monastery monkey moon mop moped mosaic mosque moss moth motor motorway mousetrap mud muffin "
    "mule mural mushroom mussel mustard napkin necklace needle nest nickel noodle nozzle nugget "
    "nut nutmeg oak oar oasis oat observatory ocean octopus olive onion orchard orchid ore "
    "oregano ornament ostrich otter outlet oyster padlock pagoda pail palace palm pan pancake "
    "panda pantry papaya paprika parachute parade parakeet parchment parlour parrot parsley "
    "passage pasta paste pastry pasture patio pavement pavilion pea peach peacock peanut pear "
    "pearl pebble pelican pencil pendant penguin pepper perfume petal petrol pew pheasant piccolo "
    "pickle pie pier pig pigeon pineapple pinecone pistachio pitcher pizzeria planet plaster "
    "plate plateau platter plough plum poem pole pond pony popcorn poppy porch porridge portrait "
    "potato pouch powder prairie prawn pretzel prism propeller pudding puddle pulley pumpkin "
    "puppet puppy pyjamas pyramid quarry quartz quilt raccoon radar radish raft railway raincoat "
    "raisin ram ramp ranch raspberry raven razor reef refinery reindeer reservoir resort "
    "restaurant rhubarb ribbon rink robe robin robot rocket rooster root rosemary rubber ruby "
    "rucksack ruler saddlebag saffron salad salmon saloon sandal sandcastle sandwich sapphire "
    "sardine sash satchel satellite sauce saucepan saucer sausage saxophone scaffold scallop "
    "scarecrow sceptre schoolbag scissors scone scrapbook seafood seal seashell seaweed seed "
    "seesaw shack shampoo shark shawl shed sheet shell sherbet shield shirt shore shortcake "
    "shrimp shrub shutter sidewalk sieve silo siren skeleton skirt skyscraper slate sleeve "
    "slipper sloth smock smoothie snail snake snowball snowman sock soil sonnet sparrow spatula "
    "spear spice spider spinach spire sponge spoon spruce squash squid squirrel stable stadium "
    "staircase stallion staple starfish statue steak steamer steel stem stencil stereo stork "
    "storm straw strawberry stream submarine suitcase sultana sundial sunflower sunshade swamp "
    "swan sweater syringe syrup tablecloth tadpole tambourine tangerine tapestry tarmac tart taxi "
    "teapot teaspoon telegram television temple termite terrace thermometer thermos thimble "
    "thistle thorn thread throne thunder thyme tiara tiger timber tinsel toad toffee tomato tomb "
    "tongs toothbrush topaz torch tornado tortoise totem toucan toy tractor trapdoor trapeze tray "
    "treasure trellis triangle tricycle trolley trombone trousers trout trowel truffle trunk tuba "
    "tulip tuna tunnel turban turbine turkey turnip turquoise turret turtle tutu tweezers twig "
    "typewriter ukulele unicorn uniform urn valley vanilla vehicle veil velvet veranda vest "
    "viaduct vineyard vinegar violet volcano vulture waffle wagon waistcoat walnut walrus warship "
    "wasp waterfall watermelon wax weasel weed whale wharf wheat wheelbarrow wheelchair whistle "
    "wick widget wig wigwam willow windmill windscreen wine wing wok wolf wombat woodpecker worm "
    "wreath xylophone yacht yarn yeast yoghurt zebra zeppelin zinc zipper"
)
MONTHS = _words(
    "January February March April May June July August September October November December"
)
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def made_word(d: Draw) -> str:
    def make() -> str:
        if d.chance(0.4):
            return "".join(d.pick(PIECES) for _ in range(d.pick((2, 2, 3))))
        count = d.pick((2, 2, 2, 3))
        return "".join(d.pick(ONSETS) + d.pick(VOWELS) for _ in range(count)) + d.pick(CODAS)

    return d.content(make).capitalize()


def first_name(d: Draw) -> str:
    if d.chance(0.6):
        return made_word(d)
    return d.content(lambda: d.pick(FIRST))


def full_name(d: Draw) -> str:
    return f"{first_name(d)} {made_word(d)}"


def person(d: Draw) -> str:
    return full_name(d) if d.chance(0.6) else first_name(d)


def company(d: Draw) -> str:
    end = d.pick(("", "", " Ltd", " Goods", " Group", " Books", " Tools", " Travel", " Labs"))
    return made_word(d) + end


def email(d: Draw) -> str:
    user = d.pick(("help", "support", "info", "office", made_word(d).lower(), made_word(d).lower()))
    return f"{user}@{made_word(d).lower()}.{d.pick(('com', 'org', 'net', 'example', 'eu'))}"


def phone(d: Draw) -> str:
    return d.content(lambda: f"0{digits(d, 3)} {digits(d, 3)} {digits(d, 3)}")


def digits(d: Draw, count: int) -> str:
    return "".join(d.pick("0123456789") for _ in range(count))


def code(d: Draw) -> str:
    def make() -> str:
        head = "".join(d.pick(_LETTERS) for _ in range(d.pick((1, 2, 2, 3))))
        return f"{head}-{digits(d, d.pick((3, 4, 4, 5)))}"

    return d.content(make)


def amount(d: Draw) -> str:
    def make() -> str:
        whole = str(d.rng.randint(2, 99) if d.chance(0.7) else d.rng.randint(100, 999))
        number = whole + (f".{d.pick('0123456789')}{d.pick('05')}" if d.chance(0.5) else "")
        return d.pick((f"{number} EUR", f"${number}", f"{number} euros", f"{number} USD"))

    return d.content(make)


def date(d: Draw) -> str:
    def make() -> str:
        day, month = d.rng.randint(1, 28), d.rng.randint(1, 12)
        year = d.rng.randint(2024, 2029)
        return d.pick(
            (
                f"{day} {MONTHS[month - 1]}",
                f"{MONTHS[month - 1]} {day}",
                f"{day} {MONTHS[month - 1]} {year}",
                f"{year}-{month:02d}-{day:02d}",
            )
        )

    return d.content(make)


def weekday(d: Draw) -> str:
    return d.pick(DAYS)


def clock(d: Draw) -> str:
    return f"{d.rng.randint(6, 22)}:{d.pick(('00', '15', '30', '45'))}"


def hours_range(d: Draw) -> str:
    times = f"{d.rng.randint(6, 11)}:{d.pick(('00', '30'))} to {d.rng.randint(14, 22)}:00"
    return d.content(lambda: times if d.chance(0.5) else f"{d.pick(DAYS)} to {d.pick(DAYS)}")


def days_span(d: Draw) -> str:
    def make() -> str:
        count = d.rng.randint(2, 95)
        return f"{count} {d.pick(('days', 'days', 'days', 'working days', 'weeks', 'hours'))}"

    return d.content(make)


def long_span(d: Draw) -> str:
    return d.content(lambda: f"{d.rng.randint(2, 60)} {d.pick(('months', 'months', 'years'))}")


def minutes_span(d: Draw) -> str:
    return d.content(lambda: f"{d.rng.randint(5, 95)} {d.pick(('minutes', 'minutes', 'hours'))}")


def percent(d: Draw) -> str:
    return d.content(lambda: f"{d.rng.randint(2, 95)}%")


def count(d: Draw) -> str:
    return d.content(lambda: str(d.rng.randint(2, 60)))


def place(d: Draw) -> str:
    return d.pick(
        (
            f"room {d.rng.randint(1, 400)}",
            f"building {d.pick(_LETTERS)}",
            f"floor {d.rng.randint(1, 20)}",
            f"{made_word(d)} Street",
            f"the {made_word(d)} hall",
            d.pick(CITIES),
        )
    )


def noun(d: Draw, known: list[str]) -> str:
    """A known noun, one of many more, or a made-up one: then only copying is right."""
    roll = d.rng.random()
    if roll < 0.30:
        return d.content(lambda: d.pick(known))
    if roll < 0.62:
        return d.content(lambda: d.pick(NOUNS))
    made = made_word(d).lower()
    return made if roll < 0.88 else f"{made} {d.content(lambda: d.pick(NOUNS))}"


def product(d: Draw) -> str:
    noun_ = noun(d, PRODUCTS)
    roll = d.rng.random()
    if roll < 0.4:
        return noun_
    return f"{d.pick(ADJECTIVES)} {noun_}" if roll < 0.8 else f"{made_word(d)} {noun_}"


def thing(d: Draw) -> str:
    """A noun phrase with its article, lower case first: "the small locker"."""
    noun_ = noun(d, THINGS)
    roll = d.rng.random()
    if roll < 0.4:
        return f"the {noun_}"
    return f"the {d.pick(ADJECTIVES)} {noun_}" if roll < 0.7 else f"the {made_word(d)} {noun_}"
