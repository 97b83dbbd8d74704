"""Opinions: the words of one polarity, told by the tables; stars and verdicts that go with it."""

import random

import pytest

from ptlib.demo.world.families.sentiment import body, opinion, sentence
from ptlib.demo.world.families.words import BAD, DOMAINS, GOOD

TURNED = {"not", "never", "but", "although", "could", "said", "heard", "thought", "looked"}
"""Words of sentences that speak of the other polarity too."""


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.thing[0])
@pytest.mark.parametrize("polarity", [0, 1])
def test_a_plain_opinion_has_words_of_its_own_polarity_only(domain, polarity: int) -> None:
    rng, other, own, found = random.Random(0), set(BAD if polarity else GOOD), set(GOOD if polarity else BAD), 0
    for _ in range(300):
        words = set(sentence(rng, domain, polarity).split())
        if not words & TURNED:
            assert not words & other, words
            found += bool(words & own)
    assert found > 40


def test_neutral_sentences_praise_and_blame_nothing() -> None:
    rng = random.Random(1)
    for domain in DOMAINS:
        for _ in range(60):
            assert not set(sentence(rng, domain, 2).split()) & {*GOOD, *BAD}


def test_stars_and_verdicts_go_with_the_polarity() -> None:
    rng = random.Random(2)
    for polarity, wrong in ((0, ("four stars", "five stars", "a must")), (1, ("one star", "two stars", "avoid it"))):
        texts = [body(task, rng, "train", polarity) for task in ("demo/rated_review", "demo/film_review") for _ in range(80)]
        assert not any(word in text for text in texts for word in wrong)
        assert any("out of five" in text for text in texts)


def test_an_opinion_keeps_to_its_domain() -> None:
    rng = random.Random(3)
    film = " ".join(opinion(rng, 1, "train", DOMAINS[0]) for _ in range(60)).split()
    assert {"plot", "story", "acting", "film"} & set(film) and not {"keyboard", "soup", "waiter"} & set(film)
