"""The short form of an own task: what is wrong with it is explained."""

import json
from pathlib import Path
from typing import Any

import pytest

from ptlib.base.errors import BadInput
from ptlib.tasks.own.forms import form_from
from ptlib.tasks.own.stored import task_from_file
from tests.fixtures.own_table import FORM, GOOD, table


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": ""}, "needs a name"),
        ({"columns": {}}, "no column for text_a"),
        ({"columns": {"text_a": "t"}}, "no column for label"),
        ({"columns": {"text": "t"}}, "gives a column for 'text'"),
        ({"columns": {"text_a": "t", "label": "t"}}, "'t' for text_a and label"),
        ({"columns": {"text_a": "t", "text_b": "t", "label": "l"}}, "'t' for text_a and text_b"),
        ({"columns": "text"}, 'needs "columns"'),
        ({"colour": 1}, "unknown entry 'colour'"),
        ({"template": "{text_b}"}, "must hold {text_a}"),
        ({"template": "{text_a} {0}"}, "no other braces"),
        ({"template": "{text_a"}, "must hold"),
        ({"template": "{text_a.__class__}"}, "no other braces"),
        ({"kind": "poetry"}, "Unknown kind"),
        ({"words": "good"}, "must be a list"),
        ({"words": {"gpt": ["a"]}}, "lists for mlm and t5"),
        ({"words": ["a", ""]}, "is empty"),
        ({"labels": [["a"]]}, "list of words"),
        ({"labels": ["Good", "good "]}, "twice"),
        ({"name": ["a"]}, "must be a text"),
    ],
)
def test_a_wrong_form_is_explained(form: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput) as error:
        form_from({**FORM, **form})
    assert words in str(error.value)


def test_a_task_file_names_its_data_beside_it(cache: Path, tmp_path: Path) -> None:
    table(tmp_path / "train.csv", GOOD)
    (tmp_path / "task.json").write_text(json.dumps({**FORM, "train": "train.csv"}))
    assert task_from_file(tmp_path / "task.json").name == "My reviews"
    (tmp_path / "task.json").write_text(json.dumps(FORM))
    with pytest.raises(BadInput, match="names its data"):
        task_from_file(tmp_path / "task.json")
    with pytest.raises(BadInput, match="cannot be read"):
        task_from_file(tmp_path / "none.json")
