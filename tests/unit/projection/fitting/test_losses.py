"""Losses through the frozen target: where gradients go, towards the label or the uniform distribution."""

import pytest
import torch

from ptlib.models.forward import label_log_probs
from ptlib.projection.fitting.losses import label_losses, loss_and_gradient, row_losses
from ptlib.projection.fitting.starts import random_form
from tests.unit.projection.conftest import T5, WIDE, Maker


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
    job = make_job()
    batch = job.batches().at(0)
    soft = random_form(job)(batch.prompts).detach()
    with torch.no_grad():
        log_probs = label_log_probs(job.frozen, soft, batch.rows)
        found = row_losses(job.frozen, soft, batch.rows, torch.ones(len(batch.rows), dtype=torch.bool))
    assert torch.allclose(found, -log_probs.mean(1), atol=1e-6)
    assert batch.uniform.any() and not batch.uniform.all()
    assert label_losses(job.frozen, soft, batch.rows).shape == (len(batch.rows),)
