"""Names, places and neutral sentences that several families share."""

import random

from ptlib.demo.world.families.base import chance, join, other, pick
from ptlib.demo.world.tables import read

WOMEN = ("anna", "clara", "emma", "grace", "ivy", "kate", "maria", "nina", "rosa", "vera")
MEN = ("ben", "david", "felix", "henry", "jack", "leo", "oscar", "paul", "sam", "tom")
NAMES = WOMEN + MEN
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
COLOURS = ("red", "blue", "green", "yellow", "black", "white", "brown", "grey")
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
INDOORS = ("kitchen", "library", "office", "hall", "basement", "museum")
OUTDOORS = ("garden", "park", "yard", "forest", "meadow", "field")
PLACES = INDOORS + OUTDOORS
RELATIVES = ("sister", "brother", "mother", "father", "cousin", "neighbour", "aunt", "uncle")
TOWNS = ("marlow", "tarben", "oldham", "brackley", "selby", "corwen", "hartley", "penrith", "wexford", "lindale")

_lexicon = read("lexicon")
_FILLERS: tuple[str, ...] = _lexicon["fillers"]
_PLAIN_FILLERS: tuple[str, ...] = _lexicon["plain_fillers"]


def pronoun(name: str) -> str:
    """he or she."""
    return "she" if name in WOMEN else "he"


def his(name: str) -> str:
    """his or her."""
    return "her" if name in WOMEN else "his"


def him(name: str) -> str:
    """him or her."""
    return "her" if name in WOMEN else "him"


def filler(rng: random.Random, plain: bool = False) -> str:
    """A sentence that carries no latent: it may stand in any text of any split. `plain`: no names, days and towns in it."""
    first = pick(rng, NAMES)
    second = other(rng, NAMES, first)
    frame = pick(rng, _PLAIN_FILLERS if plain or chance(rng, 0.45) else _FILLERS)
    return frame.format(n=first, m=second, **slots(rng))


def slots(rng: random.Random) -> dict[str, str]:
    """A day, a relative, a town, a number and a colour for the places {d}, {r}, {t}, {k} and {c}."""
    options = {"d": DAYS, "r": RELATIVES, "t": TOWNS, "k": NUMBERS[1:], "c": COLOURS}
    return {place: pick(rng, words) for place, words in options.items()}


def maybe_filler(rng: random.Random, text: str, probability: float, plain: bool = False) -> str:
    """The text, sometimes with a neutral sentence before or after it."""
    if not chance(rng, probability):
        return text
    return join(rng, filler(rng, plain), text)
