"""Shortcuts: a bag of words does not solve what needs two texts."""

import json

from ptlib.demo.world.measure import write_facts
from ptlib.demo.world.splits import build_splits
from ptlib.tasks.demo import DEMO_TASKS

PAIRS = ("scene_inference", "event_inference", "answer_inference", "question_pairs", "news_pairs")


def by_id(name):
    return next(task for task in DEMO_TASKS if task.id == f"demo/{name}")


def test_bag_of_words_does_not_solve_what_needs_two_texts(tmp_path):
    tasks = [by_id(name) for name in (*PAIRS, "passage_questions")]
    build_splits(tmp_path, 0, 400, 2, 300, tasks=tasks)
    scores = write_facts(tmp_path, tasks)
    for name in PAIRS:
        limit = 1 / len(by_id(name).labels) + 0.12
        assert all(score < limit for score in scores[f"demo/{name}"].values()), (name, scores[f"demo/{name}"])
    assert 0.4 < scores["demo/passage_questions"]["guess"] < 0.7
    assert scores == json.loads((tmp_path / "tasks/facts.json").read_text())
