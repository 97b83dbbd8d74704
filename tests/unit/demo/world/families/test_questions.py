"""Passages and the fact table: answers that can be found, guessed spans that are all there."""

import random

from ptlib.demo.world import families
from ptlib.demo.world.splits import draw
from ptlib.tasks.demo import DEMO_TASKS


def by_id(name):
    return next(task for task in DEMO_TASKS if task.id == f"demo/{name}")


def test_spans_of_the_answer_type_are_in_the_passage():
    for item in draw(by_id("passage_questions"), "train", 200, 0):
        assert item.targets[0] in item.candidates and len(set(item.candidates)) == len(item.candidates)
        assert all(f" {span} " in f" {item.text_a} " for span in item.candidates)
    rng = random.Random(0)
    facts = {families.fact_sentences(rng) for _ in range(4000)}
    item = families.make("demo/fact_questions", rng, "train")
    assert any(item.targets[0] in fact.split() for fact in facts)
