"""The words of the families as typed names; what they are for stands in the tables that they are read from."""

from dataclasses import dataclass

from ptlib.demo.world.tables import read

Words = tuple[str, ...]
Senses = tuple[str, Words, Words]
"""Object, verbs of one meaning, verbs of the opposite meaning."""

_ethics = read("ethics")
DUTIES: dict[str, Words] = _ethics["duties"]
EXCUSES: dict[str, Words] = _ethics["excuses"]
HABITS: dict[str, Words] = _ethics["habits"]
MERITS: dict[str, Words] = _ethics["merits"]
ROLES, REQUESTS, HABIT_KEYS, MERIT_KEYS = map(tuple, (DUTIES, EXCUSES, HABITS, MERITS))
CLOSE = tuple(map(frozenset, _ethics["close"]))
IRRELEVANT: Words = _ethics["irrelevant"]
IRRELEVANT_ME: Words = _ethics["irrelevant_me"]

_inference = read("inference")
GROUPS: dict[str, str] = _inference["groups"]
ACTIVITIES = tuple(GROUPS)
FEELINGS: dict[str, Words] = _inference["feelings"]
AGENTS: Words = _inference["agents"]
ORGANISATIONS: Words = _inference["organisations"]
EVENTS: tuple[Senses, ...] = _inference["events"]
ANSWER_VERBS: Words = _inference["answer_verbs"]
ANSWER_THINGS: Words = _inference["answer_things"]
ANSWER_REASONS: Words = _inference["answer_reasons"]
NEGATED: dict[str, str] = _inference["negated"]

_paraphrase = read("paraphrase")
ASK: tuple[Words, ...] = _paraphrase["ask"]
ACTIONS: tuple[tuple[Words, tuple[Words, ...]], ...] = _paraphrase["actions"]
EXTRAS: tuple[Words, ...] = _paraphrase["extras"]
SPEAKERS: Words = _paraphrase["speakers"]
NEWS: tuple[Senses, ...] = _paraphrase["news"]


@dataclass(frozen=True, slots=True)
class Group:
    """Subjects that take the same adjectives."""

    subjects: Words
    good: Words
    bad: Words
    plural: bool = False
    pronoun: tuple[str, str] = ("it", "it")


@dataclass(frozen=True, slots=True)
class Domain:
    """A world of opinions."""

    groups: tuple[Group, ...]
    thing: Words
    """What the text as a whole is about."""
    verb: str
    good: Words
    """Whole sentences of praise, without the full stop."""
    bad: Words
    facts: Words
    """Neutral sentences of the domain."""
    openers: Words = ("", "", "", "", "honestly ,", "i think", "in my view ,", "all in all ,", "my {r} says")


_sentiment = read("sentiment")
GOOD: Words = _sentiment["good"]
BAD: Words = _sentiment["bad"]
PLAIN: Words = _sentiment["plain"]
DOMAINS = FILM, LAPTOP, RESTAURANT, LIFE = tuple(
    Domain(**domain | {"groups": tuple(Group(**group) for group in domain["groups"])})
    for domain in map(_sentiment.__getitem__, ("film", "laptop", "restaurant", "life"))
)
