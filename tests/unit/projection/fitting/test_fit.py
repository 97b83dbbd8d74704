"""Fits on the demo: neither model changes, and the collapse of the paper's form with its cure."""

import numpy as np
import pytest

from ptlib.base.files import sha256
from ptlib.models.load import FrozenModel
from ptlib.projection.fitting.fit import fit
from ptlib.projection.fitting.starts import Job
from ptlib.projection.matrix import lines, measure
from tests.unit.projection.conftest import FEW, TASKS, Maker


def bytes_of(frozen: FrozenModel) -> str:
    return sha256(b"".join(tensor.numpy().tobytes() for tensor in frozen.model.state_dict().values()))


@pytest.mark.parametrize("name", ["per token", "paper", "vocabulary", "distance"])
def test_no_byte_of_either_model_changes(make_job: Maker, backbones: dict[str, FrozenModel], name: str) -> None:
    before = {model: bytes_of(frozen) for model, frozen in backbones.items()}
    fit(make_job(name, hidden=16, **FEW))
    assert {model: bytes_of(frozen) for model, frozen in backbones.items()} == before
    assert not any(weight.requires_grad for frozen in backbones.values() for weight in frozen.model.parameters())


def gains(job: Job, targets: tuple[str, ...]) -> dict[str, float]:
    """Mean accuracy by group, as a share of the way from chance to 1."""
    rows = measure(lines(fit(job), job, targets), job, targets)
    groups: dict[str, list[float]] = {}
    for row in rows:
        kind = row.group if row.group != "task" else "own" if row.name == row.target else "other"
        groups.setdefault(kind, []).append(2 * float(row.score.mean()) - 1)
    return {name: float(np.mean(values)) for name, values in groups.items()}


@pytest.mark.slow
def test_the_controls_detect_a_collapse_and_its_cure(make_job: Maker) -> None:
    target = TASKS[:1]
    paper = gains(make_job("paper", limit=40, steps=80), target)
    cured = gains(make_job("+ other families", limit=40, steps=80), target)
    print(paper, cured)
    assert paper["own"] > 0.8 and paper["random"] > 0.8
    assert cured["own"] > 0.8 and cured["random"] < 0.15
