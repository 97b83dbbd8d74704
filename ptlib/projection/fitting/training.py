"""The loop of every trained form: AdamW, warm-up and linear decay, checkpoints, resume to the bit on a CPU."""

import math
import time
from collections.abc import Callable
from pathlib import Path

import torch

from ptlib.base.errors import RunFailed
from ptlib.base.progress import Progress
from ptlib.projection.spec import WARM_UP, ProjectSpec
from ptlib.prompts import checkpoints

SAVE_EVERY = 20
"""Steps between two checkpoints and points of the curve."""
FITTING = "Fitting the projector"

Step = Callable[[int], float]
"""Leaves the gradient of one step in the form's weights and returns the loss."""


def learning_rate(peak: float, step: int, steps: int) -> float:
    """Linear warm-up over `WARM_UP` steps, then linear decay to 0; `step` counts from 0."""
    warm = min(WARM_UP, steps)
    if step < warm:
        return peak * (step + 1) / warm
    return peak * (steps - step) / max(1, steps - warm)


def train(
    form: torch.nn.Module,
    step_of: Step,
    spec: ProjectSpec,
    peak: float,
    name: str,
    *,
    progress: Progress,
    checkpoint: Path | None = None,
) -> float:
    """Take the spec's steps; returns the seconds they took, interrupted parts included.

    peak: learning rate. name: id of the curve and of what a checkpoint belongs to. checkpoint: file to go on from.

    Raises:
        RunFailed: the loss is not finite or the device ran out of memory; the last checkpoint stays.
        Cancelled: somebody asked to stop.
    """
    weights = [weight for weight in form.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=peak, weight_decay=0.0, fused=True)  # fused: no copies of large weights
    first, before = _restore(form, optimiser, name, checkpoint, progress)
    begun, losses = time.perf_counter(), []
    for step in range(first, spec.steps):
        progress.check()
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(peak, step, spec.steps)
        optimiser.zero_grad(set_to_none=True)
        losses.append(_loss(step_of, step, peak))
        if spec.clip is not None:
            torch.nn.utils.clip_grad_norm_(weights, spec.clip)
        optimiser.step()
        done = step + 1
        progress.phase(FITTING, done, spec.steps)
        if done % SAVE_EVERY == 0 or done == spec.steps:
            seconds = before + time.perf_counter() - begun
            progress.point(name, done, loss=sum(losses) / len(losses), seconds=seconds)
            losses.clear()
            _save(form, optimiser, name, checkpoint, done, seconds=seconds)
    optimiser.zero_grad(set_to_none=True)
    return before + time.perf_counter() - begun


def _loss(step_of: Step, step: int, peak: float) -> float:
    try:
        loss = step_of(step)
    except torch.OutOfMemoryError:
        raise RunFailed(
            f"The device ran out of memory at step {step}. What was saved stays; use a smaller batch, fewer hidden "
            "units or the per-token form."
        ) from None
    if not math.isfinite(loss):
        raise RunFailed(
            f"The loss of the projector is not finite at step {step}. Nothing saved is lost. Lower the learning rate "
            f"({peak:g}) and run it again."
        )
    return loss


def _save(
    form: torch.nn.Module, optimiser: torch.optim.Optimizer, name: str, path: Path | None, step: int, *, seconds: float
) -> None:
    if path is not None:
        state = {"name": name, "step": step, "seconds": seconds, "form": form.state_dict(), "optimiser": optimiser.state_dict()}
        checkpoints.save(path, state)


def _restore(
    form: torch.nn.Module, optimiser: torch.optim.Optimizer, name: str, path: Path | None, progress: Progress
) -> tuple[int, float]:
    """(next step, seconds so far) from a checkpoint of this very fit; a damaged or foreign one is not used."""
    if path is None:
        return 0, 0.0
    state = checkpoints.load(path, next(form.parameters()).device, progress.note, name=name)
    if state is None:
        return 0, 0.0
    form.load_state_dict(state["form"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"]), float(state["seconds"])
