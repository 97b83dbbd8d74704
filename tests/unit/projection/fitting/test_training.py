"""The loop of trained forms: resumed to the bit, foreign checkpoints, losses that are not finite, the learning rate."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ptlib.base.errors import Cancelled, RunFailed
from ptlib.base.progress import Silent
from ptlib.projection.fitting import training
from ptlib.projection.fitting.fit import fit
from ptlib.projection.fitting.training import learning_rate
from tests.unit.projection.conftest import FEW, Maker


class Stop(Silent):
    """Asks to stop after some steps."""

    def __init__(self, after: int) -> None:
        self.left = after

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled("stopped")


@pytest.mark.parametrize(("name", "more"), [("per token", {}), ("paper", {"hidden": 16}),
                                            ("distance", {"form": "flattened", "hidden": 16})])  # fmt: skip
def test_a_resumed_fit_ends_bit_identical(
    make_job: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, more: dict[str, object]
) -> None:
    monkeypatch.setattr(training, "SAVE_EVERY", 2)
    whole = fit(make_job(name, **FEW, **more))
    path = tmp_path / "fit.ckpt"
    with pytest.raises(Cancelled):
        fit(make_job(name, progress=Stop(5), checkpoint=path, **FEW, **more))
    resumed = fit(make_job(name, checkpoint=path, **FEW, **more))
    for key, tensor in whole.form.state_dict().items():
        assert torch.equal(tensor, resumed.form.state_dict()[key]), key


def test_a_checkpoint_of_another_fit_is_not_used(make_job: Maker, tmp_path: Path) -> None:
    path, job = tmp_path / "fit.ckpt", make_job(**FEW)
    fit(replace(job, checkpoint=path, held_out=1))
    assert np.array_equal(fit(replace(job, checkpoint=path)).form.weight.numpy(), fit(job).form.weight.numpy())


def test_a_loss_that_is_not_finite_says_what_to_do(make_job: Maker) -> None:
    job = make_job(lr=1e30, **FEW)
    with pytest.raises(RunFailed, match="Lower the learning rate"):
        fit(job)


def test_the_learning_rate_warms_up_and_decays_to_zero() -> None:
    rates = [learning_rate(1.0, step, 25) for step in range(26)]
    assert rates[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0]) and rates[25] == 0.0
    assert rates[5:] == sorted(rates[5:], reverse=True)
