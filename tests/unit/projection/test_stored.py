"""Packing of matrices, and examples picked as an evaluation picks them."""

import numpy as np
import pytest

from ptlib.base import paths
from ptlib.base.errors import Damaged
from ptlib.projection.matrix import Measured
from ptlib.projection.spec import ProjectSpec
from ptlib.projection.stored import COLUMNS, drawn, pack_fold, scores_of, unpack_fold
from ptlib.tasks.data import load_evaluation
from ptlib.tasks.registry import get_task

SPEC = ProjectSpec("a", "b", "relative")
RNG = np.random.default_rng(0)
ROWS = [
    Measured("task", name, 0, "demo/film_snippet", "e", "s", RNG.integers(0, 2, 21).astype(np.uint8),
             RNG.integers(0, 2, 21).astype(np.uint8), RNG.standard_normal(21).astype(np.float16))
    for name in ("demo/film_snippet", "demo/fairness")
]  # fmt: skip


def test_a_matrix_survives_packing_to_the_bit() -> None:
    data = pack_fold(SPEC, ROWS, {"scale": 0.5})
    frame, told = unpack_fold(data)
    assert tuple(frame.columns) == COLUMNS and told["scale"] == 0.5 and told["spec"]["method"] == "relative"
    for row, one in zip(frame.to_dict("records"), ROWS, strict=True):
        assert np.array_equal(scores_of(row), one.score)
        assert np.array_equal(np.frombuffer(row["predicted"], np.uint8), one.predicted)
        assert np.array_equal(np.frombuffer(row["margin"], "<f2"), one.margin)
    assert pack_fold(SPEC, ROWS, {"scale": 0.5}) == data


def test_what_is_no_matrix_is_damaged() -> None:
    with pytest.raises(Damaged, match="cannot be read"):
        unpack_fold(b"nothing of ours")


@pytest.mark.parametrize("limit", [1, 24, 299, 300, 1000, None])
def test_places_are_those_of_a_limited_evaluation(limit: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (paths.DEMO / "tasks").exists():
        pytest.skip("the demo is not in this checkout")
    monkeypatch.setenv("PTLIB_DEMO", str(paths.DEMO))
    task = get_task("demo/film_snippet")
    whole = load_evaluation(task)
    assert [whole[place].id for place in drawn(len(whole), limit)] == [item.id for item in load_evaluation(task, limit)]
