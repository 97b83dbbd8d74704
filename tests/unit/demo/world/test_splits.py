"""Splits of the generated tasks: reproducible, balanced, and nothing of one in another."""

import random
from collections import Counter

import pytest

from ptlib.demo.world import families
from ptlib.demo.world.splits import build_splits, draw
from ptlib.tasks.demo import DEMO_TASKS

IDS = [task.id for task in DEMO_TASKS]


def texts(item):
    return item.text_a, item.text_b


def test_same_seed_same_bytes(tmp_path):
    for name in ("one", "two"):
        build_splits(tmp_path / name, 3, 12, 6, 6)
    first, second = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.jsonl")}
        for name in ("one", "two")
    )
    assert len(first) == 3 * len(DEMO_TASKS) and first == second
    build_splits(tmp_path / "three", 4, 12, 6, 6)
    assert (tmp_path / "three/tasks/fairness/train.jsonl").read_bytes() != first[
        next(p for p in first if "fairness" in str(p) and p.name == "train.jsonl")
    ]


@pytest.mark.parametrize("task", DEMO_TASKS, ids=IDS)
def test_labels_are_even_and_texts_distinct(task):
    seen = set()
    items = draw(task, "train", 120, 0, seen) + draw(task, "evaluation", 60, 0, seen)
    assert len({texts(item) for item in items}) == 180
    if task.is_classification:
        assert set(Counter(item.label for item in items).values()) == {180 // len(task.labels)}
    else:
        assert all(item.label is None and item.targets and item.targets[0] for item in items)


@pytest.mark.parametrize("task", DEMO_TASKS, ids=IDS)
def test_held_out_texts_are_never_drawn_elsewhere(task):
    held_out = {text for split in ("validation", "evaluation") for item in draw(task, split, 60, 0) for text in _long(item)}
    rng = random.Random(1)
    others = {text for split in ("corpus", "train") for _ in range(400) for text in _long(families.make(task.id, rng, split))}
    assert held_out and not held_out & others


def _long(item):
    """Whole texts that are long enough to be one of a kind, and the pair."""
    return {text for text in texts(item) if len(text.split()) > 9} | {" | ".join(texts(item))}
