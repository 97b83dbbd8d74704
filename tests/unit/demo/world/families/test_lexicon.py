"""Neutral sentences: whole, and without what a text may ask for where that is wanted."""

import random

from ptlib.demo.world.families import lexicon


def test_a_plain_filler_names_nobody_no_day_and_no_town() -> None:
    rng = random.Random(0)
    asked = {*lexicon.NAMES, *lexicon.DAYS, *lexicon.TOWNS}
    assert not any(asked & set(lexicon.filler(rng, plain=True).split()) for _ in range(300))
    drawn = [lexicon.filler(rng) for _ in range(300)]
    assert any(asked & set(text.split()) for text in drawn) and all("{" not in text and text.endswith(" .") for text in drawn)
    two = next(text for text in drawn if "talked about the weather" in text).split()
    assert two[0] in lexicon.NAMES and two[2] in lexicon.NAMES and two[0] != two[2]


def test_a_filler_stands_before_or_behind_as_often_as_it_is_asked_for() -> None:
    rng = random.Random(1)
    told = [lexicon.maybe_filler(rng, "the text .", 0.5) for _ in range(400)]
    share = sum(text != "the text ." for text in told) / len(told)
    assert 0.4 < share < 0.6
    assert any(text.startswith("the text . ") for text in told) and any(text.endswith(" the text .") for text in told)


def test_pronouns_go_with_names() -> None:
    assert [(f(name)) for name in ("anna", "ben") for f in (lexicon.pronoun, lexicon.his, lexicon.him)] == [
        "she",
        "her",
        "her",
        "he",
        "his",
        "him",
    ]


def test_every_place_of_a_frame_has_a_word() -> None:
    words = lexicon.slots(random.Random(2))
    assert words["d"] in lexicon.DAYS and words["t"] in lexicon.TOWNS and words["r"] in lexicon.RELATIVES
    assert words["c"] in lexicon.COLOURS and words["k"] in lexicon.NUMBERS[1:]
