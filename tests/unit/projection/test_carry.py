"""A stored projector in use: which fit is taken, what the new prompt says of itself, prompts of neither model."""

from dataclasses import replace

import numpy as np
import pytest

from ptlib.base.errors import BadInput
from ptlib.projection.carry import carried, carry
from ptlib.projection.spec import ProjectSpec, carried_name
from ptlib.results.catalogue import Catalogue
from tests.unit.projection.conftest import SMALL, T5, WIDE, Worker
from tests.unit.projection.test_run import TASK

SPEC = ProjectSpec(SMALL, WIDE, "relative", seeds=(0, 1), columns=(TASK,), limit=4)


def prompt_id(backbone: str, seed: int) -> str:
    rows = Catalogue().prompt_rows(backbone)
    return next(row.id for row in rows if (row.task, row.seed, row.init) == (TASK, seed, "vocab"))


def test_a_prompt_goes_through_the_fit_that_never_saw_its_seed(run_folds: Worker) -> None:
    run_folds(SPEC)
    found = carry(SPEC, prompt_id(SMALL, 1), Catalogue())
    assert found.values.shape == (20, 192) and found.info.backbone == WIDE and found.info.task == TASK
    assert found.info.extra["held_out"] == 1 and found.info.init == f"projected:{prompt_id(SMALL, 1)}"
    assert carry(SPEC, prompt_id(SMALL, 2), Catalogue()).info.extra["held_out"] == 0
    assert carry(SPEC, prompt_id(SMALL, 1), Catalogue(), held_out=0).info.extra["held_out"] == 0


def test_a_prompt_of_another_model_is_refused_with_its_shape(run_folds: Worker) -> None:
    run_folds(SPEC)
    with pytest.raises(BadInput, match=r"\[20, 192\] is one of the target"):
        carry(SPEC, prompt_id(WIDE, 0), Catalogue())
    with pytest.raises(BadInput, match="neither 'demo/roberta-small' nor 'demo/roberta-wide'"):
        carry(SPEC, prompt_id(T5, 0), Catalogue())


def test_what_is_not_stored_cannot_carry(run_folds: Worker) -> None:
    run_folds(SPEC)
    with pytest.raises(BadInput, match="is not stored"):
        carry(replace(SPEC, limit=5), prompt_id(SMALL, 0), Catalogue())


def test_a_carried_prompt_has_a_name_that_finds_it_again(run_folds: Worker) -> None:
    run_folds(SPEC)
    name = carried_name(SPEC, 1, prompt_id(SMALL, 1))
    found = carried(name, Catalogue())
    assert found is not None and found.info.id == name
    assert np.array_equal(found.values, carry(SPEC, prompt_id(SMALL, 1), Catalogue()).values)
    assert carried(prompt_id(SMALL, 1), Catalogue()) is None and carried("C:\\somewhere", Catalogue()) is None
    with pytest.raises(BadInput, match="is not stored"):
        carried(f"x0123456789-0:{prompt_id(SMALL, 1)}", Catalogue())
