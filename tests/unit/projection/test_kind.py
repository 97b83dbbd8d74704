"""The kind of run: its command means the same run, and its cost is that of what is missing."""

from dataclasses import asdict, replace

import pytest

from ptlib.cli import build_parser
from ptlib.cli.project import spec_of
from ptlib.projection.kind import PROJECT, arguments, series
from ptlib.projection.spec import RECIPES, ProjectSpec, recipe
from ptlib.results.catalogue import Catalogue
from ptlib.results.speeds import Speed
from ptlib.runs.kinds import command_line, kind_of
from tests.unit.projection.conftest import SMALL, WIDE, Maker, Worker

TASK = "demo/film_snippet"
SPEC = ProjectSpec(SMALL, WIDE, "relative", seeds=(0, 1), columns=(TASK,), limit=4)


@pytest.fixture(autouse=True)
def demo(make_job: Maker) -> None:
    """The demo's prompts, an empty store."""


def parsed(words: list[str]) -> ProjectSpec:
    return spec_of(build_parser().parse_args(words))


@pytest.mark.parametrize(
    "spec",
    [
        SPEC,
        *(recipe(SMALL, WIDE, (TASK,), name) for name in RECIPES),
        replace(recipe(SMALL, WIDE, (TASK, "demo/fairness")), limit=None, clip=1.0, lr=0.01, noise=0.0, seed=3),
    ],
    ids=lambda spec: spec.id,
)
def test_the_command_of_a_projection_means_the_same_projection(spec: ProjectSpec) -> None:
    assert parsed(["project", "fit", *arguments(spec)]) == spec
    assert command_line(spec).startswith("python -m ptlib project fit") and kind_of(spec) is PROJECT


def test_it_costs_what_is_missing_and_nothing_twice(run_folds: Worker) -> None:
    speed = lambda backbone, work: Speed(100.0, "measured")  # noqa: E731
    both, one = (PROJECT.cost(SPEC, todo, speed) for todo in ((0, 1), (0,)))
    assert both.seconds > one.seconds and one.basis == "measured" and one.cells_to_evaluate == 1
    trained = PROJECT.cost(recipe(SMALL, WIDE, (TASK,), columns=(TASK,)), (0,), speed)
    assert trained.seconds > one.seconds + 120 * 16 / 100 - 1
    run_folds(SPEC, (0,))
    assert PROJECT.missing(SPEC, Catalogue()) == (1,)


def test_a_stored_run_is_rebuilt_and_has_a_curve_a_held_out_seed() -> None:
    assert PROJECT.read({**asdict(SPEC), "seeds": [0, 1], "columns": [TASK], "tasks": []}) == SPEC
    assert series(SPEC) == (f"{SPEC.id}-0", f"{SPEC.id}-1")
    needs = PROJECT.needs(SPEC, (0,))
    assert [backbone.id for backbone in needs.backbones] == [SMALL, WIDE] and [task.id for task in needs.evaluation] == [TASK]


def test_on_several_devices_each_held_out_seed_is_a_piece_with_all_results_of_both_models() -> None:
    first, second = PROJECT.parts(SPEC, PROJECT.missing(SPEC, Catalogue()), Catalogue())
    assert (first.todo, second.todo) == ((0,), (1,)) and first.whole == (SMALL, WIDE)
    assert first.makes == {f"project {SPEC.id}-0", f"projector {SPEC.id}-0"} and not first.makes & second.makes
