"""What can be praised or criticised: for every subject the adjectives that make sense of it."""

from dataclasses import dataclass

GOOD = ("good", "great", "wonderful", "excellent", "lovely", "superb", "amazing", "fantastic", "brilliant", "pleasant")
BAD = ("bad", "terrible", "awful", "horrible", "poor", "dreadful", "disappointing", "unpleasant", "mediocre", "lousy")
PLAIN = ("average", "ordinary", "normal", "typical", "okay")


@dataclass(frozen=True, slots=True)
class Group:
    """Subjects that take the same adjectives."""

    subjects: tuple[str, ...]
    good: tuple[str, ...]
    bad: tuple[str, ...]
    plural: bool = False
    pronoun: tuple[str, str] = ("it", "it")


@dataclass(frozen=True, slots=True)
class Domain:
    """A world of opinions."""

    groups: tuple[Group, ...]
    thing: tuple[str, ...]
    """What the text as a whole is about."""
    verb: str
    good: tuple[str, ...]
    """Whole sentences of praise, without the full stop."""
    bad: tuple[str, ...]
    facts: tuple[str, ...]
    """Neutral sentences of the domain."""
    openers: tuple[str, ...] = ("", "", "", "", "honestly ,", "i think", "in my view ,", "all in all ,", "my {r} says")


