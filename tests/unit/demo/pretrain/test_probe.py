"""Probes: items in even shares, and scores as gain over what guessing gives."""

import random
from collections import Counter

import pytest

from ptlib.demo.pretrain.probe import CONDITIONS, balanced, families_of, gain, line, summary
from ptlib.demo.world.corpus import tasks_of
from ptlib.tasks.registry import get_task


def test_items_have_even_labels_and_come_from_the_validation_split_alone() -> None:
    task = get_task("demo/scene_inference")
    items = balanced(task, 24, random.Random(0))
    assert Counter(item.label for item in items) == {0: 8, 1: 8, 2: 8} and items == balanced(task, 24, random.Random(0))
    assert len(balanced(get_task("demo/passage_questions"), 5, random.Random(0))) == 4


def test_gain_is_nothing_at_chance_and_all_at_one() -> None:
    task = get_task("demo/short_post")
    assert gain(task, {"cue": 1 / 3}, "cue") == pytest.approx(0) and gain(task, {"cue": 1.0}, "cue") == pytest.approx(1)
    reading = get_task("demo/passage_questions")
    assert gain(reading, {"cue": 0.5, "guess": 0.5}, "cue") == 0 and gain(reading, {"cue": 0.75, "guess": 0.5}, "cue") == 0.5
    assert gain(reading, {"words": 0.25, "guess": 0.5}, "words") == 0.25  # nobody is asked: there is nothing to guess from
    assert gain(task, {}, "cross") == 0


def test_a_summary_is_the_mean_over_what_classifies() -> None:
    tasks = tasks_of("t5")
    scores = {task.id: dict.fromkeys(CONDITIONS, 1.0 if task.is_classification else 0.0) for task in tasks}
    assert summary(scores, tasks) == dict.fromkeys(CONDITIONS, 1.0)
    assert line({"demo/fairness": {"cue": 0.5, "none": 0.25}}) == "fairness 50/25"


def test_families_are_taught_in_one_order() -> None:
    assert families_of(tasks_of("t5"))[-2:] == ("question_answering", "summarisation") and len(families_of(tasks_of("t5"))) == 6
    assert families_of(tasks_of("mlm")) == families_of(tasks_of("t5"))[:4]
