"""Fits on the demo: where gradients go, what stays as it was, resuming to the bit, the collapse and its cure."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ptlib.base.errors import BadInput, Cancelled, RunFailed
from ptlib.base.files import sha256
from ptlib.base.progress import Silent
from ptlib.models.load import FrozenModel
from ptlib.projection.fitting import training
from ptlib.projection.fitting.fit import fit, untrained
from ptlib.projection.fitting.losses import label_losses, loss_and_gradient, row_losses
from ptlib.projection.fitting.pairs import prompt_pairs
from ptlib.projection.fitting.starts import Job, random_form
from ptlib.projection.matrix import lines, measure
from tests.unit.projection.conftest import SMALL, T5, TASKS, WIDE, Maker

FEW = {"steps": 6, "batch_size": 8}


def bytes_of(frozen: FrozenModel) -> str:
    return sha256(b"".join(tensor.numpy().tobytes() for tensor in frozen.model.state_dict().values()))


class Stop(Silent):
    """Asks to stop after some steps."""

    def __init__(self, after: int) -> None:
        self.left = after

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled("stopped")


@pytest.mark.parametrize("form", ["per_token", "flattened", "residual"])
@pytest.mark.parametrize("target", [WIDE, T5])
def test_the_gradient_reaches_every_weight(make_job: Maker, form: str, target: str) -> None:
    job = make_job(target=target, form=form, start="random", hidden=16)
    module, batch = random_form(job), job.batches().at(0)
    if form == "residual":
        torch.nn.init.normal_(module.second.weight, std=0.1)  # at its start, 0, nothing could pass
    soft = module(batch.prompts)
    soft.backward(loss_and_gradient(job.frozen, soft, batch.rows, batch.uniform)[1])
    for name, weight in module.named_parameters():
        assert weight.grad is not None and bool(torch.isfinite(weight.grad).all()), name
        assert bool((weight.grad != 0).float().mean() > 0.5), name


def test_the_gradient_in_passes_is_that_of_the_whole_batch(make_job: Maker) -> None:
    job = make_job()
    batch = job.batches().at(0)
    soft = random_form(job)(batch.prompts).detach().requires_grad_()
    whole = row_losses(job.frozen, soft, batch.rows, batch.uniform).mean()
    (wanted,) = torch.autograd.grad(whole, soft)
    loss, found = loss_and_gradient(job.frozen, soft, batch.rows, batch.uniform)
    assert loss == pytest.approx(float(whole.detach()), abs=1e-5)
    assert torch.allclose(found, wanted, atol=1e-6)


def test_rows_towards_the_uniform_distribution_have_their_own_loss(make_job: Maker) -> None:
    from ptlib.models.forward import label_log_probs

    job = make_job()
    batch = job.batches().at(0)
    soft = random_form(job)(batch.prompts).detach()
    with torch.no_grad():
        log_probs = label_log_probs(job.frozen, soft, batch.rows)
        found = row_losses(job.frozen, soft, batch.rows, torch.ones(len(batch.rows), dtype=torch.bool))
    assert torch.allclose(found, -log_probs.mean(1), atol=1e-6)
    assert batch.uniform.any() and not batch.uniform.all()
    assert label_losses(job.frozen, soft, batch.rows).shape == (len(batch.rows),)


@pytest.mark.parametrize("name", ["per token", "paper", "vocabulary", "distance"])
def test_no_byte_of_either_model_changes(make_job: Maker, backbones: dict[str, FrozenModel], name: str) -> None:
    before = {model: bytes_of(frozen) for model, frozen in backbones.items()}
    fit(make_job(name, hidden=16, **FEW))
    assert {model: bytes_of(frozen) for model, frozen in backbones.items()} == before
    assert not any(weight.requires_grad for frozen in backbones.values() for weight in frozen.model.parameters())


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


def test_nothing_of_the_held_out_seed_enters_a_fit(make_job: Maker) -> None:
    job = make_job()
    batches = job.batches()
    seen = [
        *batches.untrained,
        *(prompt for pool in (batches.positives, batches.others) for part in pool.values() for prompt in part),
    ]
    hidden = [values for (_, seed), values in job.material.source.items() if seed == 2]
    hidden += [values for (_, seed), trail in job.material.trails.items() if seed == 2 for values in trail.values()]
    assert hidden and not any(np.array_equal(one, other) for one in seen for other in hidden)
    first, _ = prompt_pairs(make_job("distance", untrained=False))
    assert not any(np.array_equal(one, other) for one in first for other in hidden)


def test_other_families_never_hold_the_training_tasks_own(make_job: Maker) -> None:
    job = make_job()
    kin = [job.material.source[task, seed] for task in TASKS[:2] for seed in (0, 1)]
    assert not any(np.array_equal(one, other) for one in job.batches().others[TASKS[0]] for other in kin)


def test_a_loss_that_is_not_finite_says_what_to_do(make_job: Maker) -> None:
    job = make_job(lr=1e30, **FEW)
    with pytest.raises(RunFailed, match="Lower the learning rate"):
        fit(job)


def test_one_pair_is_too_few(make_job: Maker) -> None:
    with pytest.raises(BadInput, match="There is 1 pair of prompts"):
        fit(make_job("distance", seeds=(0, 2)))


def test_anchors_leave_the_own_task_out(make_job: Maker) -> None:
    job = make_job("anchors")
    projector = fit(job)
    values = job.material.source[TASKS[0], 2]
    assert not np.array_equal(projector.apply(values, TASKS[0]), projector.apply(values))
    assert projector.info.more["anchor_tasks"] == TASKS


def test_untrained_projectors_are_reproducible(make_job: Maker) -> None:
    values = make_job().material.source[TASKS[0], 2]
    one, two = (untrained(make_job("paper", hidden=16)).apply(values) for _ in range(2))
    assert np.array_equal(one, two) and one.shape == (20, 192)


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


@pytest.mark.parametrize("source", [SMALL])
def test_the_vocabulary_map_says_what_it_rests_on(make_job: Maker, source: str) -> None:
    told = fit(make_job("vocabulary", source=source)).info
    assert told.more["words"] > 2500 and told.more["r_squared"] > 0.3 and told.fitted_seeds == () and told.steps == 0
