"""The embedded tasks: declared whole, told apart by family and question."""

from collections import Counter

import pytest

from ptlib.tasks.demo import DEMO_TASKS
from ptlib.tasks.task import MASKED_LM, T5, Task


@pytest.mark.parametrize("task", DEMO_TASKS, ids=lambda task: task.id)
def test_a_task_is_fully_declared_and_named_as_generated(task: Task) -> None:
    assert task.id.startswith("demo/") and task.source == "embedded" and "Generated" in task.evaluation_note
    assert task.description and task.licence and task.facts["needs"]
    assert task.supports(T5) and task.supports(MASKED_LM) == task.is_classification == bool(task.labels)
    assert set(task.hand_written) == ({MASKED_LM, T5} if task.is_classification else {T5})


def test_thirteen_classify_and_four_write_and_only_families_share_a_cue() -> None:
    assert sum(task.is_classification for task in DEMO_TASKS) == 13 and len(DEMO_TASKS) == 17
    cues: dict[str, set[str]] = {}
    for task in DEMO_TASKS:
        cues.setdefault(task.hand_written[T5], set()).add(task.family)
    assert all(len(families) == 1 for families in cues.values())


def test_families_have_the_agreed_tasks():
    assert Counter(task.family for task in DEMO_TASKS) == {
        "sentiment": 6,
        "inference": 3,
        "ethics": 2,
        "paraphrase": 2,
        "question_answering": 2,
        "summarisation": 2,
    }
    assert all(task.id.startswith("demo/") and task.source == "embedded" for task in DEMO_TASKS)


def test_every_task_has_a_hand_written_prompt_for_each_model_it_supports():
    for task in DEMO_TASKS:
        for family in (MASKED_LM, T5):
            assert bool(task.hand_written.get(family)) == task.supports(family), (task.id, family)


def test_labels_stand_for_the_same_words_in_all_families():
    for task in DEMO_TASKS:
        if task.family in ("inference", "ethics", "paraphrase"):
            assert task.labels[:2] == ("no", "yes") and task.words[MASKED_LM] == task.labels
        elif task.family == "sentiment":
            assert task.labels[:2] == ("negative", "positive")
