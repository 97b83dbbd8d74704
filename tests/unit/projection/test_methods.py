"""The methods sentence says what the spec says, for every way of carrying."""

from dataclasses import replace

import numpy as np
import pytest

from ptlib.projection.methods import methods
from ptlib.projection.spec import RECIPES, ProjectSpec, recipe
from ptlib.projection.stored import Projection
from ptlib.projection.table import OWN, Cell, Matrix

SIDES = ("demo/roberta-small", "demo/t5-small")
SPEC = recipe(*SIDES, ("a", "b", "c"))


def told(spec: ProjectSpec) -> str:
    cells = {(OWN, name, name): Cell(OWN, name, name, (0, 1, 2), np.ones((3, 24))) for name in ("a", "b")}
    matrix = Matrix(cells, {"a": "sentiment", "b": "sentiment"}, ("a", "b"))
    return methods(Projection(spec, matrix, {}, None, "demo", 0.0), str.upper)  # type: ignore[arg-type]


def test_every_setting_of_task_tuning_is_in_it() -> None:
    words = told(SPEC)
    for part in ("A, B and C", "300 steps", "batches of 16", "peak learning rate 0.02", "noise of 0.3", "untrained prompts and",
                 "seed (0, 1, 2) was held out", "2 target tasks, 24 evaluation examples", f"Run {SPEC.id}."):  # fmt: skip
        assert part in words, part


@pytest.mark.parametrize("name", RECIPES)
def test_each_step_of_the_ladder_reads_otherwise(name: str) -> None:
    words = [told(recipe(*SIDES, ("a",), other)) for other in RECIPES]
    assert words.count(told(recipe(*SIDES, ("a",), name))) == 1
    assert ("counterexamples" in told(recipe(*SIDES, ("a",), name))) == RECIPES[name].get("untrained", True)


def test_maps_without_training_say_so_and_hold_nothing_out() -> None:
    words = told(ProjectSpec(*SIDES, "relative"))
    assert "no training" in words and "held out" not in words and "steps" not in words
    assert "its scale chosen on A" in told(ProjectSpec(*SIDES, "vocabulary", ("a",)))
    distance = ProjectSpec(*SIDES, "distance", ("a",))
    assert "in closed form" in told(distance) and "120 steps" in told(replace(distance, form="flattened"))
