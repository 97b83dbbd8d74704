"""Scenes: the hypothesis follows, contradicts, or is open, by what the premise says."""

import random

from ptlib.demo.world.families.inference import _scene_pair, facts, make
from ptlib.demo.world.families.lexicon import COLOURS, PLACES
from ptlib.demo.world.families.words import ACTIVITIES, GROUPS

SIDES = ("indoors", "outdoors")


def test_a_claim_of_a_place_is_true_false_or_open() -> None:
    rng, seen = random.Random(0), set()
    for number in range(1200):
        label = number % 3
        premise, claim = _scene_pair(rng, label)
        asked = [place for place in PLACES if f"in the {place}" in claim]
        if asked:
            said = [place for place in PLACES if f"in the {place}" in premise]
            assert (2 if not said else int((said == asked) != (" not " in claim))) == label, (premise, claim)
            seen.add(label)
    assert seen == {0, 1, 2}


def test_a_claim_of_an_activity_holds_in_the_exact_and_in_the_broader_word() -> None:
    rng, broader = random.Random(1), set(GROUPS.values())
    compared = 0
    for number in range(1200):
        label = number % 3
        premise, claim = _scene_pair(rng, label)
        what = claim.removesuffix(" .").partition(" is ")[2].removeprefix("not ")
        if what in broader or what in ACTIVITIES:
            said = [act for act in ACTIVITIES if act in premise]
            true = bool(said) and (what in said or GROUPS[said[0]] == what)
            assert (2 if not said else int(true != (" not " in claim))) == label, (premise, claim)
            compared += 1
    assert compared > 100


def test_the_label_of_an_item_is_its_latent_and_the_tasks_have_their_number_of_labels() -> None:
    rng = random.Random(2)
    for task, labels in (("demo/scene_inference", 3), ("demo/event_inference", 3), ("demo/answer_inference", 2)):
        items = [make(task, rng, "train") for _ in range(60)]
        assert {item.label for item in items} == set(range(labels))
        assert all(item.latents["entailment"] == item.label and item.text_a and item.text_b for item in items)


def test_facts_name_broader_words_and_sides() -> None:
    rng = random.Random(3)
    for _ in range(100):
        fact = facts(rng)
        act = next((act for act in ACTIVITIES if f"is {act} is" in fact), None)
        assert act is None or fact.endswith(f"{GROUPS[act]} .")
        assert "whoever is in the" not in fact or fact.split()[-2] in SIDES
    assert not set(COLOURS) & set(GROUPS)
