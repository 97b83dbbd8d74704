"""Duties that belong to roles, excuses that settle a request, reasons that end a habit or earn something."""

DUTIES: dict[str, tuple[str, ...]] = {
    "teacher": ("correct the tests", "explain the lesson", "prepare the next class", "answer my pupils"),
    "doctor": ("examine my patients", "write the prescription", "check the wound", "read the blood test"),
    "baker": ("bake the bread", "knead the dough", "heat the oven early", "decorate the wedding cake"),
    "gardener": ("water the roses", "cut the hedge", "rake the leaves", "plant the trees"),
    "driver": ("refuel the truck", "stop at red lights", "plan the route", "check the tyres"),
    "librarian": ("sort the shelves", "lend out the novels", "collect late fees", "repair torn pages"),
    "cook": ("taste the soup", "chop the onions", "plan the menu", "sharpen the knives"),
    "judge": ("listen to both sides", "read the law", "question the witness", "give a sentence"),
    "farmer": ("feed the cows", "plough the field", "milk the goats", "bring in the harvest"),
    "pilot": ("land the plane", "study the flight plan", "talk to the tower", "watch the altitude"),
    "tailor": ("hem the trousers", "sew on the buttons", "measure the sleeves", "press the suit"),
    "barber": ("trim the beard", "wash the hair", "clean the scissors", "shave the customer"),
}
ROLES = tuple(DUTIES)

EXCUSES: dict[str, tuple[str, ...]] = {
    "water the plants": ("the plants got rain last night", "the soil is still wet", "the plants are made of plastic"),
    "walk the dog": ("the dog was just outside", "the dog has a sore paw", "the dog is at the vet"),
    "wash the dishes": ("the sink is blocked", "all plates are clean", "the dishes are already in the machine"),
    "buy milk": ("there are two bottles left", "we only drink oat milk now", "the shop sold the last bottle"),
    "close the window": ("the window is stuck", "the handle is broken", "it is closed already"),
    "call grandma": ("she is asleep", "i spoke to her today", "she lost her phone"),
    "mow the lawn": ("the grass is still short", "the mower is broken", "the lawn is frozen"),
    "charge the camera": ("the charger is missing", "the camera is fully charged", "the camera stays at home"),
    "post the letter": ("it has no stamp", "the post office is closed", "i sent it yesterday"),
    "set the table": ("the table is set already", "the forks are missing", "the table is being repaired"),
    "light the fire": ("the wood is wet", "the fire is burning already", "the chimney is blocked"),
    "paint the fence": ("the paint ran out", "the fence was removed", "the brushes are lost"),
}
REQUESTS = tuple(EXCUSES)

HABITS: dict[str, tuple[str, ...]] = {
    "lend {n} my books": ("{s} has a library card now", "{s} never returns books", "{s} only reads on a screen now"),
    "cook for {n}": ("{s} cooks for {x} now", "{s} eats at work now", "{s} is on a special diet"),
    "drive {n} to work": ("{s} has a car now", "{s} rides a motorbike now", "{s} takes the train now"),
    "water {p} flowers": ("{s} gave the flowers away", "{p} flowers are made of silk", "{h} flowers are dried"),
    "write {n} letters": ("{s} prefers to phone", "{s} cannot read my writing", "{s} never opens the mail"),
    "play football with {n}": ("{s} broke a leg", "{s} left the team", "{s} wants to play tennis instead"),
    "sing with {n}": ("{s} lost {h} voice", "{s} left the choir", "{s} refuses to practise songs"),
    "play chess with {n}": ("{s} cheats at chess", "{s} sold the chess board", "{s} finds chess too hard"),
    "share my lunch with {n}": ("{s} brings {h} own food now", "{s} is allergic to nuts", "{s} skips lunch now"),
    "help {n} with homework": ("{s} finished school", "{s} has a private tutor now", "{s} understands maths now"),
    "wake {n} in the morning": ("{s} has an alarm clock now", "a rooster wakes {m} now", "{s} always wakes up at five"),
    "look after {p} cat": ("{h} cat died", "{s} takes the cat along now", "the cat scratches me"),
}
HABIT_KEYS = tuple(HABITS)

MERITS: dict[str, tuple[str, ...]] = {
    "a day off": ("i worked all weekend", "i did two night shifts", "i had no holiday this year"),
    "a medal": ("i won the race", "i swam faster than everyone", "i broke the record"),
    "a better grade": ("i studied every evening", "all my answers were right", "the examiner made a mistake"),
    "a refund": ("the radio arrived broken", "the parcel never came", "the shoes had holes"),
    "a new bed": ("my mattress is torn", "my bed frame cracked", "i have slept on the floor for weeks"),
    "a seat on the bus": ("i am on crutches", "i am pregnant", "i can hardly stand"),
    "an apology": ("they called me a liar", "someone pushed me", "everyone blamed me for nothing"),
    "a glass of water": ("i am thirsty", "i just ran ten miles", "my throat is dry"),
}
MERIT_KEYS = tuple(MERITS)

# Where a reason for one might pass as a reason for the other: never used as a wrong reason.
CLOSE: tuple[frozenset[str], ...] = tuple(
    map(
        frozenset,
        (
            ("baker", "cook"),
            ("gardener", "farmer"),
            ("tailor", "barber"),
            ("driver", "pilot"),
            ("water the plants", "mow the lawn"),
            ("wash the dishes", "set the table"),
            ("cook for {n}", "share my lunch with {n}"),
            ("an apology", "a refund"),
            ("an apology", "a better grade"),
            ("a refund", "a new bed"),
            ("a new bed", "a seat on the bus"),
            ("a new bed", "a day off"),
            ("a day off", "a seat on the bus"),
            ("a glass of water", "a medal"),
            ("a glass of water", "a seat on the bus"),
            ("a medal", "a better grade"),
            ("a medal", "a day off"),
            ("a better grade", "a day off"),
            ("an apology", "a seat on the bus"),
            ("a medal", "a seat on the bus"),
            ("an apology", "a new bed"),
            ("a glass of water", "a day off"),
        ),
    )
)

IRRELEVANT = (
    "{s} has {c} shoes",
    "{s} likes jazz",
    "{h} hat is {c}",
    "{s} was born in may",
    "{h} door is {c}",
    "{s} owns a {c} umbrella",
    "{h} {r} is tall",
    "{s} has curly hair",
    "{h} name is short",
    "{s} once saw a whale",
    "{s} lives at number {k}",
    "{h} favourite colour is {c}",
)
IRRELEVANT_ME = (
    "i have {c} shoes",
    "i like jazz",
    "my hat is {c}",
    "i was born in may",
    "my door is {c}",
    "i own a {c} umbrella",
    "my {r} is tall",
    "i have curly hair",
    "my name is short",
    "i once saw a whale",
    "i live at number {k}",
    "my favourite colour is {c}",
)
