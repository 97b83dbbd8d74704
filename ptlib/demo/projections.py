"""Projections the demo holds: the ladder from collapse to cure in both directions, maps without training, T5-like targets.

Made after all backbones (`python -m ptlib demo project`), because a projection needs the prompts of two. Stored in the
target's folder: one Parquet file a fit, and the projectors of the default recipe.
"""

from collections.abc import Iterator
from pathlib import Path

from ptlib.base.progress import Progress
from ptlib.demo.more import replaced
from ptlib.projection.spec import RECIPES, ProjectSpec, recipe
from ptlib.projection.stored import folds
from ptlib.results import artefacts
from ptlib.results.artefacts import Artefact
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs.execution import execute

SMALL, WIDE, T5 = "demo/roberta-small", "demo/roberta-wide", "demo/t5-small"
SENTIMENT, INFERENCE = ("demo/film_snippet",), ("demo/scene_inference",)
FAMILIES = ("demo/film_snippet", "demo/scene_inference", "demo/fairness", "demo/question_pairs")
SENTIMENTS = ("demo/film_snippet", "demo/laptop_aspect", "demo/rated_review")
KINDS = (artefacts.PROJECT, artefacts.PROJECTOR)


def specs() -> Iterator[ProjectSpec]:
    """Every projection of the demo."""
    for source, target in ((SMALL, WIDE), (WIDE, SMALL)):
        yield from (recipe(source, target, SENTIMENT, name) for name in RECIPES)
        yield recipe(source, target, INFERENCE)
        yield recipe(source, target, FAMILIES)
        yield from _untrained(source, target)
        yield ProjectSpec(source, target, "distance", FAMILIES)
    yield from (recipe(SMALL, T5, SENTIMENT, name) for name in RECIPES)
    yield recipe(SMALL, T5, SENTIMENTS)
    yield recipe(SMALL, T5, FAMILIES)
    yield from _untrained(SMALL, T5)
    yield recipe(T5, SMALL, SENTIMENT)


def keeps_projectors(spec: ProjectSpec) -> bool:
    """Whether the projectors themselves are kept (about 100 kB a fit), so that own sentences can be asked through them."""
    return spec in (recipe(SMALL, WIDE, SENTIMENT), recipe(WIDE, SMALL, SENTIMENT), recipe(SMALL, T5, SENTIMENTS))


def _untrained(source: str, target: str) -> Iterator[ProjectSpec]:
    yield ProjectSpec(source, target, "vocabulary", SENTIMENT)
    yield ProjectSpec(source, target, "relative")
    yield ProjectSpec(source, target, "anchors")
    yield ProjectSpec(source, target, "orthogonal")


def make(progress: Progress, device: str, store: Store) -> Iterator[Path]:
    """Carry out what neither the demo nor `store` holds; yields each target's folder when it is written."""
    for spec in specs():
        execute(spec, progress, device, store=store)
    for target in dict.fromkeys(spec.target for spec in specs()):
        yield pack(target, store)


def pack(target: str, store: Store) -> Path:
    """Write a target's projections as demo files and list them in its manifest; those of earlier builds go."""
    return replaced(target, KINDS, _kept(target, Catalogue(store=store.root)))


def _kept(target: str, catalogue: Catalogue) -> Iterator[Artefact]:
    """Matrices of all whole projections, and chosen projectors."""
    for spec in (spec for spec in specs() if spec.target == target):
        matrices = folds(spec, catalogue)
        if set(matrices) == set(spec.seeds):
            yield from matrices.values()
            yield from folds(spec, catalogue, artefacts.PROJECTOR).values() if keeps_projectors(spec) else ()
