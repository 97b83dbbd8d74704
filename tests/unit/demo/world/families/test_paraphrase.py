"""Two texts say the same exactly when every part of their meaning is the same, by the tables."""

import random

import pytest

from ptlib.demo.world.families.lexicon import DAYS, TOWNS
from ptlib.demo.world.families.paraphrase import _draw, facts
from ptlib.demo.world.families.words import ACTIONS, ASK, EXTRAS, NEWS, SPEAKERS


def news(text: str) -> tuple[object, ...]:
    """Speaker, town, day, event and sense of a piece of news."""
    words = text.split()
    thing, *verbs = next(event for event in NEWS if event[0] in text)
    sense = [any(verb in words for verb in group) for group in verbs]
    assert sum(sense) == 1
    return thing, sense.index(True), *(next(word for word in group if word in words) for group in (SPEAKERS, TOWNS, DAYS))


def question(text: str) -> tuple[object, ...]:
    """What is asked, of which action and thing, with which addition."""
    extra = next((n for n, ways in enumerate(EXTRAS) if any(way and way in text for way in ways)), 0)
    for way in EXTRAS[extra]:
        text = text.replace(f"{way} , ", "").replace(f" {way} ?", " ?")
    for asked, ways in enumerate(ASK):
        for way in ways:
            rest = text.removeprefix(f"{way} ").removesuffix(" ?")
            if rest != text.removesuffix(" ?"):
                for action, (verbs, things) in enumerate(ACTIONS):
                    for verb in verbs:
                        for thing, names in enumerate(things):
                            if any(rest == f"{verb} {name}" for name in names):
                                return asked, action, thing, extra
    raise AssertionError(text)


@pytest.mark.parametrize("meaning", [news, question])
def test_the_label_says_whether_the_meanings_are_equal(meaning) -> None:
    rng = random.Random(0)
    for number in range(300):
        first, second = _draw(rng, "train", number % 2, meaning is news)
        assert first != second and (meaning(first) == meaning(second)) == bool(number % 2), (first, second)


def test_facts_are_whole_sentences_of_synonyms_and_opposites() -> None:
    rng = random.Random(1)
    told = {facts(rng) for _ in range(300)}
    assert all(" means " in fact or " is the opposite of " in fact for fact in told)
    for fact in (fact for fact in told if "opposite" in fact):
        one, other = fact.removesuffix(" .").split(" is the opposite of ")
        assert any(one in verbs and other in opposites for _, verbs, opposites in NEWS)
