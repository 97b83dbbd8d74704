"""One record of a prompt: what lies beside the values and what only the catalogue knows."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ptlib.base.errors import BadInput
from ptlib.prompts.record import Prompt, Tuning, check_record
from ptlib.prompts.start import Start

PROMPT = Prompt("p1", "demo/x", "sst2", 3, "r", "text:good", 4, 16, step=40, label_words=("no", "yes"), extra={"max_tokens": 40})


def test_what_lies_beside_the_values_is_read_as_it_was_and_holds_nothing_of_the_catalogue() -> None:
    known = replace(PROMPT, tuning=Tuning(200, 0.5, 0.9, 1.0, 2.0), origin="own", run_id="t1")
    stored = json.loads(json.dumps(known.as_json()))
    assert Prompt.from_json(stored) == PROMPT and not {"tuning", "origin", "run_id"} & set(stored)


def test_names_of_a_later_version_are_ignored_and_no_record_is_an_error() -> None:
    assert Prompt.from_json(PROMPT.as_json() | {"colour": "blue"}) == PROMPT
    with pytest.raises(TypeError):
        Prompt.from_json({"id": "p1"})


def test_a_prompt_in_a_folder_is_named_by_it() -> None:
    there = replace(PROMPT, id="/somewhere/a#b/prompt#0123456789ab")
    assert (there.folder, there.name) == (Path("/somewhere/a#b/prompt"), "prompt")
    assert (PROMPT.folder, PROMPT.name, PROMPT.start) == (None, "p1", Start("text", "good"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", 3),
        ("seed", -1),
        ("seed", True),
        ("width", 2.5),
        ("step", 2**63),
        ("label_words", "no"),
        ("label_words", [1]),
        ("extra", []),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(BadInput, match=f"here says {name}: .*wrong kind"):
        check_record({"id": "p1", "seed": 0, name: value}, "here")
    check_record({"id": "p1", "seed": 0, "label_words": ("no", "yes"), "extra": {}}, "here")
