"""Comparisons of starts that the demo holds: three sentiment tasks of the wide backbone, three seeds.

Each is tuned from an untrained prompt, from a relative's and a stranger's prompt of the same backbone, and from prompts of the
small backbone, the task's own and a relative's, carried over by the projector that never saw the seed.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ptlib.base.progress import Progress
from ptlib.demo.more import replaced
from ptlib.demo.projections import SENTIMENT, SENTIMENTS, SMALL, WIDE
from ptlib.models.registry import get_backbone
from ptlib.projection.material import prompt_keys
from ptlib.projection.spec import carried_name, recipe
from ptlib.prompts.spec import default_settings
from ptlib.results.artefacts import START
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs.execution import execute
from ptlib.transfer.starting.spec import StartSpec
from ptlib.transfer.starting.stored import item_of

STRANGER = "demo/scene_inference"
SEEDS = (0, 1, 2)


def specs(catalogue: Catalogue) -> Iterator[StartSpec]:
    """Every comparison of the demo; short and often validated, since a demo prompt is learned in a few dozen steps."""
    settings = replace(default_settings(get_backbone(WIDE)), steps=24, eval_every=2)
    small, wide, projector = prompt_keys(catalogue, SMALL), prompt_keys(catalogue, WIDE), recipe(SMALL, WIDE, SENTIMENT)
    for seed in SEEDS:
        for place, task in enumerate(SENTIMENTS):
            relative = SENTIMENTS[(place + 1) % len(SENTIMENTS)]
            carried = (carried_name(projector, seed, small[name, seed]) for name in (task, relative))
            yield StartSpec(WIDE, task, seed, settings, (wide[relative, seed], wide[STRANGER, seed], *carried))


def make(progress: Progress, device: str, store: Store) -> Path:
    """Carry out what neither the demo nor `store` holds; returns the backbone's folder when it is written."""
    for spec in specs(Catalogue(store=store.root)):
        execute(spec, progress, device, store=store)
    return pack(store)


def pack(store: Store) -> Path:
    """Write the comparisons as demo files and list them in the manifest; those of earlier builds go."""
    catalogue = Catalogue(store=store.root)
    return replaced(WIDE, (START,), [item for spec in specs(catalogue) if (item := item_of(spec, catalogue))])
