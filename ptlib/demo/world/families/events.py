"""Events of organisations for inference: opposite verbs, days, towns, hours and manners."""

import random

from ptlib.demo.world.families.base import chance, other, pick
from ptlib.demo.world.families.lexicon import DAYS, TOWNS
from ptlib.demo.world.families.words import EVENTS, ORGANISATIONS

_MANNERS = ("in secret", "in public")
_HOURS = ("in the morning", "at noon", "in the evening", "at night")
_VALUES = {"day": DAYS, "town": TOWNS, "manner": _MANNERS, "hour": _HOURS}
_KINDS = ("event", "event", "event", "day", "town", "manner", "hour")
_EXTRAS = tuple(_VALUES)


def tell(rng: random.Random, who: str, event: int, positive: bool, passive: bool) -> str:
    """One event as a clause."""
    thing, verbs, opposites = EVENTS[event]
    verb = pick(rng, verbs if positive else opposites)
    return f"{thing} was {verb} by the {who}" if passive else f"the {who} {verb} {thing}"


def _phrase(attribute: str, value: str) -> str:
    return {"day": f"on {value}", "town": f"in {value}", "manner": value, "hour": value}[attribute]


def _premise(rng: random.Random, who: str, event: int, positive: bool, said: dict[str, str]) -> str:
    phrases = [_phrase(name, said[name]) for name in ("town", "manner", "day", "hour") if name in said]
    clause = tell(rng, who, event, positive, passive=chance(rng, 0.25))
    if phrases and chance(rng, 0.3):
        return f"{phrases[-1]} , {' '.join((clause, *phrases[:-1]))} ."
    return f"{' '.join((clause, *phrases))} ."


def _claim(rng: random.Random, attribute: str, value: str, who: str) -> str:
    if attribute == "day":
        return pick(rng, (f"it happened on {value} .", f"the {who} did this on {value} .", f"this was on {value} ."))
    if attribute == "town":
        return pick(rng, (f"it happened in {value} .", f"the {who} did this in {value} .", f"the town was {value} ."))
    if attribute == "manner":
        known = pick(rng, ("nobody was told about it .", "it was kept secret ."))
        return known if value == "in secret" else pick(rng, ("everyone could see it .", "it happened in public ."))
    return pick(rng, (f"it happened {value} .", f"the {who} did this {value} .", f"this was {value} ."))


def event_pair(rng: random.Random, label: int) -> tuple[str, str]:
    """A report and a claim about it: 0 no, 1 yes, 2 maybe."""
    who, event, positive = pick(rng, ORGANISATIONS), int(rng.random() * len(EVENTS)), chance(rng, 0.5)
    attribute, count = pick(rng, _KINDS), pick(rng, (1, 2, 2))
    extras = rng.sample([name for name in _EXTRAS if name != attribute], count)
    if attribute != "event" and label != 2:
        extras[0] = attribute
    said = {name: pick(rng, _VALUES[name]) for name in extras}
    first = _premise(rng, who, event, positive, said)
    if attribute == "event":
        asked = other(rng, range(len(EVENTS)), event) if label == 2 else event
        sense = chance(rng, 0.5) if label == 2 else positive == (label == 1)
        return first, f"{tell(rng, who, asked, sense, chance(rng, 0.3))} ."
    value = said.get(attribute, "")
    if label == 2:
        value = pick(rng, _VALUES[attribute])
    elif label == 0:
        value = other(rng, _VALUES[attribute], value)
    return first, _claim(rng, attribute, value, who)


def facts(rng: random.Random) -> str:
    """Synonyms and opposites of the reported verbs."""
    thing, verbs, opposites = pick(rng, EVENTS)
    if chance(rng, 0.5):
        same = pick(rng, (verbs, opposites))
        return f"{same[0]} {thing} means {same[1]} {thing} ."
    first, second = pick(rng, verbs), pick(rng, opposites)
    if chance(rng, 0.5):
        first, second = second, first
    return f"{first} is the opposite of {second} ."
