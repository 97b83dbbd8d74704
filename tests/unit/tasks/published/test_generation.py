"""Tasks that are answered in words: questions and summaries, T5 alone."""

import pytest

from ptlib.tasks.published.generation import GENERATION_TASKS
from ptlib.tasks.scoring import SCORERS
from ptlib.tasks.task import MASKED_LM, T5, Task


@pytest.mark.parametrize("task", GENERATION_TASKS, ids=lambda task: task.id)
def test_answers_are_free_and_their_metrics_are_computed(task: Task) -> None:
    assert not task.is_classification and not task.labels and "targets" in task.columns.values()
    assert task.supports(T5) and not task.supports(MASKED_LM) and task.chance is None
    assert {task.metric, *task.second_metrics} <= set(SCORERS)


def test_summaries_may_be_longer_than_answers() -> None:
    length = {task.kind: task.max_target_tokens for task in GENERATION_TASKS}
    assert length["summarisation"] > length["extractive_qa"] and set(length) == {"extractive_qa", "open_qa", "summarisation"}
