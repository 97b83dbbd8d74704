"""Rows become examples: labels by name, nothing guessed, what is left out is counted."""

from typing import Any

import pytest

from ptlib.base.errors import BadInput
from ptlib.tasks.published.registry import HUB_TASKS, HUB_VARIANTS
from ptlib.tasks.rows import convert, to_examples
from tests.fixtures.hub_fixtures import HubImitation, hub  # noqa: F401

TASKS = {task.id: task for task in (*HUB_TASKS, *HUB_VARIANTS)}


def test_the_separators_of_multi_news_become_blank_lines() -> None:
    (example,) = to_examples(TASKS["multi_news"], [{"document": "one ||||| two\n|||||", "summary": "s"}])
    assert example.text_a == "one\n\ntwo"


def test_what_is_left_out_is_counted_and_ids_do_not_shift() -> None:
    rows = [{"premise": "p", "hypothesis": "h", "label": label} for label in (-1, 0, -1)] + [
        {"premise": None, "hypothesis": "h", "label": 1}
    ]
    found = convert(TASKS["snli"], rows, "test")
    assert [item.id for item in found.examples] == ["test-1"]
    assert found.left_out == {"label -1": 2, "empty text": 1}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"sentence": "a", "label": -1}], "hidden label"),
        ([{"sentence": "a", "label": "great"}], "Known labels"),
        ([{"text": "a", "label": 1}], "lack the column 'sentence'"),
        ([], "no rows"),
        ([{"sentence": "", "label": 1}], "empty text"),
        ([{"sentence": "b'one'", "label": 1}, {"sentence": "b'two'", "label": 0}], "written out as text"),
    ],
)
def test_rows_that_do_not_fit_are_refused_in_words(rows: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        to_examples(TASKS["sst2"], rows)


def test_what_is_kept_in_doubt_is_said() -> None:
    said: list[str] = []
    rows = [{"sentence": text, "label": 1} for text in ("fine", "nan", "cafÃ©", "\u200b", "café")]
    assert len(to_examples(TASKS["sst2"], rows, "train", say=said.append)) == 4
    assert [word in line for word, line in zip(("(empty text): row 4", "missing value", "garbled"), said, strict=True)] == [
        True
    ] * 3


@pytest.mark.parametrize("label", [1, "1", 1.0, "1.0", True, "Not Equivalent", "not-equivalent"])
def test_labels_are_read_by_number_or_by_name(label: object) -> None:
    (example,) = to_examples(TASKS["mrpc"], [{"sentence1": "a", "sentence2": "b", "label": label}])
    assert example.label == (0 if isinstance(label, str) and "quivalent" in label else 1)
