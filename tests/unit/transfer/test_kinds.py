"""What tuning and transfer say of themselves before anything is computed."""

from dataclasses import replace
from pathlib import Path

import pytest

from ptlib.base.errors import BadInput
from ptlib.base.progress import Silent
from ptlib.prompts.spec import TuneSpec, changed_settings
from ptlib.results.catalogue import Catalogue
from ptlib.results.speeds import LOAD_S, Speed
from ptlib.runs import execution
from ptlib.transfer.kinds import TRANSFER, TUNE
from tests.fixtures import fakes


def speed(backbone: str, work: str) -> Speed:
    return Speed({"tune": 10.0, "evaluate": 20.0}[work], work)


def test_the_cost_is_loading_tuning_and_evaluating_what_is_left(toy: str) -> None:
    spec = fakes.transfer(toy, "alpha", "beta", seeds=(0,), limit=40)
    cost = TRANSFER.cost(spec, TRANSFER.missing(spec, Catalogue()), speed)
    # 2 prompts x 10 steps x 2 examples at 10 a second; 2 targets x (2 prompts + 3 reference rows) x 40 examples at 20
    assert cost.seconds == LOAD_S + 4 + 20 and (cost.prompts_to_tune, cost.cells_to_evaluate, cost.basis) == (2, 10, "tune")
    tune = TuneSpec(toy, "toy/alpha", 0, fakes.SETTINGS)
    assert TUNE.cost(tune, TUNE.missing(tune, Catalogue()), speed).seconds == LOAD_S + 2


def test_what_cannot_run_is_refused(toy: str) -> None:
    catalogue = Catalogue()
    TUNE.check(TuneSpec(toy, "toy/alpha", 0, fakes.SETTINGS), catalogue)
    with pytest.raises(BadInput, match="Did you mean 'toy/alpha'"):
        TUNE.check(TuneSpec(toy, "toy/alpah", 0, fakes.SETTINGS), catalogue)
    with pytest.raises(BadInput, match="toy/nobody"):
        TRANSFER.check(replace(fakes.transfer(toy, "alpha"), targets=("toy/nobody",)), catalogue)
    with pytest.raises(BadInput, match="Use at most 56"):
        TUNE.check(TuneSpec(toy, "toy/alpha", 0, replace(fakes.SETTINGS, prompt_length=57)), catalogue)


def test_training_data_is_needed_of_what_is_tuned_and_none_with_local_data(toy: str, tmp_path: Path) -> None:
    spec = replace(fakes.transfer(toy, "alpha", seeds=(0,)), targets=("toy/beta",))
    needs = TRANSFER.needs(spec, TRANSFER.missing(spec, Catalogue()))
    assert [task.id for task in needs.training] == ["toy/alpha", "toy/beta"]
    assert [task.id for task in needs.evaluation] == ["toy/beta"] and [one.id for one in needs.backbones] == [toy]
    local = replace(spec, data=str(tmp_path))
    needs = TRANSFER.needs(local, TRANSFER.missing(local, Catalogue()))
    assert needs.backbones and not needs.training and not needs.evaluation


def test_titles_name_one_task_and_count_several(toy: str) -> None:
    assert TUNE.title(TuneSpec("m", "t", 3, fakes.SETTINGS)) == "Tune t on m, seed 3"
    assert TRANSFER.title(fakes.transfer("m", "alpha", "beta")) == "2 tasks → 2 tasks on m, 2 seeds"
    assert TRANSFER.title(fakes.transfer("m", "alpha", seeds=(3,))) == "toy/alpha → toy/alpha on m, seed 3"


def test_changed_settings_are_those_that_differ() -> None:
    assert changed_settings(replace(fakes.SETTINGS, lr=0.5), fakes.SETTINGS) == [("lr", 0.5)]


def test_a_stack_of_which_a_part_is_there_is_counted_whole(toy: str) -> None:
    spec = fakes.transfer(toy, "alpha", "beta", seeds=(0,), limit=40)
    execution.execute(TuneSpec(toy, "toy/alpha", 0, fakes.SETTINGS), Silent())
    cost = TRANSFER.cost(spec, TRANSFER.missing(spec, Catalogue()), speed)
    assert cost.prompts_to_tune == 1 and cost.seconds == LOAD_S + 4 + 20  # both are tuned: one depends on the other's company
