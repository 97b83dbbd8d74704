"""A task is whole and consistent, or refused when it is declared."""

import pytest

from ptlib.base.errors import BadInput
from ptlib.tasks.task import FAMILIES, FAMILY_NAMES, MASKED_LM, T5, Task

WORDS = {MASKED_LM: ("bad", "good"), T5: ("no", "yes")}


def test_what_a_task_supports_follows_from_its_words_and_kind() -> None:
    task = Task(id="x", name="X", family="own", labels=("a", "b"), words=WORDS)
    assert task.is_classification and task.chance == 0.5 and task.supports(MASKED_LM) and task.supports(T5)
    assert task.label_words(T5) == ("no", "yes")
    summary = Task(id="y", name="Y", family="own", kind="summarisation", metric="rouge_l")
    assert summary.chance is None and summary.supports(T5) and not summary.supports(MASKED_LM)
    with pytest.raises(BadInput, match="no label words for mlm"):
        summary.label_words(MASKED_LM)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"family": "sentimnet"}, "Did you mean 'sentiment'"),
        ({"words": {T5: ("yes",)}}, "2 labels but 1 label words for t5"),
        ({"words": {MASKED_LM: ("same", "same")}}, "one label word twice"),
    ],
)
def test_a_contradiction_is_refused(more: dict, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Task(**{"id": "x", "name": "X", "family": "own", "labels": ("a", "b"), **more})


def test_every_family_has_its_name() -> None:
    assert tuple(FAMILY_NAMES) == FAMILIES
