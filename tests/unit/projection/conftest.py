"""The demo's backbones and prompts: fits of a few steps on them take a second."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from ptlib.base import paths
from ptlib.base.progress import Progress, Silent
from ptlib.models.load import FrozenModel, load_model
from ptlib.models.registry import get_backbone
from ptlib.projection import run
from ptlib.projection.fitting.starts import Job
from ptlib.projection.material import collect
from ptlib.projection.spec import ProjectSpec, recipe
from ptlib.projection.words import vocabulary_of
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store

SMALL, WIDE, T5 = "demo/roberta-small", "demo/roberta-wide", "demo/t5-small"
TASKS = ("demo/film_snippet", "demo/laptop_aspect", "demo/scene_inference", "demo/question_pairs")
FEW = {"steps": 6, "batch_size": 8}
"""Settings of a fit that takes a moment."""
Maker = Callable[..., Job]
Worker = Callable[..., None]


@pytest.fixture(scope="session")
def backbones() -> dict[str, FrozenModel]:
    """The three demo models."""
    if not (paths.DEMO / "results").exists():
        pytest.skip("the demo is not in this checkout")
    return {name: load_model(get_backbone(name)) for name in (SMALL, WIDE, T5)}


@pytest.fixture
def make_job(backbones: dict[str, FrozenModel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maker:
    """Make a job on four tasks, seed 2 held out."""
    monkeypatch.setenv("PTLIB_DEMO", str(paths.DEMO))
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "cache"))

    def make(name: str = "per token", source: str = SMALL, target: str = WIDE, progress: Progress | None = None,
             checkpoint: Path | None = None, **more: object) -> Job:  # fmt: skip
        if name in ("vocabulary", "orthogonal", "relative", "anchors", "distance"):
            spec = replace(ProjectSpec(source, target, name, TASKS[:1]), **more)
        else:
            spec = recipe(source, target, TASKS[:1], name, **more)
        words = (vocabulary_of(backbones[source]), vocabulary_of(backbones[target]))
        material = collect(spec, Catalogue(), words, TASKS)
        return Job(spec, 2, material, backbones[target], progress or Silent(), 20, checkpoint)

    return make


@pytest.fixture
def run_folds(make_job: Maker, backbones: dict[str, FrozenModel]) -> Worker:
    """Carry out what a projection lacks, or the given held-out seeds, into an empty store."""

    def execute(spec: ProjectSpec, todo: tuple[int, ...] | None = None, progress: Progress | None = None) -> None:
        catalogue = Catalogue()
        work = SimpleNamespace(
            progress=progress or Silent(), device="cpu", store=Store(), catalogue=catalogue, model=backbones.__getitem__
        )
        run.execute(spec, run.missing(spec, catalogue) if todo is None else todo, work)

    return execute
