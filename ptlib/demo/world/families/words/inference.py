"""The scene world and the world of organisations: values, broader words, synonyms and opposites."""

GROUPS: dict[str, str] = {
    "eating an apple": "eating something",
    "eating a sandwich": "eating something",
    "drinking tea": "drinking something",
    "drinking juice": "drinking something",
    "reading a book": "reading something",
    "reading the newspaper": "reading something",
    "playing the guitar": "making music",
    "playing the flute": "making music",
    "singing a song": "making music",
    "cleaning boots": "washing something",
    "washing a shirt": "washing something",
    "taking a nap": "resting",
    "lying on a blanket": "resting",
    "writing a letter": "writing something",
    "writing a poem": "writing something",
    "repairing a bike": "repairing something",
    "fixing a radio": "repairing something",
    "playing chess": "playing a game",
    "playing cards": "playing a game",
    "painting a picture": "making art",
    "drawing a map": "making art",
    "dancing": "moving around",
    "jogging": "moving around",
}
ACTIVITIES = tuple(GROUPS)
# Of these only one can be true at a time.
FEELINGS: dict[str, tuple[str, ...]] = {
    "happy": ("happy", "cheerful"),
    "sad": ("sad", "unhappy"),
    "angry": ("angry", "furious"),
    "scared": ("scared", "frightened"),
    "calm": ("calm", "relaxed"),
}
AGENTS = ("woman", "man", "girl", "boy")
ORGANISATIONS = ("bank", "school", "museum", "hospital", "factory", "library", "hotel", "theatre", "airline", "university")
# Object, verbs of one meaning, verbs of the opposite meaning; the past form is the participle too.
EVENTS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("the new office", ("opened", "established"), ("closed", "shut")),
    ("the old house", ("bought", "acquired"), ("sold", "auctioned")),
    ("the young engineer", ("hired", "employed"), ("fired", "dismissed")),
    ("the price", ("raised", "increased"), ("lowered", "reduced")),
    ("the offer", ("accepted", "approved"), ("rejected", "refused")),
    ("the plan", ("praised", "supported"), ("criticised", "opposed")),
    ("the bridge", ("built", "constructed"), ("demolished", "destroyed")),
    ("the report", ("published", "released"), ("concealed", "withheld")),
    ("the road", ("repaired", "fixed"), ("damaged", "ruined")),
    ("the money", ("found", "recovered"), ("lost", "misplaced")),
    ("the trip", ("organised", "planned"), ("cancelled", "dropped")),
    ("the team", ("trained", "taught"), ("ignored", "neglected")),
)
ANSWER_VERBS = ("fetched", "bought", "sold", "cleaned", "painted", "repaired", "hid", "borrowed")
ANSWER_THINGS = ("lamp", "key", "bike", "map", "radio", "chair", "drum", "mirror", "kite", "basket")
ANSWER_REASONS = (
    "it looked nice",
    "it was useful",
    "{n} wanted to help",
    "{n} was bored",
    "a friend asked for it",
    "it was raining",
)
NEGATED = {
    "fetched": "fetch",
    "bought": "buy",
    "sold": "sell",
    "cleaned": "clean",
    "painted": "paint",
    "repaired": "repair",
    "hid": "hide",
    "borrowed": "borrow",
}
