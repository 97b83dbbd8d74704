"""What a piece of the map consists of, and what is left of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from ptlib.base.errors import BadInput
from ptlib.base.progress import Silent
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.spec import TuneSettings
from ptlib.results import own
from ptlib.results.catalogue import Catalogue
from ptlib.runs import execution
from ptlib.transfer.plan import STACK, Plan, available_tasks, cells_of, parts_of, plan_of, reference_id, warm_starts
from ptlib.transfer.spec import TransferSpec
from tests.fixtures import fakes


def test_every_source_meets_every_target_and_reference_rows_have_a_prompt_a_seed(toy: str) -> None:
    cells = list(cells_of(fakes.transfer(toy, "alpha", "beta")))
    assert len(cells) == len(set(cells)) == 2 * (2 * 2 + 2 + 2 + 1)
    assert {cell.seed for cell in cells if cell.source == "hand_written"} == {0}
    assert all(cell.is_reference == (cell.tune is None) == cell.prompt_id.startswith("r") for cell in cells)


def test_the_targets_own_prompt_belongs_to_a_piece_that_does_not_name_it(toy: str) -> None:
    spec = replace(fakes.transfer(toy, "alpha", seeds=(0,)), targets=("toy/beta",), references=())
    assert [(cell.source, cell.target) for cell in cells_of(spec)] == [("toy/alpha", "toy/beta"), ("toy/beta", "toy/beta")]


def test_warm_starts_begin_at_prompts_that_the_piece_tunes(toy: str) -> None:
    spec = fakes.transfer(toy, "alpha", "beta", seeds=(0,), warm_start=True)
    tuned = {tune.id for tune in spec.prompts()}
    warm = list(warm_starts(spec))
    assert [(tune.task, source) for tune, source in warm] == [("toy/alpha", "toy/beta"), ("toy/beta", "toy/alpha")]
    assert all(tune.settings.start.value in tuned for tune, _ in warm)
    assert not list(warm_starts(replace(spec, warm_start=False)))


def test_what_was_measured_is_taken_away_and_nothing_left_is_false(toy: str) -> None:
    spec = fakes.transfer(toy, "alpha", "beta", seeds=(0,))
    whole = plan_of(spec, Catalogue())
    assert whole and (len(whole.prompts), len(whole.cells)) == (2, 10)
    execution.execute(fakes.transfer(toy, "alpha", seeds=(0,)), Silent())
    rest = plan_of(spec, Catalogue())
    assert [tune.task for tune in rest.prompts] == ["toy/beta"] and len(rest.cells) == 10 - 4
    execution.execute(spec, Silent())
    assert plan_of(spec, Catalogue()) == Plan() and not Plan()


def test_ids_of_reference_rows_depend_on_task_seed_and_kind(toy: str) -> None:
    spec = fakes.transfer(toy, "alpha")
    ids = {reference_id(spec, kind, task, seed) for kind in ("untrained", "hand_written") for task in "ab" for seed in (0, 1)}
    assert len(ids) == 8


def test_only_embedded_backbones_have_tasks_by_default() -> None:
    with pytest.raises(BadInput, match="Name the tasks"):
        available_tasks(BackboneSpec(id="a/b", name="b", family="mlm", location="a/b"))


def test_a_plan_looks_at_the_files_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked, real = [], own.files_fingerprint
    monkeypatch.setattr("ptlib.results.own.files_fingerprint", lambda store: looked.append(store.root) or real(store))
    spec = TransferSpec("FacebookAI/roberta-base", ("sst2",), ("imdb",), (0,), TuneSettings())
    catalogue = Catalogue()
    catalogue.backbones()
    looked.clear()
    plan_of(spec, catalogue)
    assert len(looked) == 1


def test_several_devices_share_stacks_and_targets_and_nothing_is_lost_or_double(toy: str) -> None:
    spec = fakes.transfer(toy, "alpha", "beta", "gamma", seeds=(0, 1, 2), warm_start=True)
    plan = plan_of(spec, Catalogue())
    parts = parts_of(plan)
    stacks, cells = ([part for part in parts if part.phase == phase] for phase in ("Tuning", "Evaluating"))
    assert tuple(stack for part in stacks for stack in part.todo.stacks) == plan.stacks
    assert sorted(map(repr, (cell for part in cells for cell in part.todo.cells))) == sorted(map(repr, plan.cells))
    names = [name for part in parts for name in part.makes]
    assert len(names) == len(set(names)) == len(plan.prompts) + len(plan.warm) + len(plan.cells)
    assert all(len(part.todo.cells) >= STACK for part in cells) and {
        len({c.target for c in part.todo.cells}) for part in cells
    } == {1}
    warm = next(part for part in stacks if part.todo.warm)
    assert set(warm.reads) <= {tune.id for tune in plan.prompts} and warm.reads
    assert parts_of(Plan()) == ()
    stopped = parts_of(plan, None, looks=True)[-1].makes
    assert parts[-1].makes < stopped and all(name in parts[-1].makes or name.endswith(", first -1") for name in stopped)


def test_a_stack_keeps_its_company_and_makes_only_what_is_missing(toy: str) -> None:
    spec = fakes.transfer(toy, "alpha", "beta", seeds=(0, 1))
    prompts = spec.prompts()
    (part,) = parts_of(Plan(prompts[1:2], stacks=(prompts,)))
    assert part.todo == Plan(prompts[1:2], stacks=(prompts,)) and part.makes == {prompts[1].id}
