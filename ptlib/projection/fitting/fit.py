"""From a job to a projector. Nothing of the held-out seed enters a fit, and no weight of the frozen target is changed."""

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import torch

from ptlib.projection.fitting.losses import loss_and_gradient
from ptlib.projection.fitting.pairs import anchors, distance
from ptlib.projection.fitting.starts import Fitted, Job, first_form, form_losses, random_form
from ptlib.projection.fitting.training import train
from ptlib.projection.forms import Anchors, Flattened, Residual
from ptlib.projection.projector import Projector, ProjectorInfo


def fit(job: Job) -> Projector:
    """Fit on every seed of the spec but the held-out one.

    An interrupted fit goes on from the job's checkpoint; on the CPU it ends bit-identical to an uninterrupted one.

    Raises:
        BadInput: vocabularies that share nothing, or too few pairs.
        RunFailed: the loss is not finite, or the device ran out of memory.
        Cancelled: somebody asked to stop.
    """
    begun = time.perf_counter()
    form, more = _fitted(job)
    more.setdefault("seconds", time.perf_counter() - begun)
    return _projector(job, form, job.id, job.spec.method, more)


def untrained(job: Job) -> Projector:
    """The job's form with random weights, untrained."""
    return _projector(job, random_form(job), f"{job.id}-untrained", "untrained", {"seconds": 0.0})


def _fitted(job: Job) -> Fitted:
    if job.spec.method == "task":
        return _task(job)
    if job.spec.method == "distance":
        return distance(job)
    if job.spec.method == "anchors":
        return anchors(job)
    return first_form(job, job.batches() if job.spec.tasks and job.spec.method != "relative" else None)


def _task(job: Job) -> Fitted:
    """Task tuning: the gradient goes through the frozen target into the form's weights."""
    batches = job.batches()
    form, more = first_form(job, batches)
    probe = batches.probe()
    more["loss_before"] = float(form_losses(job, form, probe).mean())

    def step_of(step: int) -> float:
        batch = batches.at(step)
        soft = form(batch.prompts)
        loss, gradient = loss_and_gradient(job.frozen, soft, batch.rows, batch.uniform)
        soft.backward(gradient)
        return loss

    peak = job.spec.peak(job.frozen.spec.family)
    more["seconds"] = train(form, step_of, job.spec, peak, job.id, progress=job.progress, checkpoint=job.checkpoint)
    more["loss_after"] = float(form_losses(job, form, probe).mean())
    return form, more


def _projector(job: Job, form: torch.nn.Module, id: str, method: str, more: dict[str, Any]) -> Projector:
    spec = job.spec
    names: Mapping[type, str] = {Flattened: "flattened", Residual: "residual", Anchors: "anchors"}
    info = ProjectorInfo(
        id=id,
        source=spec.source,
        target=spec.target,
        method=method,
        form=names.get(type(form), "per_token"),
        shapes=job.shapes,
        hidden=spec.hidden if isinstance(form, (Flattened, Residual)) else 0,
        tasks=spec.tasks,
        fitted_seeds=spec.fitted_seeds(job.held_out) if spec.learns_from_prompts else (),
        steps=spec.steps if spec.trains else 0,
        seconds=more.pop("seconds"),
        spec=asdict(spec),
        more=more,
    )
    return Projector(form.eval().requires_grad_(False), info)
