"""The contract: applied, saved and loaded as it was; what is broken or does not fit is refused with its message."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from ptlib.base.errors import BadInput, Damaged
from ptlib.projection.forms import Anchors, Flattened, PerToken, Residual, Shapes
from ptlib.projection.projector import INFO, WEIGHTS, Projector, ProjectorInfo

SHAPES = Shapes(3, 4, 5, 6)
FORMS = {
    "per_token": lambda: PerToken(SHAPES),
    "flattened": lambda: Flattened(SHAPES, 8),
    "residual": lambda: Residual(SHAPES, 8),
    "anchors": lambda: Anchors(SHAPES, 2),
}


def projector(kind: str = "per_token") -> Projector:
    form = FORMS[kind]()
    with torch.no_grad():
        for tensor in form.state_dict().values():
            if tensor.is_floating_point() and tensor.ndim:
                tensor.normal_(generator=torch.Generator().manual_seed(1))
    info = ProjectorInfo("x-0", "small", "wide", "task", kind, SHAPES, 8, ("demo/film_snippet",), (1, 2), more={"scale": 0.5})
    return Projector(form.eval(), info)


@pytest.mark.parametrize("kind", FORMS)
def test_a_saved_projector_is_the_same_to_the_bit(tmp_path: Path, kind: str) -> None:
    one, x = projector(kind), np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    one.save(tmp_path / "p")
    again = Projector.load(tmp_path / "p")
    assert again.info == one.info
    assert np.array_equal(again.apply(x), one.apply(x)) and one.apply(x).shape == (5, 6)
    assert one.apply(np.stack([x, x])).shape == (2, 5, 6)
    one.save(tmp_path / "p")  # the same again is no conflict
    assert again.to_bytes() == one.to_bytes()


def test_another_projector_is_not_overwritten(tmp_path: Path) -> None:
    projector().save(tmp_path / "p")
    with pytest.raises(BadInput, match="Nothing was replaced"):
        projector("residual").save(tmp_path / "p")


def test_wrong_shapes_are_explained_with_both_sides() -> None:
    with pytest.raises(BadInput, match=r"\[3, 7\].*small, \[P, 4\].*wide, \[5, 6\]"):
        projector().apply(np.zeros((3, 7), np.float32))


def test_values_that_are_not_finite_are_refused() -> None:
    with pytest.raises(BadInput, match="not finite"):
        projector().apply(np.full((3, 4), np.nan, np.float32))


def test_damage_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no projector"):
        Projector.load(tmp_path)
    projector().save(tmp_path / "p")
    path = tmp_path / "p" / WEIGHTS
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(Damaged, match="checksum"):
        Projector.load(tmp_path / "p")
    (tmp_path / "p" / INFO).write_text("no json")
    with pytest.raises(Damaged, match="not valid JSON"):
        Projector.load(tmp_path / "p")
    with pytest.raises(Damaged, match="cannot be read"):
        Projector.from_bytes(b"12345678 nothing of ours")


def test_weights_that_are_not_finite_are_damage() -> None:
    one = projector()
    one.form.weight.data[0, 0] = float("inf")
    with pytest.raises(Damaged, match="not finite"):
        Projector.from_bytes(one.to_bytes())


def test_the_description_is_plain_json(tmp_path: Path) -> None:
    projector().save(tmp_path / "p")
    told = json.loads((tmp_path / "p" / INFO).read_text())
    assert told["source"] == "small" and told["shapes"]["target_width"] == 6 and len(told["sha256"]) == 64
