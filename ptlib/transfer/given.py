"""Prompts given by hand (a folder or an id), measured without the queue and without writing to the store."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ptlib.base.progress import EVALUATING, Share
from ptlib.models.fetch import fetch_all
from ptlib.models.registry import get_backbone
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.soft import SoftPrompt, check_fits, other_model
from ptlib.prompts.spec import TuneSettings, default_settings
from ptlib.prompts.start import Start
from ptlib.results.answers import answers_of
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import Work
from ptlib.results.prompts import soft_prompt
from ptlib.results.rows import Entry, examples_digest
from ptlib.tasks.names import REFERENCE_ROWS
from ptlib.tasks.registry import resolve_task
from ptlib.tasks.task import Task
from ptlib.transfer.export import entry_rows
from ptlib.transfer.run import examples_of

if TYPE_CHECKING:
    from ptlib.models.load import FrozenModel
    from ptlib.prompts.evaluation import Predictions

MakeWork = Callable[[], Work]
"""What is worked with; asked for once nothing speaks against the run, for making it may take seconds."""


def evaluate_prompt(
    name: str,
    task: Task,
    make: MakeWork,
    *,
    backbone: BackboneSpec | None = None,
    data: str | None = None,
    limit: int | None = None,
) -> "Predictions":
    """Predictions of one prompt on one task.

    Raises:
        BadInput: no such prompt, a prompt of another backbone, a task its model cannot run, or no examples.
        Damaged: the prompt fails its checksum.
    """
    prompt = soft_prompt(name)
    model, work = _load(backbone or get_backbone(prompt.info.backbone), (task,), (prompt,), make, data)
    share = Share(work.progress, EVALUATING, 0, 100, 100)
    return work.evaluate(model, [prompt], task, examples_of(task, limit, data, work.progress), share)[0]


def _load(
    backbone: BackboneSpec, tasks: Sequence[Task], prompts: Sequence[SoftPrompt], make: MakeWork, data: str | None
) -> "tuple[FrozenModel, Work]":
    """The model, once all tasks and prompts were found to fit it."""
    for task in tasks:
        backbone.check_runs(task)
    for prompt in prompts:
        check_fits(prompt, backbone)
    work = make()
    for sentence in filter(None, (other_model(prompt, backbone) for prompt in prompts)):
        work.progress.note(sentence)
    fetch_all(backbone, (), tasks if data is None else (), work.progress)
    return work.model(backbone.id), work


def measure(
    backbone: BackboneSpec,
    names: Sequence[str],
    targets: Sequence[Task],
    make: MakeWork,
    *,
    data: str | None = None,
    limit: int | None = None,
) -> list[dict[str, object]]:
    """Rows of a map (see `export.entry_rows`) whose sources are the given prompts, with the reference rows.

    targets: the tasks of the prompts when empty. Relative and gain kept need the target's own prompt among `names`.
    """
    prompts = [soft_prompt(name) for name in names]
    targets = tuple(targets) or tuple(resolve_task(name) for name in dict.fromkeys(prompt.info.task for prompt in prompts))
    model, work = _load(backbone, targets, prompts, make, data)
    settings, seeds = _settings(backbone, prompts[0]), sorted({prompt.info.seed for prompt in prompts})
    given = list(zip(_names(prompts, names), (prompt.info.seed for prompt in prompts), prompts, strict=True))
    entries = []
    for place, target in enumerate(targets):
        references = [
            (row, seed, work.reference(model, row, target, settings, seed))
            for row in REFERENCE_ROWS
            for seed in ((0,) if row == "hand_written" else seeds)
        ]
        share = Share(work.progress, EVALUATING, place, 1, len(targets))
        rows, examples = [*given, *references], examples_of(target, limit, data, work.progress)
        results = work.evaluate(model, [prompt for *_, prompt in rows], target, examples, share)
        entries += [_entry(backbone.id, target, *row, result=result) for row, result in zip(rows, results, strict=True)]
    work.progress.phase(EVALUATING, len(targets), len(targets))
    return entry_rows(entries, Catalogue().task_order())


def _names(prompts: Sequence[SoftPrompt], given: Sequence[str]) -> list[str]:
    """Source names: the task, or what was given where two prompts share task and seed."""
    count = Counter((prompt.info.task, prompt.info.seed) for prompt in prompts)
    return [
        prompt.info.task if count[prompt.info.task, prompt.info.seed] == 1 else name
        for prompt, name in zip(prompts, given, strict=True)
    ]


def _settings(backbone: BackboneSpec, prompt: SoftPrompt) -> TuneSettings:
    """Settings of the reference rows: as long as the given prompts, initialised as they were where that can be done again."""
    settings = replace(default_settings(backbone), prompt_length=len(prompt.values))
    init = prompt.info.init
    return replace(settings, init=init) if Start.of(init).is_untrained else settings


def _entry(backbone: str, target: Task, source: str, seed: int, prompt: SoftPrompt, *, result: "Predictions") -> Entry:
    return Entry(
        prompt_id=prompt.info.id,
        source=source,
        target=target.id,
        backbone=backbone,
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
        told=answers_of(target.id, result.gold, result.predicted, result.more, classes=target.is_classification),
    )
