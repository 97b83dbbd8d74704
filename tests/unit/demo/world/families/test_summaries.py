"""Summaries follow from their text and not from its first sentence."""

from ptlib.demo.world.splits import draw
from ptlib.tasks.demo import DEMO_TASKS


def by_id(name):
    return next(task for task in DEMO_TASKS if task.id == f"demo/{name}")


def test_a_notes_summary_is_not_the_first_sentence():
    items = draw(by_id("notes_summary"), "train", 200, 0)
    first = sum(item.targets[0].split(" and ")[0].removesuffix(" .") in item.text_a.split("note two")[0] for item in items)
    assert first < 120
