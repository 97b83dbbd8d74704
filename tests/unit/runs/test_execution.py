"""Carrying out: what is there is not made again, and the torch side is made for a run that has something to do."""

import sys

import pytest

from ptlib.base.errors import BadInput
from ptlib.base.progress import Silent
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.runs import execution
from tests.fixtures import fakes


def test_a_run_works_with_what_is_handed_in_and_only_when_something_is_left(toy: str) -> None:
    made = []

    def make(*parts: object) -> fakes.Work:
        made.append(parts)
        return fakes.Work(*parts)

    spec = TuneSpec(toy, "toy/alpha", 0, fakes.SETTINGS)
    assert execution.execute(spec, Silent(), "cpu", make=make).prompts == (spec,)
    assert not execution.execute(spec, Silent(), "cpu", make=make)
    assert len(made) == 1 and made[0][1] == "cpu" and Catalogue().prompt(spec.id) is not None


def test_what_cannot_run_is_refused_before_anything_is_made(toy: str) -> None:
    with pytest.raises(BadInput, match="toy/nobody"):
        execution.execute(TuneSpec(toy, "toy/nobody", 0, fakes.SETTINGS), Silent(), make=pytest.fail)


def test_releasing_loads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    execution.release()
