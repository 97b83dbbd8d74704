"""Prompts given by hand (a folder or an id), measured without the queue and without writing to the store."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ptlib.base.errors import BadInput
from ptlib.base.progress import Progress
from ptlib.models.registry import get_backbone
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.spec import TuneSettings, default_settings
from ptlib.prompts.start import Start
from ptlib.results.catalogue import Catalogue
from ptlib.results.rows import Entry, examples_digest
from ptlib.tasks.names import REFERENCE_ROWS
from ptlib.tasks.registry import resolve_task
from ptlib.tasks.task import Example, Task
from ptlib.transfer.export import entry_rows
from ptlib.transfer.run import EVALUATING, LOADING, Share, soft_prompt

if TYPE_CHECKING:
    from ptlib.models.load import FrozenModel
    from ptlib.prompts.evaluation import Predictions
    from ptlib.prompts.soft import SoftPrompt


def evaluate_prompt(
    name: str,
    task: Task,
    *,
    backbone: BackboneSpec | None = None,
    data: str | None = None,
    limit: int | None = None,
    device: str = "auto",
    progress: Progress,
) -> "Predictions":
    """Predictions of one prompt on one task.

    Raises:
        BadInput: no such prompt, a prompt of another backbone, a task its model cannot run, or no examples.
        Damaged: the prompt fails its checksum.
    """
    prompt = soft_prompt(name)
    model = _load(backbone or get_backbone(prompt.info.backbone), (task,), (prompt,), device, progress, data)
    from ptlib.prompts.evaluation import evaluate

    return evaluate(model, [prompt], task, _examples(task, limit, data), Share(progress, EVALUATING, 0, 100, 100))[0]


def _load(
    backbone: BackboneSpec,
    tasks: Sequence[Task],
    prompts: Sequence["SoftPrompt"],
    device: str,
    progress: Progress,
    data: str | None,
) -> "FrozenModel":
    from ptlib.models.fetch import fetch_all
    from ptlib.models.load import load_model, resolve_device
    from ptlib.prompts.soft import check_fits

    for task in tasks:
        if not task.supports(backbone.family):
            raise BadInput(f"{backbone.name} ({backbone.family}) cannot run '{task.id}'. Choose a T5 model or another task.")
    for prompt in prompts:
        check_fits(prompt, backbone)
    fetch_all(backbone, (), tasks if data is None else (), progress)
    progress.phase(LOADING, 0, 1)
    model = load_model(backbone, resolve_device(device))
    progress.phase(LOADING, 1, 1)
    return model


def _examples(task: Task, limit: int | None, data: str | None) -> tuple[Example, ...]:
    from ptlib.tasks.data import load_evaluation

    examples = load_evaluation(task, limit, data)
    if not examples:
        raise BadInput(f"The evaluation split of '{task.id}' is empty. Give data with at least one example.")
    return examples


def measure(
    backbone: BackboneSpec,
    names: Sequence[str],
    targets: Sequence[Task] = (),
    *,
    data: str | None = None,
    limit: int | None = None,
    device: str = "auto",
    progress: Progress,
) -> list[dict[str, object]]:
    """Rows of a map (see `export.entry_rows`) whose sources are the given prompts, with the reference rows.

    Args:
        targets: the tasks of the prompts when empty. Relative and gain kept need the target's own prompt among `names`.
    """
    prompts = [soft_prompt(name) for name in names]
    targets = tuple(targets) or tuple(resolve_task(name) for name in dict.fromkeys(prompt.info.task for prompt in prompts))
    model = _load(backbone, targets, prompts, device, progress, data)
    settings = _settings(backbone, prompts[0])
    sources = _names(prompts, names)
    entries = []
    for place, target in enumerate(targets):
        rows = [
            *zip(sources, (prompt.info.seed for prompt in prompts), prompts, strict=True),
            *_references(model, settings, target, sorted({prompt.info.seed for prompt in prompts})),
        ]
        share = Share(progress, EVALUATING, place, 1, len(targets))
        entries += _measure(model, rows, target, _examples(target, limit, data), share)
    progress.phase(EVALUATING, len(targets), len(targets))
    return entry_rows(entries, Catalogue().task_order())


def _names(prompts: Sequence["SoftPrompt"], given: Sequence[str]) -> list[str]:
    """Source names: the task, or what was given where two prompts share task and seed."""
    count = Counter((prompt.info.task, prompt.info.seed) for prompt in prompts)
    return [
        prompt.info.task if count[prompt.info.task, prompt.info.seed] == 1 else name
        for prompt, name in zip(prompts, given, strict=True)
    ]


def _settings(backbone: BackboneSpec, prompt: "SoftPrompt") -> TuneSettings:
    """Settings of the reference rows: as long as the given prompts, initialised as they were where that can be done again."""
    init = getattr(prompt.info, "init", "") or ""
    return replace(
        default_settings(backbone), prompt_length=len(prompt.values), **({"init": init} if Start.of(init).is_untrained else {})
    )


def _references(
    model: "FrozenModel", settings: TuneSettings, target: Task, seeds: Sequence[int]
) -> list[tuple[str, int, "SoftPrompt"]]:
    from ptlib.prompts.initial import reference_prompt

    return [
        (kind, seed, reference_prompt(model, kind, target, settings, seed))
        for kind in REFERENCE_ROWS
        for seed in ((0,) if kind == "hand_written" else seeds)
    ]


def _measure(
    model: "FrozenModel",
    rows: Sequence[tuple[str, int, "SoftPrompt"]],
    target: Task,
    examples: Sequence[Example],
    progress: Progress,
) -> list[Entry]:
    from ptlib.prompts.evaluation import evaluate

    found = evaluate(model, [prompt for *_, prompt in rows], target, examples, progress)
    return [
        Entry(
            prompt_id=prompt.info.id,
            source=source,
            target=target.id,
            backbone=model.spec.id,
            seed=seed,
            recipe="given",
            init="",
            n=len(result.score),
            score=float(np.mean(result.score)),
            metric=result.metric,
            created=time.time(),
            origin="own",
            run_id=None,
            examples=examples_digest(result.example_id),
            scores=np.asarray(result.score, np.float32),
        )
        for (source, seed, prompt), result in zip(rows, found, strict=True)
    ]
