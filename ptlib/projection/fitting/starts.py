"""What a fit is given, and the forms it begins with: maps between the vocabularies, or random weights."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ptlib.base.progress import Progress
from ptlib.models.load import FrozenModel
from ptlib.projection.fitting import closed
from ptlib.projection.fitting.batches import Batch, Batches, batches_of
from ptlib.projection.fitting.losses import label_losses
from ptlib.projection.forms import Flattened, PerToken, Residual, Shapes
from ptlib.projection.material import Material
from ptlib.projection.spec import ProjectSpec, fold_id
from ptlib.projection.words import shared_rows

SCALES = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4)
"""Of the vocabulary map; the training task's loss chooses."""

Fitted = tuple[torch.nn.Module, dict[str, Any]]
"""A form and what is to be told of it."""


@dataclass(frozen=True, slots=True)
class Job:
    """One fit: on every seed of the spec but `held_out`, towards the frozen target."""

    spec: ProjectSpec
    held_out: int
    material: Material
    frozen: FrozenModel
    progress: Progress
    length: int
    """P_t"""
    checkpoint: Path | None = None

    @property
    def id(self) -> str:
        """Of the fit, its curve and its results."""
        return fold_id(self.spec, self.held_out)

    @property
    def shapes(self) -> Shapes:
        """Both sides' lengths and widths."""
        length, width = self.material.source_shape
        return Shapes(length, width, self.length, self.frozen.spec.width)

    def batches(self) -> Batches:
        """What task losses are measured on."""
        return batches_of(self.spec, self.held_out, self.material, self.frozen, self.length)


def first_form(job: Job, batches: Batches | None) -> Fitted:
    """The form before its first step: random, or the map between the vocabularies.

    Args:
        job: what is fitted.
        batches: of the training tasks, whose loss chooses the map's scale unless it starts unscaled; None = scale 1.

    Raises:
        BadInput: vocabularies that share nothing.
    """
    spec = job.spec
    if spec.method in ("task", "distance") and (spec.start == "random" or spec.form == "flattened"):
        return random_form(job), {}
    words = shared_rows(*job.material.words)
    if spec.method == "relative":
        weight, rows_to = closed.relative(*words)
        return linear(job, weight, rows_to), {"words": len(words[0])}
    weight = (closed.orthogonal if spec.method == "orthogonal" else closed.least_squares)(*words)
    more: dict[str, Any] = {"words": len(words[0]), "r_squared": round(closed.r_squared(*words, weight), 4)}
    if spec.start == "unscaled":
        more["scale"] = 1.0
    elif batches is not None:
        more["scale"] = best_scale(job, weight, batches.probe())
        weight = more["scale"] * weight
    form = linear(job, weight)
    return (_residual(job, form) if spec.form == "residual" else form), more


def best_scale(job: Job, weight: np.ndarray, probe: Batch) -> float:
    """The scale of a linear map [D_s, D_t] nearest to 1 whose loss on the training tasks is as good as the best one's.

    As good: within one standard error of the best loss. Smaller maps lose little on the task that chooses them, but every
    later step changes them relatively more, and what other families' prompts did is lost.
    """
    losses = {scale: form_losses(job, linear(job, scale * weight), probe) for scale in SCALES}
    best = min(losses.values(), key=lambda one: float(one.mean()))
    limit = float(best.mean() + best.std() / len(best) ** 0.5)
    return min((scale for scale in SCALES if float(losses[scale].mean()) <= limit), key=lambda scale: abs(scale - 1))


@torch.no_grad()
def form_losses(job: Job, form: torch.nn.Module, probe: Batch) -> torch.Tensor:
    """Cross-entropy [R] of the probe's rows under their projected prompts."""
    return label_losses(job.frozen, form(probe.prompts), probe.rows)


def random_form(job: Job) -> torch.nn.Module:
    """The spec's form with random weights; a linear map keeps a token's length on average."""
    spec, shapes = job.spec, job.shapes
    with seeded(spec.seed, job.held_out):
        if spec.form == "flattened":
            return Flattened(shapes, spec.hidden).to(job.frozen.device)
        form = Residual(shapes, spec.hidden) if spec.form == "residual" else PerToken(shapes)
        weight = form.linear.weight if isinstance(form, Residual) else form.weight
        torch.nn.init.normal_(weight, std=shapes.target_width**-0.5)
        return form.to(job.frozen.device)


def linear(job: Job, weight: np.ndarray, rows_to: float = 0.0) -> PerToken:
    """A per-token map [D_s, D_t] without offset; rows are scaled to the length `rows_to` where it is given."""
    form = PerToken(job.shapes, rows_to=rows_to)
    form.weight.data.copy_(torch.as_tensor(weight))
    return form.to(job.frozen.device)


def _residual(job: Job, form: PerToken) -> Residual:
    with seeded(job.spec.seed, job.held_out):
        whole = Residual(job.shapes, job.spec.hidden)
    whole.linear.load_state_dict(form.state_dict())
    return whole.to(job.frozen.device)


@contextmanager
def seeded(*key: int) -> Iterator[None]:
    """Torch's random numbers from a key, and as they were afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(np.random.SeedSequence(key).generate_state(1)[0]))
        yield
