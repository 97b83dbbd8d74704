"""A report states its event; the claim agrees, contradicts, or speaks of what was not said."""

import random

import pytest

from ptlib.demo.world.families.events import event_pair, facts
from ptlib.demo.world.families.lexicon import DAYS, TOWNS
from ptlib.demo.world.families.words import EVENTS


@pytest.mark.parametrize("values", [DAYS, TOWNS], ids=["day", "town"])
def test_a_claim_of_a_day_or_town_is_true_false_or_open(values: tuple[str, ...]) -> None:
    rng, seen = random.Random(0), set()
    for number in range(900):
        label = number % 3
        report, claim = ((text.split()) for text in event_pair(rng, label))
        asked = [value for value in values if value in claim]
        if asked:
            said = [value for value in values if value in report]
            assert (2 if not said else int(said == asked)) == label, (report, claim)
            seen.add(label)
    assert seen == {0, 1, 2}


def test_a_claim_of_an_event_keeps_or_turns_its_sense() -> None:
    rng = random.Random(1)

    def sense(text: str) -> tuple[str, bool] | None:
        for thing, verbs, opposites in EVENTS:
            if thing in text:
                words = text.split()
                return thing, any(verb in words for verb in verbs) and not any(verb in words for verb in opposites)
        return None

    compared = 0
    for number in range(600):
        label = number % 3
        report, claim = event_pair(rng, label)
        first, second = sense(report), sense(claim)
        if second is not None:
            assert (2 if first[0] != second[0] else int(first == second)) == label, (report, claim)
            compared += 1
    assert compared > 100


def test_facts_speak_of_synonyms_and_opposites() -> None:
    rng, senses = (
        random.Random(2),
        {verb: (thing, place) for thing, *both in EVENTS for place, verbs in enumerate(both) for verb in verbs},
    )
    for _ in range(100):
        words = facts(rng).split()
        if "opposite" in words:
            one, other = senses[words[0]], senses[words[-2]]
            assert one[0] == other[0] and one[1] != other[1]
