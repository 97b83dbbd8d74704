"""What a comparison of starts is: its id holds everything, the untrained start comes first, what cannot be is refused."""

from dataclasses import replace

import pytest

from ptlib.base.errors import BadInput
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.transfer.starting.spec import OWN, StartSpec, title

SPEC = StartSpec("demo/roberta-wide", "demo/film_snippet", 0, TuneSettings(), ("p1", "x0123456789-0:p2"))


def test_whatever_changes_a_number_changes_the_id() -> None:
    others = [
        replace(SPEC, **{name: value})
        for name, value in {"seed": 1, "task": "demo/fairness", "starts": ("p1",), "settings": TuneSettings(steps=3)}.items()
    ]
    assert len({SPEC.id, *(spec.id for spec in others)}) == 5
    assert SPEC.id == "s97dd0d0df1"  # the same on every machine, for good
    assert "from 2 other prompts" in title(SPEC) and "1 other prompt " in title(others[2])


def test_every_start_is_one_run_of_tuning() -> None:
    own = TuneSpec(SPEC.backbone, SPEC.task, 0, SPEC.settings)
    assert SPEC.tunes() == {OWN: own, "p1": own.started_from("p1"), "x0123456789-0:p2": own.started_from("x0123456789-0:p2")}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"starts": ()}, "each must name a prompt"),
        ({"starts": ("p1", "p1")}, "each must name a prompt"),
        ({"starts": ("",)}, "each must name a prompt"),
        ({"seed": -1}, "seed"),
        ({"settings": TuneSettings(init="prompt:p1")}, "untrained prompt"),
    ],
)
def test_what_cannot_be_is_refused(more: dict, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        replace(SPEC, **more)
