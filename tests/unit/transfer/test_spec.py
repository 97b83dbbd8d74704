"""A piece of the map as a spec."""

from dataclasses import replace

import pytest

from ptlib.base.errors import BadInput
from tests.fixtures import fakes

SPEC = fakes.transfer("m", "alpha", "beta", seeds=(0, 1))


def test_it_tunes_each_task_once_a_seed() -> None:
    prompts = replace(SPEC, targets=("toy/beta", "toy/gamma")).prompts()
    assert [(tune.task, tune.seed) for tune in prompts] == [
        (f"toy/{name}", seed) for name in ("alpha", "beta", "gamma") for seed in (0, 1)
    ]


@pytest.mark.parametrize("field", ["sources", "targets", "seeds"])
def test_an_empty_side_is_refused(field: str) -> None:
    with pytest.raises(BadInput, match="at least one source, one target and one seed"):
        replace(SPEC, **{field: ()})


def test_whatever_changes_a_number_changes_the_id() -> None:
    others = (replace(SPEC, limit=5), replace(SPEC, warm_start=True), replace(SPEC, data="/x"), replace(SPEC, seeds=(1, 0)))
    assert len({spec.id for spec in (SPEC, *others)}) == 5 and replace(SPEC).id == SPEC.id
