"""Tasks on two texts as published: inference, paraphrase, ethics."""

import pytest

from ptlib.tasks.published.pairs import PAIR_TASKS
from ptlib.tasks.task import MASKED_LM, T5, Task


def test_families_in_the_order_of_the_matrix() -> None:
    assert [task.family for task in PAIR_TASKS] == ["inference"] * 3 + ["ethics"] * 2 + ["paraphrase"] * 2


@pytest.mark.parametrize("task", PAIR_TASKS, ids=lambda task: task.id)
def test_both_texts_reach_the_model_and_every_class_has_its_own_word(task: Task) -> None:
    columns = list(task.columns.values())
    assert columns.count("text_a") == 1 and columns.count("label") == 1
    assert ("text_b" in columns) == ("{text_b}" in task.t5_template) == (task.id != "ethics_justice")
    for family in (MASKED_LM, T5):
        assert len(set(task.words[family])) == len(task.labels)
