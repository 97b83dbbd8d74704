"""Which comparisons of starts the demo holds, and how they get into its files."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ptlib.base import paths
from ptlib.base.progress import Silent
from ptlib.demo import starts
from ptlib.prompts.start import PROMPT, Start
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.tasks import data
from ptlib.transfer.starting import run, stored
from ptlib.transfer.starting.kind import STARTS

pytestmark = pytest.mark.skipif(not (paths.DEMO / "results").exists(), reason="the demo is not in this checkout")


def test_every_start_is_there_and_each_projector_never_saw_the_seed() -> None:
    catalogue = Catalogue(paths.DEMO)
    specs = list(starts.specs(catalogue))
    assert len({spec.id for spec in specs}) == 9 and {spec.seed for spec in specs} == set(starts.SEEDS)
    for spec in specs:
        STARTS.check(spec, catalogue)
        carried = [start for name in spec.starts if (start := Start(PROMPT, name)).carried_by]
        assert len(carried) == 2 and all(start.carried_by.endswith(f"-{spec.seed}") for start in carried)


def test_they_join_the_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = tmp_path / "demo"
    shutil.copytree(paths.DEMO, demo)
    monkeypatch.setenv("PTLIB_DEMO", str(demo))
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(run, "load_evaluation", lambda task, say: data.load_evaluation(task, 4))
    first = next(starts.specs(Catalogue()))
    settings = replace(first.settings, steps=1, batch_size=2, validation_size=2)
    tiny = replace(first, starts=first.starts[:1], settings=settings)
    monkeypatch.setattr(starts, "specs", lambda catalogue: iter([tiny]))
    folder = starts.make(Silent(), "cpu", Store(tmp_path / "work"))
    catalogue = Catalogue()
    assert stored.listing(catalogue, starts.WIDE) == [tiny] and not catalogue.damaged()
    found = stored.load(tiny, catalogue)
    assert found is not None and found.origin == "demo"
    assert {path.name for path in folder.glob("analyses/s*")} == {f"{tiny.id}.parquet"}
