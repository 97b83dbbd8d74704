"""A question is answered by the sentence exactly when the label says so."""

import random

from ptlib.demo.world.families.answers import answer_pair
from ptlib.demo.world.families.lexicon import DAYS, NAMES, PLACES
from ptlib.demo.world.families.words import ANSWER_THINGS


def told(text: str, slot: str) -> bool:
    """Whether a sentence says where, when, why or with whom."""
    words = text.split()
    return {
        "where": any(f"in the {place}" in text for place in PLACES),
        "when": any(day in words for day in DAYS),
        "why": "because" in words,
        "with whom": "together with" in text,
    }[slot]


def test_the_label_says_whether_name_and_detail_are_there() -> None:
    rng = random.Random(0)
    for number in range(400):
        label = number % 2
        text, question = answer_pair(rng, label)
        slot, _, rest = question.partition(" did ")
        name = rest.split()[0]
        about = text.partition("together with")[0].split()  # a companion is not the one who did it
        assert name in NAMES and (told(text, slot) and name in about) == bool(label), (text, question)
        assert any(f"the {thing}" in text and f"the {thing} ?" in question for thing in ANSWER_THINGS)
