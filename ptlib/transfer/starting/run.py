"""Carrying out a comparison of starts: all tuned in one stack, then measured on the task and on where they come from."""

import os
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ptlib.base.progress import EVALUATING, TUNING, Share
from ptlib.results import artefacts
from ptlib.results.kind import Work
from ptlib.tasks.data import load_evaluation
from ptlib.tasks.registry import resolve_task
from ptlib.transfer.starting.spec import OWN, StartSpec, title
from ptlib.transfer.starting.stored import ON_SOURCE, Origin, origin_of, pack

if TYPE_CHECKING:
    from ptlib.models.load import FrozenModel
    from ptlib.prompts.soft import SoftPrompt


def execute(spec: StartSpec, work: Work) -> None:
    """Tune, measure, store.

    Raises:
        BadInput, RunFailed, Damaged, Cancelled: with a message for the user.
    """
    model, tunes = work.model(spec.backbone, spec.settings.dtype), spec.tunes()
    before = {name: work.prompt(name) for name in spec.starts}  # what cannot be had is said before anything is tuned
    checkpoint = work.store.checkpoint_path(spec.id)
    steps = spec.settings.steps
    results = work.tune(model, list(tunes.values()), checkpoint, Share(work.progress, TUNING, 0, steps, steps))
    after = {name: result.prompt for name, result in zip(tunes, results, strict=True)}
    before[OWN] = work.reference(model, "untrained", resolve_task(spec.task), spec.settings, spec.seed)
    told = {
        "starts": _scored(spec, before, after, model, work),
        "device": work.device,
        "cores": os.cpu_count(),
        "made": time.strftime("%Y-%m-%d", time.gmtime()),
    }
    curves = {name: result.curve for name, result in zip(tunes, results, strict=True)}
    artefacts.save(work.store, artefacts.START, spec.id, pack(spec, curves, told), spec=spec, title=title(spec))
    checkpoint.unlink(missing_ok=True)


def _scored(
    spec: StartSpec, before: "dict[str, SoftPrompt]", after: "dict[str, SoftPrompt]", model: "FrozenModel", work: Work
) -> list[dict[str, Any]]:
    """Rows of `stored.SCORED`, the untrained start first: scores before and after tuning, on the task and on the source's."""
    names = [OWN, *spec.starts]
    origins = {name: origin_of(name, work.catalogue) if name else Origin(spec.task, spec.backbone) for name in names}
    found = _scores(spec.task, [*(before[name] for name in names), *(after[name] for name in names)], model, work)
    rows = {
        name: {"start": name, **asdict(origins[name]), "zero_shot": zero, "score": score, **dict.fromkeys(ON_SOURCE)}
        for name, zero, score in zip(names, found[: len(names)], found[len(names) :], strict=True)
    }
    sources = dict.fromkeys(one.task for one in origins.values() if one.task != spec.task)
    for source in sources:
        own = [name for name in names if origins[name].task == source]
        least = work.reference(model, "untrained", resolve_task(source), spec.settings, spec.seed)
        scores = _scores(source, [least, *(before[name] for name in own), *(after[name] for name in own)], model, work)
        for place, name in enumerate(own, 1):
            rows[name] |= dict(zip(ON_SOURCE, (scores[0], scores[place], scores[place + len(own)]), strict=True))
    return list(rows.values())


def _scores(task_id: str, prompts: "Sequence[SoftPrompt]", model: "FrozenModel", work: Work) -> list[float]:
    """Mean score of each prompt on a task's evaluation split."""
    task = resolve_task(task_id)
    examples = load_evaluation(task, say=work.progress.note)
    share = Share(work.progress, f"{EVALUATING}: {task_id}", 0, len(prompts), len(prompts))
    return [float(one.score.mean()) for one in work.evaluate(model, prompts, task, examples, share)]
