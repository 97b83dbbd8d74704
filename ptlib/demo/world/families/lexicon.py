"""Names, places and neutral sentences that several families share."""

import random

from ptlib.demo.world.families.base import chance, join, pick

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

_FILLERS = (
    "{n} came along with a friend .",
    "i wrote this on {d} .",
    "we went there with my {r} .",
    "{n} was there too .",
    "it rained on {d} .",
    "i live near {t} .",
    "we took the bus to {t} .",
    "{n} and {m} talked about the weather .",
    "i met {n} on the way home .",
    "my {r} lives in {t} .",
    "{n} wore a {c} scarf .",
)
# Without names, days and towns, for texts whose question is about such things.
_PLAIN_FILLERS = (
    "my {r} told me about it .",
    "there were {k} of us .",
    "we stayed for {k} hours .",
    "the clock said {k} .",
    "the shop next door opens at {k} .",
    "a {c} car stood outside .",
    "we were back home by {k} .",
    "my {r} was ill .",
    "the bus came {k} minutes late .",
    "it rained for {k} hours .",
)


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
    second = pick(rng, NAMES)
    while second == first:
        second = pick(rng, NAMES)
    frame = pick(rng, _PLAIN_FILLERS if plain or chance(rng, 0.45) else _FILLERS)
    return frame.format(
        n=first,
        m=second,
        d=pick(rng, DAYS),
        r=pick(rng, RELATIVES),
        t=pick(rng, TOWNS),
        k=pick(rng, NUMBERS[1:]),
        c=pick(rng, COLOURS),
    )


def maybe_filler(rng: random.Random, text: str, probability: float, plain: bool = False) -> str:
    """The text, sometimes with a neutral sentence before or after it."""
    if not chance(rng, probability):
        return text
    return join(rng, filler(rng, plain), text)
