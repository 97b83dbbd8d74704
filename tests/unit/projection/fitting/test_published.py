"""Published prompts in pairs: the same tasks, the idle row left out, and what is refused."""

import numpy as np
import pytest

from ptlib.base.errors import BadInput
from ptlib.models.published_layout import LAYOUT
from ptlib.projection.fitting.published import published_pairs
from ptlib.prompts.importing.found import ImportedPrompt


def found(
    task: str, set_: str, values: np.ndarray, backbone: str = "google-t5/t5-base", layout: str = "prepend"
) -> ImportedPrompt:
    return ImportedPrompt(values.astype(np.float32), task, task, backbone, set_, "file", layout)


def sets(tasks: str = "abc", **more: str) -> list[ImportedPrompt]:
    return [found(task, name, np.full((3, 2), number), **more) for name in ("one", "two") for number, task in enumerate(tasks)]


def test_sets_are_paired_by_task() -> None:
    prompts = [*sets(), found("more", "one", np.zeros((3, 2))), found("a", "one", np.ones((3, 2)))]
    pairs = published_pairs(prompts, "one", "two")
    assert pairs.tasks == ("a", "b", "c") and pairs.first.shape == (3, 3, 2)
    assert np.array_equal(pairs.first, pairs.second)  # the first of two prompts of a task
    assert pairs.notes == ("one has 1 more prompts whose task the other set lacks; they are not used.",)


def test_a_row_that_one_side_never_trained_is_left_out_on_both() -> None:
    theirs = [found(task, "roberta_base", np.arange(6).reshape(3, 2), "FacebookAI/roberta-base", LAYOUT) for task in "abc"]
    pairs = published_pairs([*sets(), *theirs], "one", "roberta_base")
    assert pairs.first.shape == pairs.second.shape == (3, 2, 2) and pairs.second[0, 0, 0] == 2
    assert "Row 0 is left out on both sides" in pairs.notes[-1]


@pytest.mark.parametrize(
    ("more", "source", "target", "message"),
    [
        ([], "one", "one", "nothing has to be carried over"),
        ([], "one", "three", "three"),
        ([found("z", "three", np.zeros((3, 2)))], "one", "three", "share no task"),
        ([found("d", "two", np.zeros((4, 2))), found("d", "one", np.zeros((3, 2)))], "one", "two", "several shapes"),
        ([found("d", name, np.full((3, 2), np.nan)) for name in ("one", "two")], "one", "two", "not finite"),
    ],
)
def test_what_cannot_be_paired_is_refused(more: list[ImportedPrompt], source: str, target: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        published_pairs([*sets(), *more], source, target)