_ACTING = (("convincing", "charming", "natural", "memorable"), ("wooden", "lifeless", "clumsy", "forgettable"))
_SERVICE = (("friendly", "polite", "attentive"), ("rude", "careless", "unfriendly"))
FILM = Domain(
    groups=(
        Group(
            ("plot", "story", "script", "ending", "first half", "last scene"),
            ("gripping", "clever", "touching", "funny", "fresh", "surprising"),
            ("boring", "dull", "predictable", "silly", "confusing", "empty"),
        ),
        Group(("acting", "cast"), *_ACTING),
        Group(("hero", "villain", "lead actor"), *_ACTING, pronoun=("he", "him")),
        Group(("heroine", "young actress"), *_ACTING, pronoun=("she", "her")),
        Group(("music", "scenery", "camera work", "lighting"), ("beautiful", "rich", "elegant"), ("ugly", "cheap", "lazy")),
        Group(("dialogues", "jokes", "songs"), ("witty", "clever", "funny", "fresh"), ("tired", "stupid", "dull", "flat"), True),
    ),
    thing=("film", "movie", "comedy", "drama", "thriller", "picture"),
    verb="is",
    good=(
        "i would watch it again tomorrow",
        "we laughed from start to finish",
        "it stays with you for days",
        "i bought a second ticket",
        "the whole room stood up and clapped",
        "i did not look at my watch once",
        "my heart was racing until the end",
        "everyone should see it",
    ),
    bad=(
        "i want my money back",
        "half of the audience walked out",
        "i fell asleep after an hour",
        "it is a waste of time",
        "i looked at my watch every minute",
        "nobody laughed even once",
        "we left before the end",
        "save your money",
    ),
    facts=(
        "the film runs for {k} hours",
        "it was shown in {t} on {d}",
        "the story takes place in {t}",
        "i saw it with my {r}",
        "the hero is called {n}",
        "it is based on a book by {n}",
        "{n} sold the tickets at the door",
        "the director was born in {t}",
        "we sat in row {k}",
    ),
)
LAPTOP = Domain(
    groups=(
        Group(("screen", "display", "camera"), ("bright", "sharp", "clear"), ("dim", "blurry", "dark")),
        Group(("keyboard", "touchpad", "mouse"), ("comfortable", "smooth", "solid"), ("stiff", "flimsy", "sticky")),
        Group(("battery", "charger", "hard drive"), ("reliable", "strong", "durable"), ("unreliable", "weak", "faulty")),
        Group(("processor", "system", "internet connection"), ("fast", "stable", "quick"), ("slow", "unstable", "sluggish")),
        Group(("fan", "cooling"), ("quiet", "silent"), ("noisy", "loud")),
        Group(("speakers", "buttons", "hinges"), ("solid", "reliable", "sturdy"), ("cheap", "flimsy", "faulty"), True),
        Group(("support team", "repair service"), ("helpful", "friendly", "quick"), ("rude", "slow", "useless")),
    ),
    thing=("laptop", "computer", "machine", "notebook"),
    verb="is",
    good=(
        "the battery lasts all day",
        "it starts in a few seconds",
        "it fits into every bag",
        "i would buy it again",
        "it never crashes",
        "the keys feel just right",
        "the support team answered at once",
    ),
    bad=(
        "the battery dies after an hour",
        "it crashes every day",
        "two keys fell off",
        "i sent it back",
        "it takes forever to start",
        "the screen broke in a week",
        "nobody answered at the support desk",
    ),
    facts=(
        "i bought it on {d}",
        "it came in a {c} box",
        "it has {k} ports and a {c} lid",
        "my {r} has the same one",
        "it stands on the desk of my {r}",
        "the case is {c}",
        "i use it at work in {t}",
        "it was delivered to {t}",
    ),
)
RESTAURANT = Domain(
    groups=(
        Group(
            ("soup", "pasta", "pizza", "curry", "dessert", "salad", "fish"),
            ("delicious", "tasty", "fresh"),
            ("bland", "salty", "greasy"),
        ),
        Group(("bread", "rice", "coffee", "cake"), ("delicious", "fresh", "perfect"), ("stale", "cold", "bland")),
        Group(
            ("noodles", "potatoes", "vegetables", "pancakes"), ("tasty", "crisp", "delicious"), ("burnt", "soggy", "cold"), True
        ),
        Group(("service", "staff"), *_SERVICE),
        Group(("waiter", "owner"), *_SERVICE, pronoun=("he", "him")),
        Group(("waitress",), *_SERVICE, pronoun=("she", "her")),
        Group(("room", "terrace", "place"), ("cosy", "charming", "clean"), ("dirty", "cramped", "noisy")),
        Group(("prices",), ("fair", "reasonable", "low"), ("unfair", "outrageous", "high"), True),
    ),
    thing=("restaurant", "cafe", "bistro", "diner"),
    verb="was",
    good=(
        "we will come back soon",
        "i licked the plate clean",
        "every table was full of happy people",
        "we stayed until midnight",
        "my plate was empty in a minute",
        "we already booked the next table",
        "the cook deserves a prize",
    ),
    bad=(
        "we left hungry",
        "there was a hair in my soup",
        "we waited an hour for water",
        "never again",
        "i could not finish my plate",
        "the bill was wrong twice",
        "my stomach hurt all night",
    ),
    facts=(
        "we went there on {d}",
        "it is near the station in {t}",
        "we sat at table {k}",
        "my {r} had the fish",
        "the door is {c}",
        "it opens at {k}",
        "there are {k} tables and {k} waiters",
        "we paid for {k} people in cash",
    ),
)
LIFE = Domain(
    groups=(
        Group(
            ("concert", "party", "match", "trip", "holiday", "weekend", "festival"),
            ("fun", "unforgettable", "exciting"),
            ("boring", "exhausting", "dull"),
        ),
        Group(("weather", "morning", "evening"), ("sunny", "warm", "mild"), ("gloomy", "cold", "stormy")),
        Group(("train", "bus", "flight", "taxi"), ("punctual", "comfortable", "quick"), ("late", "crowded", "dirty")),
        Group(("neighbours", "teachers", "drivers"), ("friendly", "helpful", "kind"), ("rude", "loud", "unfriendly"), True),
        Group(("phone", "update", "website"), ("useful", "fast", "handy"), ("useless", "slow", "broken")),
    ),
    thing=("day", "week", "surprise", "evening"),
    verb="was",
    good=(
        "i cannot stop smiling",
        "best day of the year",
        "i feel so lucky",
        "dreams come true",
        "i could hug everyone today",
        "thank you all so much",
        "we won",
    ),
    bad=(
        "i just want to cry",
        "worst day of the year",
        "everything went wrong",
        "i am so fed up",
        "this ruined my evening",
        "i feel sick",
        "my phone is dead again",
    ),
    facts=(
        "i am on the bus to {t}",
        "the meeting starts at {k}",
        "the match is on {d}",
        "just had lunch with {n}",
        "my train leaves at {k}",
        "the library is open until {k}",
        "i am back in {t}",
        "{n} moved to {t}",
        "my {r} arrives on {d}",
        "today is {d} and i am in {t}",
        "i bought {k} apples",
        "the next bus goes to {t}",
        "my new bag is {c}",
        "we are painting the door {c}",
        "{n} is at the office",
        "there is a market on {d}",
    ),
    openers=("", "", "", "wow ,", "so ,", "honestly ,", "update :", "guess what ,", "hi all ,", "just saying ,"),
)
DOMAINS = (FILM, LAPTOP, RESTAURANT, LIFE)
