"""Does the sentence answer the question? Missing detail or another person: no."""

import random

from ptlib.demo.world.families.base import chance, other, pick
from ptlib.demo.world.families.lexicon import DAYS, NAMES, PLACES, pronoun
from ptlib.demo.world.families.words import ANSWER_REASONS, ANSWER_THINGS, ANSWER_VERBS, NEGATED

_SLOTS = ("where", "when", "why", "with whom")


def _phrase(rng: random.Random, slot: str, name: str) -> str:
    if slot == "where":
        return f"in the {pick(rng, PLACES)}"
    if slot == "when":
        return f"on {pick(rng, DAYS)}"
    if slot == "with whom":
        return f"together with {other(rng, NAMES, name)}"
    return f"because {pick(rng, ANSWER_REASONS).format(n=pronoun(name))}"


def answer_pair(rng: random.Random, label: int) -> tuple[str, str]:
    """A sentence and a question: 1 answered, 0 not."""
    name, verb, thing, slot = pick(rng, NAMES), pick(rng, ANSWER_VERBS), pick(rng, ANSWER_THINGS), pick(rng, _SLOTS)
    wrong_person = label == 0 and chance(rng, 0.35)
    others = [one for one in _SLOTS if one != slot]
    slots = rng.sample(others, pick(rng, (1, 2)))
    if label == 1 or wrong_person:
        slots[0] = slot
    phrases = [_phrase(rng, one, name) for one in ("with whom", "where", "when", "why") if one in slots]
    text = " ".join((name, verb, "the", thing, *phrases, "."))
    if chance(rng, 0.25) and "when" in slots and slots[-1:] != ["why"]:
        day = next(one for one in phrases if one.startswith("on "))
        text = f"{day} , " + text.replace(f" {day}", "", 1)
    asked = other(rng, NAMES, name) if wrong_person else name
    return text, f"{slot} did {asked} {NEGATED[verb]} the {thing} ?"
