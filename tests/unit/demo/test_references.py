"""Which reference curves the demo holds, and how they get into its files."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ptlib.base import paths
from ptlib.base.progress import Silent
from ptlib.demo import references
from ptlib.finetuning import run, stored
from ptlib.finetuning.spec import LORA, METHODS
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.tasks import data
from ptlib.tasks.registry import get_task


def test_three_tasks_of_three_families_by_every_method() -> None:
    specs = list(references.specs())
    assert len({spec.id for spec in specs}) == len(specs) == 9 and {spec.methods for spec in specs} == {METHODS}
    assert len({get_task(spec.task).family for spec in specs}) == 3


def test_curves_join_the_manifest_and_old_ones_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (paths.DEMO / "results").exists():
        pytest.skip("the demo is not in this checkout")
    demo = tmp_path / "demo"
    shutil.copytree(paths.DEMO, demo)
    monkeypatch.setenv("PTLIB_DEMO", str(demo))
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(run, "load_evaluation", lambda task, limit, *more: data.load_evaluation(task, 8, *more))
    first = next(references.specs())
    tiny = replace(first, methods=(LORA,), settings=replace(first.settings, steps=1, batch_size=2, validation_size=2))
    monkeypatch.setattr(references, "specs", lambda: iter([tiny]))
    folder = references.make(Silent(), "cpu", Store(tmp_path / "work"))
    catalogue = Catalogue()
    assert stored.listing(catalogue, references.BACKBONE) == [tiny] and not catalogue.damaged()
    assert stored.load(tiny, catalogue)[LORA].origin == "demo"
    assert {path.name for path in folder.glob("analyses/f*")} == {f"{tiny.id}-{LORA}.parquet"}
