"""Reference curves the demo holds: prompt tuning, LoRA and full fine-tuning of three tasks, three seeds.

Made after the backbone's results (`python -m ptlib demo reference`). The curves are kept, what was trained is not: nothing
in the app reads it.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ptlib.base.progress import Progress
from ptlib.demo.more import replaced
from ptlib.finetuning.spec import FineTuneSpec, default_spec
from ptlib.finetuning.stored import fits
from ptlib.models.registry import get_backbone
from ptlib.prompts.spec import default_settings
from ptlib.results.artefacts import FINETUNE
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs.execution import execute
from ptlib.tasks.registry import get_task

BACKBONE = "demo/roberta-small"
TASKS = ("demo/film_snippet", "demo/scene_inference", "demo/fairness")
"""One of sentiment, one of inference, one of ethics."""
SEEDS = (0, 1, 2)


def specs() -> Iterator[FineTuneSpec]:
    """Every reference run of the demo; short and often validated, since its tasks are learned in a few dozen steps."""
    settings = replace(default_settings(get_backbone(BACKBONE)), steps=60, eval_every=3)
    for seed in SEEDS:
        for task in TASKS:
            yield replace(default_spec(get_backbone(BACKBONE), get_task(task), seed), settings=settings)


def make(progress: Progress, device: str, store: Store) -> Path:
    """Carry out what neither the demo nor `store` holds; returns the backbone's folder when it is written."""
    for spec in specs():
        execute(spec, progress, device, store=store)
    return pack(store)


def pack(store: Store) -> Path:
    """Write the curves as demo files and list them in the manifest; those of earlier builds go."""
    catalogue = Catalogue(store=store.root)
    return replaced(BACKBONE, (FINETUNE,), [item for spec in specs() for item in fits(spec, catalogue).values()])
