"""Carrying out a reference run: one method after another in this process, each saved before the next begins. Loads torch."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version

import numpy as np
import torch
from safetensors.torch import save

from ptlib.base.identity import canonical
from ptlib.base.progress import Share
from ptlib.base.stats import mean_interval
from ptlib.finetuning.learners import Learner, learner
from ptlib.finetuning.spec import NAMES, FineTuneSpec, fit_id, title
from ptlib.finetuning.stored import pack
from ptlib.finetuning.training import Fit
from ptlib.results import artefacts
from ptlib.results.kind import Work
from ptlib.tasks.data import load_evaluation, load_training
from ptlib.tasks.registry import resolve_task

MOST_KEPT = 100_000_000
"""Bytes of trained weights that are kept; of more only the curve is."""
PACKAGES = ("torch", "transformers", "peft")


def execute(spec: FineTuneSpec, todo: Sequence[str], work: Work) -> None:
    """Fit, measure on the evaluation split and store the methods that are not there yet.

    Raises:
        BadInput, RunFailed, Damaged, Cancelled: with a message for the user; finished fits are saved.
    """
    task, settings = resolve_task(spec.task), spec.settings
    frozen, say = work.model(spec.backbone), work.progress.note
    data = load_training(task, spec.data, validation_size=settings.validation_size, train_size=settings.train_size, say=say)
    examples = load_evaluation(task, None, spec.data, say)
    for done, method in enumerate(todo):
        share = Share(work.progress, NAMES[method], done * settings.steps, settings.steps, len(todo) * settings.steps)
        checkpoint = work.store.checkpoint_path(fit_id(spec, method))
        fit = Fit(learner(frozen, spec, method, task), spec, method, task, data, share, checkpoint)
        fit.run()
        _keep(fit, fit.evaluate(examples), work)
        checkpoint.unlink(missing_ok=True)


def _keep(fit: Fit, answers: np.ndarray, work: Work) -> None:
    """What was trained where it is small enough, then the curve and what was measured."""
    spec, method, interval = fit.spec, fit.method, mean_interval(answers)
    work.store.add_speed(spec.backbone, speed_kind(method), work.device, fit.step * spec.settings.batch_size, fit.elapsed_s)
    size = sum(weight.numel() * weight.element_size() for weight in fit.learner.weights().values())
    if size <= MOST_KEPT:
        data = as_bytes(fit.learner, spec, method)
        artefacts.save(work.store, artefacts.ADAPTER, fit_id(spec, method), data, spec=spec, title=title(spec))
    else:
        work.progress.note(f"The weights of {NAMES[method]} take {size / 1e6:,.0f} MB and are not kept; at most 100 MB are.")
    told = {
        "trained": fit.learner.count,
        "total": fit.learner.total,
        "bytes": size,
        "steps": fit.step,
        "seconds": fit.elapsed_s,
        "cpu": fit.cpu_s,
        "best_step": fit.best_step,
        "untrained": fit.curve[0].validation,
        "validation": fit.best_score,
        "evaluation": {"score": interval.value, "low": interval.low, "high": interval.high, "n": len(answers)},
        "metric": fit.task.metric,
        "device": work.device,
        "threads": torch.get_num_threads(),
        "made": time.strftime("%Y-%m-%d", time.gmtime()),
        **{name: version(name) for name in PACKAGES},
    }
    artefacts.save(
        work.store, artefacts.FINETUNE, fit_id(spec, method), pack(spec, fit.curve, told), spec=spec, title=title(spec)
    )


def as_bytes(learner: Learner, spec: FineTuneSpec, method: str) -> bytes:
    """What was trained as one safetensors file, its provenance and PEFT's configuration in the header."""
    tensors = {name: weight.detach().cpu().clone().contiguous() for name, weight in learner.weights().items()}
    told = {
        "format": "pt",
        "method": method,
        "spec": canonical(asdict(spec)),
        "config": json.dumps(dict(learner.config), indent=1),
    }
    return save(tensors, told)


def speed_kind(method: str) -> str:
    """The name under which a method's speed is recorded: fitted alone, not in stacks as prompts otherwise are."""
    return f"finetune {method}"
