"""The way of a prompt: which steps are kept, and that they come back."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from ptlib.base.errors import Damaged
from ptlib.prompts import trails
from ptlib.prompts.trails import kept_steps
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.transfer.spec import TransferSpec
from tests.fixtures import fakes
from tests.fixtures.fakes import ids


def test_kept_steps_are_evaluated_ones_and_dense_in_the_beginning() -> None:
    assert sorted(kept_steps(200, 10)) == [0, 10, 20, 40, 70, 120, 200]
    assert sorted(kept_steps(10, 20)) == [0] and sorted(kept_steps(30, 20)) == [0, 20]


def test_values_come_back_by_step_as_half_floats(tmp_path: Path) -> None:
    trail = {step: np.random.default_rng(step).normal(size=(3, 4)).astype(np.float32) for step in (100, 0, 20)}
    trails.save(trail, tmp_path)
    back = trails.read(tmp_path / trails.TRAIL)
    assert list(back) == [0, 20, 100]
    for step, values in back.items():
        assert values.dtype == np.float32 and np.array_equal(values, trail[step].astype(np.float16).astype(np.float32))


def test_many_prompts_share_a_file_by_name(tmp_path: Path) -> None:
    path = tmp_path / trails.TRAILS
    path.write_bytes(save(trails.pack({0: np.ones((2, 2))}, "p1") | trails.pack({0: np.zeros((2, 2)), 5: np.ones((2, 2))}, "p2")))
    assert list(trails.read(path, "p1")) == [0] and list(trails.read(path, "p2")) == [0, 5] and trails.read(path, "p3") == {}


def test_a_missing_file_is_empty_and_a_broken_one_is_damage(tmp_path: Path) -> None:
    assert trails.read(tmp_path / "none") == {}
    (tmp_path / "x").write_bytes(b"no")
    with pytest.raises(Damaged, match="cannot be read"):
        trails.read(tmp_path / "x")


def test_the_way_of_a_prompt_is_kept_beside_it_and_checked(space: TransferSpec) -> None:
    name = ids(space)[1]
    kept = Catalogue().trail(name)
    assert list(kept) == [0, 5] and kept[5].shape == (fakes.P, fakes.D) and np.allclose(kept[5], 0.5)
    (Store().prompt_folder(name) / "trail.safetensors").write_bytes(b"other")
    with pytest.raises(Damaged):
        Catalogue().trail(name)
