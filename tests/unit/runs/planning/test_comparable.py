"""What a map lacks until its cells rest on the same seeds: counted by hand, cut into runs, estimated once."""

from types import SimpleNamespace

import pytest

from ptlib.base.progress import Silent
from ptlib.results.catalogue import Catalogue
from ptlib.results.own import leave_out
from ptlib.results.speeds import LOAD_S, Speed
from ptlib.runs import execution
from ptlib.runs.planning.comparable import lacking, runs_for, together, wanted_seeds
from ptlib.transfer.matrix import build_matrix
from tests.fixtures import fakes


def matrix(**cells: tuple[int, ...]) -> SimpleNamespace:
    """Cells named like `ab`: of a on b."""
    return SimpleNamespace(cells=[SimpleNamespace(source=key[0], target=key[1], seeds=seeds) for key, seeds in cells.items()])


def test_a_cell_with_fewer_seeds_than_usual_is_brought_up_to_them() -> None:
    found = matrix(aa=(0, 1, 2), ab=(0, 1, 2), ba=(0,), bb=(0, 1, 2, 3))
    assert wanted_seeds(found) == (0, 1, 2) and lacking(found) == {("b", "a"): (1, 2)}


def test_where_only_some_have_more_the_others_follow() -> None:
    found = matrix(aa=(0, 1), ab=(0, 1), ba=(0, 1, 3), bb=(0, 1))
    assert wanted_seeds(found) == (0, 1, 3) and lacking(found) == {("a", "a"): (3,), ("a", "b"): (3,), ("b", "b"): (3,)}
    assert lacking(matrix(aa=(0, 1), ab=(0, 1))) == {} and lacking(matrix()) == {}


def test_runs_hold_exactly_the_cells() -> None:
    cells = {("a", "x"): (1,), ("a", "y"): (1,), ("b", "x"): (1,), ("b", "y"): (1,), ("c", "x"): (1,), ("c", "y"): (2,)}
    runs = runs_for(cells, "m", fakes.SETTINGS)
    held = [(source, target, run.seeds) for run in runs for source in run.sources for target in run.targets]
    assert sorted(held) == sorted((*key, seeds) for key, seeds in cells.items()) and len(runs) == 3


def test_together_they_cost_what_is_missing_once_and_what_was_left_out_is_not_run_again(toy: str) -> None:
    execution.execute(fakes.transfer(toy, "alpha", "beta", seeds=(0, 1)), Silent())
    extra = fakes.transfer(toy, "alpha", seeds=(2,))
    execution.execute(extra, Silent())
    catalogue = Catalogue()
    found = build_matrix(catalogue, toy, draws=20)
    runs = runs_for(lacking(found), toy, fakes.SETTINGS)
    todo, cost = together(runs, catalogue, lambda backbone, work: Speed(10.0, work))
    assert (len(todo), cost.prompts_to_tune) == (2, 1), "beta's prompt of seed 2, for both runs"
    new = {("alpha", "beta"), ("beta", "alpha"), ("beta", "beta"), ("untrained", "beta"), ("untrained_uniform", "beta")}
    assert cost.cells_to_evaluate == len(new) and cost.seconds == pytest.approx(LOAD_S + 20 / 10 + len(new) * 300 / 10)
    for run in todo:
        execution.execute(run, Silent())
    assert lacking(build_matrix(catalogue, toy, draws=20)) == {}
    leave_out(todo[0].id)
    rest = runs_for(lacking(build_matrix(catalogue, toy, draws=20)), toy, fakes.SETTINGS)
    assert rest and together(rest, catalogue, lambda backbone, work: Speed(10.0, work))[0] == ()
