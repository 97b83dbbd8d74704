"""Carrying out: what is there is not made again, and the torch side is made for a run that has something to do."""

import sys

import pytest

from ptlib.base.errors import BadInput
from ptlib.base.progress import Silent
from ptlib.hub.revisions import Pin
from ptlib.models.published import HUB_BACKBONES
from ptlib.models.registry import get_backbone
from ptlib.prompts.spec import TuneSpec
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs import execution
from ptlib.tasks.published.registry import HUB_TASKS
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


def test_results_under_one_name_are_of_one_commit_of_the_hub(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stands = {"at": "a" * 40}
    monkeypatch.setattr(execution, "read_pin", lambda repo: Pin(repo.id, repo.revision, stands["at"]))
    model, task = HUB_BACKBONES[0], next(task for task in HUB_TASKS if task.hub)
    store = Store()
    execution.hold_to_commits(store, model, (task,))
    execution.hold_to_commits(store, model, (task,))
    stands["at"] = "b" * 40
    with pytest.raises(BadInput, match=r"is commit bbbbbbbbbbbb now.*made with aaaaaaaaaaaa"):
        execution.hold_to_commits(store, model, ())
    with pytest.raises(BadInput, match="share a map"):
        execution.hold_to_commits(store, get_backbone(toy), (task,))
    execution.hold_to_commits(store, get_backbone(toy), ())
